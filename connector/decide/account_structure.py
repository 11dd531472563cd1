"""What an account belongs to, what it bought, and who decides there (PLAYBOOK 1).

Which words make somebody a decision maker is an argument; a role is compared without regard to case and punctuation.
Pure, and knows no CRM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from connector.ports.accounts import AccountDeal, Decider, SaidRole

APART = re.compile(r"[\W_]+")
SEVERAL = re.compile(r"[;,]")
DECIDERS_MAX = 10
PRODUCTS_MAX = 5
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def role_word(role: str) -> str:
    """A role in the form that is compared: ``Decision Maker`` and ``DECISION_MAKER`` are ``decision maker``."""
    return APART.sub(" ", role.casefold()).strip()


def deciders_of(said: Iterable[SaidRole], words: frozenset[str]) -> tuple[Decider, ...]:
    """Who decides: everybody with a listed role, those with most roles first; ``words`` as of ``role_word``."""
    roles: dict[int, set[str]] = {}
    for each in said:
        found = {role_word(part) for part in SEVERAL.split(each.role)} & words
        if found:
            roles.setdefault(each.person_id, set()).update(found)
    deciders = [Decider(person_id, tuple(sorted(found))) for person_id, found in roles.items()]
    return tuple(sorted(deciders, key=lambda each: (-len(each.roles), each.person_id))[:DECIDERS_MAX])


def bought(deals: Sequence[AccountDeal]) -> tuple[str, ...]:
    """The names of the opportunities that were won, the newest first."""
    won = sorted((deal for deal in deals if deal.is_won and deal.name), key=lambda deal: deal.key)
    won.sort(key=lambda deal: deal.closed_at or LONG_AGO, reverse=True)
    return tuple(dict.fromkeys(deal.name for deal in won if deal.name))[:PRODUCTS_MAX]


def in_words(parent: str | None, ownership: str | None, kind: str | None) -> str:
    """The business structure as one line: ``part of North Group; private; channel``; empty when nothing is known."""
    parts = (f"part of {parent}" if parent else None, ownership, kind)
    return "; ".join(part for part in parts if part)
