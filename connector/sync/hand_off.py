"""Handing a person to sales: who gets them, the note they get, and the clock that will start with the confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector.decide.business_hours import Hours, add_business, parse_hours
from connector.decide.cycles import HandOffWish
from connector.decide.routing import SALES_ROLES, Member, Route, RouteContext, RouteWish, route
from connector.playbook import Playbook
from connector.playbook.playbook import TeamMember
from connector.ports.decisions import AccountFacts, PersonFacts, PoolChange, PoolState, UserFacts
from connector.sync.evidence import Surroundings, owner_of


@dataclass
class Desk:
    """The routing desk of a run: the roster as members, and what they were given so far. Sequential and replayable."""

    playbook: Playbook
    members: dict[int, Member]
    fallback_id: int | None
    day: str
    roster: Mapping[int, TeamMember] = field(default_factory=dict)
    given: dict[int, PoolChange] = field(default_factory=dict)
    account_reps: dict[int, int] = field(default_factory=dict)
    """Account id -> who was given the first person of it in this run: the next one goes there too."""

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
        if found.reassigns and facts.account is not None:
            self.account_reps.setdefault(facts.account.account_id, found.owner_id)
        return found

    def _colleague(self, account: AccountFacts) -> int | None:
        """Who already works another lead of the account, and can take one more person."""
        reps = (*account.colleagues, *filter(None, [self.account_reps.get(account.account_id)]))
        able = (user_id for user_id in reps if can_take(self.members.get(user_id)))
        return next(able, None)

    def _context(self, facts: PersonFacts, around: Surroundings) -> RouteContext:
        assert self.fallback_id is not None
        routing = self.playbook.routing
        owner, account = owner_of(facts, around), facts.account
        deal_owner = next((row["owner_id"] for row in facts.opportunities if not row["is_closed"]), None)
        keeps = owner is not None and owner.active_sales and not owner.by_us
        return RouteContext(
            fallback_id=self.fallback_id,
            person_opportunity_owner_id=deal_owner,
            account_opportunity_owner_id=account.opportunity_owner_id if account is not None else None,
            customer_owner_id=account.customer_owner_id if account is not None else None,
            account_owner_id=account.owner_id if account is not None else None,
            colleague_id=self._colleague(account) if account is not None else None,
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
    roster = roster_of(playbook, users)
    by_name = {entry.name: user_id for user_id, entry in roster.items()}
    members = {
        user_id: _member(entry, users[user_id], pool.get(user_id, PoolState()), by_name, zone, now)
        for user_id, entry in roster.items()
    }
    fallback = by_name.get(playbook.routing.fallback or "")
    return Desk(playbook, members, fallback, now.astimezone(zone).date().isoformat(), roster)


def _member(
    entry: TeamMember,
    user: UserFacts,
    state: PoolState,
    by_name: Mapping[str, int],
    zone: ZoneInfo,
    now: datetime,
) -> Member:
    return Member(
        user_id=user.user_id,
        name=entry.name,
        role=entry.role,
        hours=entry.working_hours(zone),
        weight=entry.weight,
        active=user.active,
        absent=entry.is_away(now.astimezone(entry.zone or zone).date()),
        backup_id=by_name.get(entry.backup or ""),
        pool=entry.pool,
        given_today=state.given_today,
        open_unaccepted=state.open_unaccepted,
        credit_milli=state.credit_milli,
        daily_max=entry.daily_max,
        open_unaccepted_max=entry.open_unaccepted_max,
    )


def roster_of(playbook: Playbook, users: Mapping[int, UserFacts]) -> dict[int, TeamMember]:
    """User id -> the roster's entry of everybody who is in the roster and in a CRM."""
    by_owner = {(system, owner): user.user_id for user in users.values() for system, owner in user.owner_ids.items()}
    found = {user_of(entry, by_owner): entry for entry in reversed(playbook.team)}
    return {user_id: entry for user_id, entry in reversed(found.items()) if user_id is not None}


def can_take(member: Member | None) -> bool:
    """Whether somebody works in sales and is here."""
    return member is not None and member.active and not member.absent and member.role in SALES_ROLES


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
