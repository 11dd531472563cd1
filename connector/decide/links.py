"""Which of a person's records is the primary one: the only one that receives owner, status and tasks (PLAYBOOK 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import IntEnum

from msgspec import Struct


class Standing(IntEnum):
    """What kind of record it is, best first. A CRM without open leads has plain contacts only."""

    CONTACT_WITH_OPPORTUNITY = 0
    CONTACT_OF_CUSTOMER = 1
    CONTACT = 2
    OPEN_LEAD = 3
    CLOSED_LEAD = 4


class LinkFacts(Struct, frozen=True):
    """One record of a person. ``family`` groups objects that take each other's place in one system."""

    link_id: int
    person_id: int
    system: str
    family: str
    standing: Standing
    active: bool = True
    last_human_activity_at: datetime | None = None
    created_at: datetime | None = None


LONG_AGO = datetime.min.replace(tzinfo=UTC)


def primary_links(links: Iterable[LinkFacts]) -> set[int]:
    """The link ids of the primary records: exactly one per person, system and family that has an active record."""
    families: dict[tuple[int, str, str], list[LinkFacts]] = defaultdict(list)
    for link in links:
        if link.active:
            families[(link.person_id, link.system, link.family)].append(link)
    return {_first(several).link_id for several in families.values()}


def _first(links: list[LinkFacts]) -> LinkFacts:
    # Sorted by the least important reason first; every sort keeps the order of the one before.
    ordered = sorted(links, key=lambda link: link.link_id)
    ordered.sort(key=lambda link: link.created_at or LONG_AGO, reverse=True)
    ordered.sort(key=lambda link: link.last_human_activity_at or LONG_AGO, reverse=True)
    ordered.sort(key=lambda link: link.standing)
    return ordered[0]
