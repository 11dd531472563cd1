"""What a sales team can take in a week: daily caps of the colleagues who work, without absences and holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector.decide.pools import SALES_ROLES
from connector.playbook import Playbook
from connector.playbook.playbook import TeamMember

WEEKS_AHEAD = 4
DAYS = 7 * WEEKS_AHEAD


@dataclass(frozen=True)
class Capacity:
    """``weekly``: hand-offs a week, averaged over the coming four; ``reps``: colleagues who take any in that time."""

    weekly: int
    reps: int


def capacity_of(playbook: Playbook, now: datetime, zone: ZoneInfo) -> Capacity:
    """The capacity of everybody who takes hand-offs, from the day after ``now`` on."""
    sellers = [each for each in playbook.team if each.role in SALES_ROLES and each.weight > 0]
    taken = [_days_worked(each, now, zone) * _daily_max(each, playbook) for each in sellers]
    return Capacity(sum(taken) // WEEKS_AHEAD, sum(1 for each in taken if each))


def _days_worked(member: TeamMember, now: datetime, zone: ZoneInfo) -> int:
    today = now.astimezone(member.zone or zone).date()
    days = (today + timedelta(days=number) for number in range(1, DAYS + 1))
    return sum(
        1 for day in days if day.weekday() in member.weekdays and day not in member.holidays and not member.is_away(day)
    )


def _daily_max(member: TeamMember, playbook: Playbook) -> int:
    """The member's own cap; else the largest of the pools that the member is in."""
    if member.daily_max is not None:
        return member.daily_max
    routing = playbook.routing
    own = [routing.pools[name].daily_max for name in member.pools if name in routing.pools]
    return max((limit if limit is not None else routing.daily_max for limit in own), default=routing.daily_max)
