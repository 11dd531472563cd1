"""Whose working time a wait is counted in: the owner's hours of the roster, or the company's usual ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.decide.business_hours import between, parse_hours
from connector.playbook import Playbook
from connector.ports.decisions import UserFacts
from connector.sync.hand_off import roster_of

USUAL = "09:00-17:00"

Minutes = Callable[[int | None, datetime, datetime], int]


def working_minutes(playbook: Playbook, users: Mapping[int, UserFacts], zone: ZoneInfo) -> Minutes:
    """Whole minutes of an owner's working time from one moment to another; an unknown owner works the usual hours."""
    usual = parse_hours(USUAL, zone)
    own = {user_id: member.working_hours(zone) for user_id, member in roster_of(playbook, users).items()}
    return lambda owner_id, start, end: between(start, end, own.get(owner_id or 0, usual))
