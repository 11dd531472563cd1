"""Facts that follow from merged values: domains, contact points, seniority and function by title, junk signs.

Every list and table is an argument (they belong to the mapping). Decides facts only: what a fact leads to is a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from connector.model import Value

# Deliberately plain: one @, a dotted domain, no spaces. Whether a mailbox exists is for the bounces to say.
EMAIL = re.compile(r"[^@\s,;<>\"]+@([a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
PHONE_DIGITS_MIN = 7
VOWEL_CHECK_LENGTH_MIN = 5
LOCAL_PART_DIGITS_MIN = 4
OTHER = "other"
VOWELS = frozenset("aeiouy")

Phrases = tuple[tuple[str, tuple[str, ...]], ...]
"""Rows of (code, phrases); the first row with a phrase whose words follow each other in the title wins."""


class Lists(Struct, frozen=True):
    """The mapping's lists, all in lower case."""

    free_mail: frozenset[str] = frozenset()
    disposable: frozenset[str] = frozenset()
    competitor_domains: frozenset[str] = frozenset()
    competitor_names: frozenset[str] = frozenset()
    seniority: Phrases = ()
    job_function: Phrases = ()
    persona_excluded: Phrases = ()
    test_words: frozenset[str] = frozenset({"test", "asdf", "qwerty"})
    keyboard_runs: tuple[str, ...] = ("asdf", "qwer", "qwert", "yxcv", "zxcv", "hjkl")
    placeholders: frozenset[str] = frozenset({"-", ".", "n/a", "na", "none", "unknown", "not provided"})


_BY_EMAIL = dict.fromkeys(("email_domain", "has_email", "free_mail", "disposable"), ("email",))
DERIVED_FROM: Mapping[str, tuple[str, ...]] = {
    **_BY_EMAIL,
    "has_phone": ("phone", "mobile"),
    "gibberish": ("first_name", "last_name", "account_name", "email"),
    "seniority": ("seniority", "title"),
    "job_function": ("job_function", "title"),
    "persona_excluded": ("title",),
    "account_domain": ("website", "email"),
    "email_quality": ("email_quality", "hard_bounced"),
}
"""Derived field -> the merged fields it follows from: it holds since the newest of them."""


def derive(values: Mapping[str, Value], lists: Lists) -> dict[str, Value]:
    """The derived fields of ``facts.PROFILE``, from merged canonical values."""
    email = _text(values, "email").lower()
    domain = domain_of(email)
    title = _text(values, "title")
    derived: dict[str, Value] = {
        "email_domain": domain,
        "has_email": domain is not None,
        "has_phone": any(is_phone(_text(values, name)) for name in ("phone", "mobile")),
        "free_mail": _listed(domain, lists.free_mail),
        "disposable": _listed(domain, lists.disposable),
        "gibberish": is_gibberish(values, lists),
        "seniority": values.get("seniority") or _rank_of(title, lists.seniority),
        "job_function": values.get("job_function") or _rank_of(title, lists.job_function),
        "persona_excluded": by_title(title, lists.persona_excluded),
        "account_domain": _account_domain(values, domain, lists),
    }
    derived["account_status"] = _account_status(values, derived["account_domain"], lists)
    derived["email_quality"] = _email_quality(values)
    return derived


def domain_of(email: str) -> str | None:
    """The domain of a syntactically valid address, in lower case; otherwise ``None``."""
    return email.rsplit("@", 1)[1].lower() if EMAIL.fullmatch(email) else None


def is_phone(text: str) -> bool:
    """Whether a phone number could be meant: enough digits, and not one digit repeated."""
    digits = [character for character in text if character.isdigit()]
    return len(digits) >= PHONE_DIGITS_MIN and len(set(digits)) > 1


def by_title(title: str, table: Phrases) -> str | None:
    """The code of the first row that has a phrase in ``title``, word by word; ``None`` when no row does."""
    words = WORD.findall(title.casefold())
    for code, phrases in table:
        if any(_contains(words, WORD.findall(phrase.casefold())) for phrase in phrases):
            return code
    return None


def _rank_of(title: str, table: Phrases) -> str | None:
    """A title that matches nothing is known to be something else; only a missing title is unknown."""
    return by_title(title, table) or (OTHER if title else None)


def is_gibberish(values: Mapping[str, Value], lists: Lists) -> bool:
    """The signs of PLAYBOOK 3.5. A placeholder for a required name counts as no name, not as gibberish."""
    last_name, account_name = (_real(_text(values, name), lists) for name in ("last_name", "account_name"))
    if last_name and not any(character.isalpha() for character in last_name):
        return True
    if account_name and not any(character.isalnum() for character in account_name):
        return True
    if any(_typed_blindly(name, lists) for name in (last_name, account_name)):
        return True
    return _is_machine_local_part(last_name, _text(values, "email")) or _mostly_test_words(values, lists)


def _typed_blindly(name: str, lists: Lists) -> bool:
    words = [word.lower() for word in WORD.findall(name)]
    if any(word.startswith(run) for word in words for run in lists.keyboard_runs):
        return True
    # Short words without a vowel are real (Ng, Vlk, BMW), and so are acronyms and letters outside ASCII.
    joined = "".join(words)
    plain = joined.isascii() and joined.isalpha() and not name.isupper()
    return plain and len(joined) >= VOWEL_CHECK_LENGTH_MIN and not VOWELS & set(joined)


def _is_machine_local_part(last_name: str, email: str) -> bool:
    local_part = email.lower().partition("@")[0]
    digits = sum(character.isdigit() for character in local_part)
    return bool(last_name) and digits >= LOCAL_PART_DIGITS_MIN and last_name.lower() == local_part


def _mostly_test_words(values: Mapping[str, Value], lists: Lists) -> bool:
    names = (_text(values, name).lower() for name in ("first_name", "last_name", "account_name"))
    return sum(name in lists.test_words for name in names) >= 2


def _account_domain(values: Mapping[str, Value], email_domain: str | None, lists: Lists) -> str | None:
    site = _text(values, "website").lower()
    host = re.sub(r"^[a-z]+://", "", site).split("/", 1)[0].split(":", 1)[0].removeprefix("www.")
    if "." in host:
        return host
    private = email_domain in lists.free_mail or email_domain in lists.disposable
    return None if private else email_domain


def _account_status(values: Mapping[str, Value], account_domain: Value, lists: Lists) -> Value:
    domains = {domain_of(_text(values, "email").lower()), account_domain}
    if domains & lists.competitor_domains or _text(values, "account_name").casefold() in lists.competitor_names:
        return "competitor"
    return values.get("account_status")


def _email_quality(values: Mapping[str, Value]) -> Value:
    return "hard" if values.get("hard_bounced") is True else values.get("email_quality")


def _listed(domain: str | None, domains: frozenset[str]) -> bool | None:
    return None if domain is None else domain in domains


def _contains(words: list[str], phrase: list[str]) -> bool:
    width = len(phrase)
    return width > 0 and any(words[start : start + width] == phrase for start in range(len(words) - width + 1))


def _real(name: str, lists: Lists) -> str:
    return "" if name.lower() in lists.placeholders else name


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""
