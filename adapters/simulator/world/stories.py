"""What each person of the demo did: the kinds of story, how many of each, and the evidence they left.

Decides behaviour only (conversions, clicks, calls, meetings, answers, deals), free of either vendor's words.
Ages are whole days before the start and keep clear of the rules' day edges; fresh hand-raises are told in hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.calendar import safe_age


@dataclass(frozen=True)
class Touch:
    """One thing that happened: a kind, how long ago in hours (whole days for the past), and what it was."""

    kind: str  # conversion, click, call, reply, meeting, event
    age_d: int = 0
    age_h: float | None = None
    what: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything a person left behind."""

    touches: tuple[Touch, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()  # need, budget, authority, timing
    answers_age_d: int = 0
    lifecycle: str = ""
    lifecycle_by_person: bool = False
    asked_d: int | None = None
    """How long ago they asked for contact, where what came of it is over by now."""


PEOPLE_MIN = 50
# Story, people per thousand, at least, how well they fit the market (first to last, in turn). Of what may be missing
# (at least 0) the smallest company has nobody.
PLOT: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("fresh_strong", 30, 6, ("strong",)),
    ("fresh_weak", 14, 2, ("unknown", "medium_low")),
    ("opted_out_hand_raise", 4, 1, ("strong",)),
    ("warm", 24, 2, ("medium", "unknown", "strong")),
    ("qualified", 60, 4, ("strong", "medium", "strong")),
    ("cooling", 24, 2, ("medium",)),
    ("marketing_set", 12, 1, ("medium_low", "unknown")),
    ("evaluating", 40, 2, ("weak", "medium_low")),
    ("attendee", 36, 2, ("medium", "weak", "unknown")),
    ("reader", 56, 3, ("medium", "weak", "unknown")),
    ("clicker", 44, 2, ("weak", "medium", "unknown")),
    ("newsletter", 46, 2, ("weak", "unknown", "medium")),
    ("open_deal", 24, 2, ("strong", "medium")),
    ("won_deal", 24, 2, ("strong", "medium")),
    ("lost_deal", 20, 1, ("medium", "strong")),
    ("asked_and_bought", 84, 0, ("strong", "strong", "medium", "strong", "weak")),
    ("asked_and_lost", 50, 0, ("medium", "strong", "medium", "weak")),
    ("asked_in_vain", 50, 0, ("weak", "medium", "unknown")),
    ("disposable", 8, 1, ("unknown",)),
    ("no_contact_point", 6, 1, ("unknown",)),
    ("gibberish", 6, 1, ("unknown",)),
    ("student", 8, 1, ("weak",)),
    ("competitor", 4, 1, ("medium",)),
)
QUIET_FITS = ("weak", "unknown", "medium", "unknown", "strong")
JUNK = frozenset({"disposable", "no_contact_point", "gibberish", "student", "competitor"})
WON = frozenset({"won_deal", "asked_and_bought"})
LOST = frozenset({"lost_deal", "asked_and_lost"})
DEALS = frozenset({"open_deal"}) | WON | LOST


def parts(people: int) -> list[tuple[str, str]]:
    """Who plays what: (story, fit) for each of ``people``; whoever is left over is quiet."""
    if people < PEOPLE_MIN:
        raise ValueError(f"the demo company needs at least {PEOPLE_MIN} people, not {people}")
    given = [
        (story, fits[number % len(fits)])
        for story, share, least, fits in PLOT
        for number in range(max(least, round(share * (people if least else people - PEOPLE_MIN) / 1000)))
    ]
    quiet = [("quiet", QUIET_FITS[number % len(QUIET_FITS)]) for number in range(people - len(given))]
    return given + quiet


def evidence(story: str, number: int, random: Random) -> Evidence:
    """What the ``number``-th person of a story did."""
    told = _TOLD.get(story)
    return told(number, random) if told else Evidence()


def _conversion(what: str, age_d: int) -> Touch:
    return Touch("conversion", age_d=age_d, what=what)


def _fresh(number: int, random: Random) -> Evidence:
    # Between two hours and almost two days ago: after the company went live, before the demo starts.
    age_h = 2 + (number * 7 + random.randrange(5)) % 43
    first = Touch("conversion", age_h=age_h, what=words.HAND_RAISES[number % 3])
    before = (_conversion(random.choice(words.WHITEPAPERS), safe_age(random, 60, 300)),) if number % 2 else ()
    return Evidence((*before, first))


def _opted_out(number: int, random: Random) -> Evidence:
    return Evidence((Touch("conversion", age_h=5 + number, what="Demo request"),))


def _warm(number: int, random: Random) -> Evidence:
    return Evidence((_conversion(words.HAND_RAISES[number % 3], safe_age(random, 9, 18)),))


def _qualified(number: int, random: Random) -> Evidence:
    webinar = _conversion(random.choice(words.WEBINARS), safe_age(random, 15, 30))
    paper = _conversion(random.choice(words.WHITEPAPERS), safe_age(random, 15, 38))
    click = Touch("click", age_d=safe_age(random, 15, 38))
    talk = Touch(("call", "reply", "meeting")[number % 3], age_d=safe_age(random, 10, 38))
    timing = ("3-6", "0-3", "6-12")[number % 3]
    answers: tuple[tuple[str, str], ...] = (("need", "specific" if number % 2 else "general"), ("timing", timing))
    if number % 4 == 0:
        answers = (*answers, ("authority", "influences"))
    return Evidence((paper, webinar, click, talk), answers, safe_age(random, 20, 120), "lead")


def _cooling(number: int, random: Random) -> Evidence:
    """Answered everything once, and has not been heard of lately."""
    talk = Touch(("reply", "call")[number % 2], age_d=safe_age(random, 43, 49))
    paper = _conversion(random.choice(words.WHITEPAPERS), safe_age(random, 58, 79))
    answers = (("need", "general"), ("authority", "influences"), ("timing", ("6-12", "3-6")[number % 2]))
    return Evidence((paper, talk), answers, safe_age(random, 58, 120), "lead")


def _marketing_set(number: int, random: Random) -> Evidence:
    click = Touch("click", age_d=safe_age(random, 40, 80))
    return Evidence((click,), lifecycle="marketingqualifiedlead", lifecycle_by_person=True)


def _evaluating(number: int, random: Random) -> Evidence:
    talk = Touch(("call", "reply")[number % 2], age_d=safe_age(random, 20, 100))
    paper = _conversion(words.DECISION_CONTENT[number % 2], safe_age(random, 60, 150))
    answers = (("need", "general"), ("timing", ("6-12", "later")[number % 2]))
    return Evidence((paper, talk), answers, safe_age(random, 20, 100), "lead")


def _attendee(number: int, random: Random) -> Evidence:
    return Evidence((_conversion(random.choice(words.WEBINARS), safe_age(random, 20, 340)),))


def _reader(number: int, random: Random) -> Evidence:
    first = _conversion(words.WHITEPAPERS[number % 3], safe_age(random, 100, 340))
    second = _conversion(words.WHITEPAPERS[(number + 1) % 3], safe_age(random, 20, 95))
    return Evidence((first, second) if number % 2 else (first,), lifecycle="subscriber")


def _clicker(number: int, random: Random) -> Evidence:
    return Evidence((Touch("click", age_d=safe_age(random, 15, 340)),))


def _newsletter(number: int, random: Random) -> Evidence:
    return Evidence((_conversion(words.NEWSLETTER, safe_age(random, 20, 340)),), lifecycle="subscriber")


def _deal(number: int, random: Random) -> Evidence:
    paper = _conversion(random.choice(words.WHITEPAPERS), safe_age(random, 200, 340))
    meeting = Touch("event", age_d=safe_age(random, 70, 200))
    return Evidence((paper, meeting))


def _asked(number: int, random: Random) -> Evidence:
    """Asked for contact within the year, so long ago that it is known what came of it."""
    asked_d = safe_age(random, 128, 315)
    before = (_conversion(random.choice(words.WEBINARS), safe_age(random, asked_d + 1, asked_d + 25)),)
    asked = _conversion(words.HAND_RAISES[number % 3], asked_d)
    return Evidence((*(before if number % 3 == 0 else ()), asked), lifecycle="lead", asked_d=asked_d)


def _junk_form(number: int, random: Random) -> Evidence:
    return Evidence((_conversion(words.HAND_RAISES[number % 3], safe_age(random, 20, 300)),))


_TOLD: dict[str, Callable[[int, Random], Evidence]] = {
    "fresh_strong": _fresh,
    "fresh_weak": _fresh,
    "opted_out_hand_raise": _opted_out,
    "warm": _warm,
    "qualified": _qualified,
    "cooling": _cooling,
    "marketing_set": _marketing_set,
    "evaluating": _evaluating,
    "attendee": _attendee,
    "reader": _reader,
    "clicker": _clicker,
    "newsletter": _newsletter,
    "open_deal": _deal,
    "won_deal": _deal,
    "lost_deal": _deal,
    "asked_and_bought": _asked,
    "asked_and_lost": _asked,
    "asked_in_vain": _asked,
    "disposable": _junk_form,
    "gibberish": _junk_form,
    "student": _attendee,
    "competitor": _reader,
}
