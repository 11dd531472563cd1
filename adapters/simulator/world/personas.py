"""Who the people of the demo are: name, employer, addresses, and in which records each of them appears.

Decides identity and placement only; what a person did comes from ``stories``, how it is written from the two
record modules. Everything follows from the seed and the person's place in the plot.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.calendar import safe_age
from adapters.simulator.world.stories import DEALS, JUNK, Evidence, evidence, parts

# Where the people of the quiet half are, in turn: h HubSpot, l Lead, c Contact.
_QUIET_PLACES = "h l c hl h h l h h hc h l h h c hl h l h h"
_FRESH_PLACES = "h hl h hl h hl h hl h h h hl h hl h hc"
_OTHER_PLACES = "h h hl h hl h h hl h hc"
_PEOPLE_PER_ACCOUNT = 3


@dataclass(frozen=True)
class Account:
    """An employer; what is ``None`` nobody in the two systems knows."""

    name: str
    domain: str
    industry: str | None
    employees: int | None
    country: str | None


@dataclass(frozen=True)
class Persona:
    """One human being of the demo, before any record is written."""

    story: str
    number: int  # within the story, from 0
    fit: str
    first: str
    last: str
    title: str | None
    email: str | None
    other_email: str | None  # a second address that only HubSpot knows
    phone: str | None
    account: Account | None
    places: str
    lead_records: int
    evidence: Evidence
    came_d: int  # how long ago anybody heard of them first, in days

    @property
    def in_hubspot(self) -> bool:
        """Whether there is a HubSpot contact."""
        return "h" in self.places

    @property
    def in_leads(self) -> bool:
        """Whether there is at least one Lead record."""
        return "l" in self.places

    @property
    def in_contacts(self) -> bool:
        """Whether there is a Salesforce Contact."""
        return "c" in self.places

    @property
    def calls_are_tasks(self) -> bool:
        """Whether this person's calls are logged as Salesforce tasks rather than HubSpot calls."""
        return not self.in_hubspot or (self.lead_records > 0 and self.number % 2 == 0)


def company_of(people: int, seed: int) -> list[Persona]:
    """Everybody, in the order of the plot."""
    maker = _Maker(Random(f"people {seed}"))
    counts: dict[str, int] = {}
    personas = []
    for story, fit in parts(people):
        number = counts.get(story, 0)
        counts[story] = number + 1
        personas.append(maker.persona(story, number, fit))
    return personas


class _Maker:
    """Hands out names, addresses and employers without giving one twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._emails: set[str] = set()
        self._domains: set[str] = set()
        self._open_accounts: dict[str, tuple[Account, int]] = {}
        self._phones = 0

    def persona(self, story: str, number: int, fit: str) -> Persona:
        first, last = self._random.choice(words.FIRST_NAMES), self._random.choice(words.LAST_NAMES)
        if story == "gibberish":
            first, last = "Test", "Asdf"
        places = _places(story, number)
        account = self._account(story, number, fit, places)
        email = self._email(story, first, last, account)
        two_addresses = story == "reader" and places == "hl" and number % 10 == 2
        told = evidence(story, number, self._random)
        return Persona(
            story=story,
            number=number,
            fit=fit,
            first=first,
            last=last,
            title=self._title(story, number, fit),
            email=email,
            other_email=self._email(story, first, last, account) if two_addresses else None,
            phone=self._phone(story, number),
            account=account,
            places=places,
            lead_records=_lead_records(story, number, places),
            evidence=told,
            came_d=_came_d(story, number, told, self._random),
        )

    def _email(self, story: str, first: str, last: str, account: Account | None) -> str | None:
        if story == "no_contact_point":
            return None
        domain = self._mail_domain(story, account)
        local = f"{first}.{last}".lower()
        for suffix in ("", *range(2, 1000)):
            email = f"{local}{suffix}@{domain}"
            if email not in self._emails:
                self._emails.add(email)
                return email
        raise ValueError(f"no address is left for {domain}")

    def _mail_domain(self, story: str, account: Account | None) -> str:
        if story == "disposable":
            return self._random.choice(words.DISPOSABLE_DOMAINS)
        if story == "competitor":
            return self._random.choice(words.COMPETITOR_DOMAINS)
        return account.domain if account else self._random.choice(words.FREE_MAIL_DOMAINS)

    def _phone(self, story: str, number: int) -> str | None:
        """A number of the range kept for fiction; a third has none, an opted-out hand-raise has one."""
        self._phones += 1
        if story in JUNK or (number % 3 == 2 and story not in ("opted_out_hand_raise", "fresh_strong")):
            return None
        area = 201 + (self._phones // 100) * 7 % 700
        return f"+1 {area} 555 01{self._phones % 100:02d}"

    def _title(self, story: str, number: int, fit: str) -> str | None:
        if story == "student":
            return words.STUDENT_TITLES[number % len(words.STUDENT_TITLES)]
        titles = words.TITLES.get(fit)
        return self._random.choice(titles) if titles else None

    def _account(self, story: str, number: int, fit: str, places: str) -> Account | None:
        if story in ("disposable", "no_contact_point", "gibberish", "competitor"):
            return None
        if fit == "unknown" and "c" not in places and number % 3 == 0:
            return None  # a private address
        if story in DEALS or story.startswith(("fresh", "opted")):
            return self._new_account(fit)
        return self._shared_account(fit)

    def _shared_account(self, fit: str) -> Account:
        account, places_left = self._open_accounts.get(fit, (None, 0))
        if account is None or places_left == 0:
            account, places_left = self._new_account(fit), _PEOPLE_PER_ACCOUNT
        self._open_accounts[fit] = (account, places_left - 1)
        return account

    def _new_account(self, fit: str) -> Account:
        choice = self._random.choice
        name, domain = self._account_name()
        if fit == "unknown":
            return Account(name, domain, None, None, None)
        if fit == "medium_low":
            return Account(name, domain, None, choice(words.EMPLOYEES["weak"]), choice(words.COUNTRIES["medium"]))
        return Account(
            name,
            domain,
            choice(words.INDUSTRIES[fit]),
            choice(words.EMPLOYEES[fit]),
            choice(words.COUNTRIES[fit]),
        )

    def _account_name(self) -> tuple[str, str]:
        while True:
            first, second = self._random.choice(words.ACCOUNT_FIRST), self._random.choice(words.ACCOUNT_SECOND)
            last = self._random.choice(words.ACCOUNT_LAST)
            domain = f"{first}-{second}-{last}.example".lower()
            if domain not in self._domains:
                self._domains.add(domain)
                return f"{first} {second} {last}", domain


def _came_d(story: str, number: int, told: Evidence, random: Random) -> int:
    """Of three people two came by the first thing they did; the others, and whoever did nothing, were there before."""
    oldest_d = max((touch.age_d for touch in told.touches), default=0)
    if told.asked_d is not None:
        return safe_age(random, oldest_d + 2, oldest_d + 12)  # a list of sales, days before they asked
    by_deed = told.touches and told.touches[0].kind in ("conversion", "click") and oldest_d
    if by_deed and number % 3 and story not in DEALS:
        return oldest_d
    oldest_d = max(30, oldest_d)
    return safe_age(random, oldest_d + 10, max(oldest_d + 60, 720))


def _places(story: str, number: int) -> str:
    if story.startswith("asked"):
        return "h" if story == "asked_in_vain" and number % 2 else "hl" if story == "asked_in_vain" else "hc"
    if story in DEALS:
        return "c" if number % 5 == 4 else "hc"
    if story == "student":
        return "hl" if number % 2 else "h"
    if story in JUNK:
        return "h"
    turn = _QUIET_PLACES if story == "quiet" else _FRESH_PLACES if story == "fresh_strong" else _OTHER_PLACES
    places = turn.split()
    return places[number % len(places)]


def _lead_records(story: str, number: int, places: str) -> int:
    """How many Lead records one person has: now and then two or three."""
    if "l" not in places:
        return 0
    if (story, number % 12) in (("quiet", 3), ("fresh_strong", 5), ("attendee", 4)):
        return 3 if number % 24 > 12 else 2
    return 1
