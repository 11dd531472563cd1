"""Handing a person to sales: who gets them, the note they get, and the clock that will start with the confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector.decide.business_hours import Hours, add_business, parse_hours
from connector.decide.cycles import HandOffWish
from connector.decide.routing import Member, Route, RouteContext, RouteWish, route
from connector.playbook import Playbook
from connector.playbook.playbook import TeamMember
from connector.ports.decisions import PersonFacts, PoolChange, PoolState, UserFacts
from connector.sync.evidence import Surroundings, owner_of


@dataclass
class Desk:
    """The routing desk of a run: the roster as members, and what they were given so far. Sequential and replayable."""

    playbook: Playbook
    members: dict[int, Member]
    fallback_id: int | None
    day: str
    given: dict[int, PoolChange] = field(default_factory=dict)

    @property
    def can_route(self) -> bool:
        """Whether there is anybody to give a person to."""
        return self.fallback_id is not None

    def hours(self, user_id: int, zone: ZoneInfo) -> Hours:
        """A colleague's business hours; the company's default for somebody who is not in the roster."""
        member = self.members.get(user_id)
        return member.hours if member else parse_hours("09:00-17:00", zone)

    def assign(self, wish: HandOffWish, facts: PersonFacts, around: Surroundings) -> Route:
        """Route one wish and remember it."""
        promise = self.playbook.promises[wish.promise]
        asked = RouteWish(wish.kind, promise.first_touch_minutes, wish.excluded)
        found = route(asked, list(self.members.values()), self._context(facts, around), around.now)
        for user_id, credit in found.credits.items():
            self.members[user_id] = replace(self.members[user_id], credit_milli=credit)
        if found.reassigns and found.owner_id in self.members:
            member = self.members[found.owner_id]
            counted = replace(member, given_today=member.given_today + 1, open_unaccepted=member.open_unaccepted + 1)
            self.members[found.owner_id] = counted
        for user_id in {*found.credits, found.owner_id} & self.members.keys():
            member = self.members[user_id]
            self.given[user_id] = PoolChange(member.pool, user_id, self.day, member.given_today, member.credit_milli)
        return found

    def _context(self, facts: PersonFacts, around: Surroundings) -> RouteContext:
        assert self.fallback_id is not None
        routing = self.playbook.routing
        owner = owner_of(facts, around)
        deal_owner = next((row["owner_id"] for row in facts.opportunities if not row["is_closed"]), None)
        keeps = owner is not None and owner.active_sales and not owner.by_us
        return RouteContext(
            fallback_id=self.fallback_id,
            person_opportunity_owner_id=deal_owner,
            account_opportunity_owner_id=_first(link.account_opportunity_owner_id for link in facts.links),
            account_owner_id=_first(link.account_owner_id for link in facts.links),
            last_sales_owner_id=_returning_owner(facts, around),
            current_owner_id=owner.user_id if owner is not None and keeps else None,
            pool=routing.default_pool,
            daily_max=routing.daily_max,
            open_unaccepted_max=routing.open_unaccepted_max,
            hours_matter_below_minutes=routing.hours_matter_below_minutes,
        )


def open_desk(
    playbook: Playbook, users: Mapping[int, UserFacts], pool: Mapping[int, PoolState], zone: ZoneInfo, now: datetime
) -> Desk:
    """The roster joined with the CRMs' users."""
    by_owner = {(system, owner): user.user_id for user in users.values() for system, owner in user.owner_ids.items()}
    by_name: dict[str, int] = {}
    members: dict[int, Member] = {}
    for entry in playbook.team:
        user_id = user_of(entry, by_owner)
        if user_id is None:
            continue
        by_name[entry.name] = user_id
        state = pool.get(user_id, PoolState())
        members[user_id] = Member(
            user_id=user_id,
            name=entry.name,
            role=entry.role,
            hours=entry.working_hours(zone),
            weight=entry.weight,
            active=users[user_id].active,
            absent=entry.is_away(now.astimezone(entry.zone or zone).date()),
            pool=entry.pool,
            given_today=state.given_today,
            open_unaccepted=state.open_unaccepted,
            credit_milli=state.credit_milli,
        )
    fallback = by_name.get(playbook.routing.fallback or "")
    return Desk(playbook, members, fallback, now.astimezone(zone).date().isoformat())


def user_of(entry: TeamMember, by_owner: Mapping[tuple[str, str], int]) -> int | None:
    """The user id of a roster entry, by any of its owner ids."""
    return next((by_owner[key] for key in sorted(entry.ids.items()) if key in by_owner), None)


def due_at(playbook: Playbook, wish: HandOffWish, at: datetime, hours: Hours) -> datetime:
    """When the first touch will be due if the assignment is confirmed at once."""
    return add_business(at, playbook.promises[wish.promise].first_touch_minutes, hours)


def _returning_owner(facts: PersonFacts, around: Surroundings) -> int | None:
    """The last sales owner, while the hand-off to them is not too long ago (PLAYBOOK 8.1, row 6)."""
    owner: int | None = facts.row["last_sales_owner_id"]
    handed_off_at = facts.cycle["handed_off_at"] if facts.cycle else None
    limit = timedelta(days=around.playbook.routing.returning_days)
    recent = handed_off_at is not None and around.now - handed_off_at < limit
    return owner if recent else None


def _first(values: object) -> int | None:
    return next((value for value in values if value is not None), None)  # type: ignore[attr-defined]
