"""Handing a person to sales: who gets them, the note they get, and the clock that will start with the confirmation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from connector.decide.business_hours import Hours, add_business, parse_hours
from connector.decide.cycles import HandOffWish
from connector.decide.pools import Member, Pool
from connector.decide.routing import Route, RouteContext, RouteWish, RoutingRules, route
from connector.model import Motion
from connector.playbook import Playbook
from connector.playbook.playbook import PoolSettings, TeamMember
from connector.ports.decisions import AccountFacts, PersonFacts, PoolChange, PoolState, UserFacts
from connector.sync.surroundings import PARTNER, Surroundings, new_business, owner_of

TOUCH = "touch"
"""The kind of a routing for a human touch."""


@dataclass
class Desk:
    """The routing desk of a run: the roster as members, and what they were given so far. Sequential and replayable."""

    playbook: Playbook
    members: dict[int, Member]
    fallback_id: int | None
    day: str
    roster: Mapping[int, TeamMember] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    given: dict[tuple[str, int], PoolChange] = field(default_factory=dict)
    account_reps: dict[int, int] = field(default_factory=dict)
    """Account id -> who was given the first person of it in this run: the next one goes there too."""

    @property
    def can_route(self) -> bool:
        """Whether there is anybody to give a person to."""
        return self.fallback_id is not None

    @property
    def anybody_is_here(self) -> bool:
        """Whether somebody of the roster still works here."""
        return any(member.active for member in self.members.values())

    def is_here(self, user_id: int) -> bool:
        """Whether a colleague still works here: in the roster, and switched off nowhere."""
        member = self.members.get(user_id)
        return member is not None and member.active

    def hours(self, user_id: int, zone: ZoneInfo) -> Hours:
        """A colleague's business hours; the company's default for somebody who is not in the roster."""
        member = self.members.get(user_id)
        return member.hours if member else parse_hours("09:00-17:00", zone)

    def assign(self, wish: HandOffWish, facts: PersonFacts, around: Surroundings) -> Route:
        """Route one wish and remember it."""
        found = self.find(wish, facts, around)
        self._take_turn(found)
        if found.reassigns and found.owner_id in self.members:
            member = self.members[found.owner_id]
            counted = replace(member, given_today=member.given_today + 1, open_unaccepted=member.open_unaccepted + 1)
            self.members[found.owner_id] = counted
            self._note(member.pools[0], found.owner_id)
        if found.reassigns and facts.account is not None:
            self.account_reps.setdefault(facts.account.account_id, found.owner_id)
        return found

    def can_touch(self, user_id: int) -> bool:
        """Whether somebody is here and able to make a human touch."""
        member = self.members.get(user_id)
        return member is not None and member.active and not member.absent

    def draw(self, pool: str, facts: PersonFacts, around: Surroundings) -> int | None:
        """Who makes a human touch of a nurture track: by the rules of a hand-off, with this pool in its turn.

        ``None`` when only the fallback would be left. The turn is remembered; no cap of hand-offs is used up.
        """
        promised = self.playbook.touch_clock.promised_minutes
        skills = self.playbook.routing.skills_for(facts.row["language"], facts.row["q_product"])
        members = [self.members[user_id] for user_id in sorted(self.members)]
        rules = replace(self._rules(), default_pool=pool, territories=())
        asked = RouteWish(TOUCH, promised, skills=skills)
        found = route(asked, members, self._context(None, facts, around), rules, around.now)
        self._take_turn(found)
        return None if found.rule == "fallback" else found.owner_id

    def find(self, wish: HandOffWish, facts: PersonFacts, around: Surroundings) -> Route:
        """Who would get one wish now; nothing is remembered."""
        promise = self.playbook.promises[wish.promise]
        excluded = wish.excluded | _had_in_cycle(facts) if wish.excluded else frozenset()
        skills = self.playbook.routing.skills_for(facts.row["language"], facts.row["q_product"])
        asked = RouteWish(wish.kind, promise.first_touch_minutes, excluded, skills)
        members = [self.members[user_id] for user_id in sorted(self.members)]
        return route(asked, members, self._context(wish, facts, around), self._rules(), around.now)

    def _take_turn(self, found: Route) -> None:
        for user_id, credit in found.credits.items():
            member = self.members[user_id]
            self.members[user_id] = replace(member, credits={**member.credits, str(found.pool): credit})
            self._note(str(found.pool), user_id)

    def _note(self, pool: str, user_id: int) -> None:
        """What is to be stored of a member's state in a pool; their day is counted in their first one."""
        member = self.members[user_id]
        given = member.given_today if pool == member.pools[0] else 0
        self.given[pool, user_id] = PoolChange(pool, user_id, self.day, given, member.credit_micro(pool))

    def _rules(self) -> RoutingRules:
        assert self.fallback_id is not None
        routing = self.playbook.routing
        return RoutingRules(
            fallback_id=self.fallback_id,
            pools=self.pools,
            territories=routing.territories,
            default_pool=routing.default_pool,
            hours_matter_below_minutes=routing.hours_matter_below_minutes,
            skills_must=routing.skills_must,
        )

    def _colleague(self, account: AccountFacts) -> int | None:
        """Who already works another lead of the account, and can take one more person."""
        reps = (*account.colleagues, *filter(None, [self.account_reps.get(account.account_id)]))
        able = (user_id for user_id in reps if can_take(self.members.get(user_id)))
        return next(able, None)

    def partner_manager(self, account: AccountFacts | None) -> int | None:
        """Who looks after the people of a partner: whom the account names, else whom the company named."""
        own = account.partner_manager_id if account is not None else None
        return own if own in self.members else self.named(self.playbook.routing.partner_manager)

    def named(self, name: str | None) -> int | None:
        """A member of the roster by name."""
        return next((user_id for user_id, member in self.members.items() if member.name == name), None)

    def _context(self, wish: HandOffWish | None, facts: PersonFacts, around: Surroundings) -> RouteContext:
        owner, account = owner_of(facts, around), facts.account
        deal_owner = next((row["owner_id"] for row in new_business(facts, self.playbook) if not row["is_closed"]), None)
        keeps = owner is not None and owner.active_sales and not owner.by_us
        of_partner = wish is not None and wish.motion is Motion.PARTNER
        is_partner = of_partner or (account is not None and account.status == PARTNER)
        return RouteContext(
            person_opportunity_owner_id=deal_owner,
            account_opportunity_owner_id=account.opportunity_owner_id if account is not None else None,
            partner_manager_id=self.partner_manager(account) if is_partner else None,
            customer_owner_id=account.customer_owner_id if account is not None else None,
            account_owner_id=account.owner_id if account is not None else None,
            colleague_id=self._colleague(account) if account is not None else None,
            last_sales_owner_id=_returning_owner(facts, around),
            current_owner_id=owner.user_id if owner is not None and keeps else None,
            facts=facts.row,
        )


class Office(Struct, frozen=True):
    """What the desk is opened with, the same for every member: who is who, where and when.

    ``systems``: those that are connected. ``by_name``: a member's user id.
    """

    users: Mapping[int, UserFacts]
    by_name: Mapping[str, int]
    systems: frozenset[str]
    zone: ZoneInfo
    now: datetime

    def member(self, entry: TeamMember, user: UserFacts, state: PoolState) -> Member:
        """One colleague as routing sees them."""
        return Member(
            user_id=user.user_id,
            name=entry.name,
            role=entry.role,
            hours=entry.working_hours(self.zone),
            weight=entry.weight,
            active=user.active,
            absent=entry.is_away(self.now.astimezone(entry.zone or self.zone).date()),
            backup_id=self.by_name.get(entry.backup or ""),
            pools=entry.pools,
            skills=entry.skills,
            paired_sdr_id=self.by_name.get(entry.paired_sdr or ""),
            given_today=state.given_today,
            open_unaccepted=state.open_unaccepted,
            credits=state.credits,
            daily_max=entry.daily_max,
            open_unaccepted_max=entry.open_unaccepted_max,
            lacks=self._lacking(entry, user),
        )

    def _lacking(self, entry: TeamMember, user: UserFacts) -> tuple[str, ...]:
        wanted = self.systems if entry.only_in is None else self.systems & {entry.only_in}
        return tuple(sorted(wanted - user.owner_ids.keys()))


def open_desk(
    playbook: Playbook,
    users: Mapping[int, UserFacts],
    pool: Mapping[int, PoolState],
    zone: ZoneInfo,
    now: datetime,
    systems: Collection[str] = (),
) -> Desk:
    """The roster joined with the CRMs' users. ``systems``: those connected, in which a pool's member needs a user."""
    roster = roster_of(playbook, users)
    by_name = {entry.name: user_id for user_id, entry in roster.items()}
    office = Office(users, by_name, frozenset(systems), zone, now)
    members = {
        user_id: office.member(entry, users[user_id], pool.get(user_id, PoolState()))
        for user_id, entry in roster.items()
    }
    fallback = by_name.get(playbook.routing.fallback or "", _anybody(members))
    return Desk(
        playbook,
        members,
        fallback,
        now.astimezone(zone).date().isoformat(),
        roster,
        pools={name: _pool(playbook, name, by_name) for name in pool_names(playbook)},
    )


def _anybody(members: Mapping[int, Member]) -> int | None:
    """A fallback without a user anywhere is a finding; until it is settled a manager, else anybody, stands in."""
    here = [member for member in members.values() if member.active]
    return min(here, key=lambda each: (each.role != "manager", each.user_id)).user_id if here else None


def pool_names(playbook: Playbook) -> list[str]:
    """Every pool that is described or has members, and the default one."""
    named = {pool for member in playbook.team for pool in member.pools}
    return sorted(named | playbook.routing.pools.keys() | {playbook.routing.default_pool})


def _pool(playbook: Playbook, name: str, by_name: Mapping[str, int]) -> Pool:
    routing = playbook.routing
    own = routing.pools.get(name, PoolSettings())
    return Pool(
        name=name,
        daily_max=routing.daily_max if own.daily_max is None else own.daily_max,
        open_unaccepted_max=routing.open_unaccepted_max if own.open_unaccepted_max is None else own.open_unaccepted_max,
        requires_skills=own.requires_skills,
        fallback_id=by_name.get(own.fallback or ""),
    )


def roster_of(playbook: Playbook, users: Mapping[int, UserFacts]) -> dict[int, TeamMember]:
    """User id -> the roster's entry of everybody who is in the roster and in a CRM."""
    by_owner = {(system, owner): user.user_id for user in users.values() for system, owner in user.owner_ids.items()}
    found = {user_of(entry, by_owner): entry for entry in reversed(playbook.team)}
    return {user_id: entry for user_id, entry in reversed(found.items()) if user_id is not None}


def sales_people(playbook: Playbook, desk: Desk) -> frozenset[int]:
    """Whose work counts as sales' work."""
    return frozenset(user_id for user_id, member in desk.members.items() if member.role in playbook.sales_roles)


def can_take(member: Member | None) -> bool:
    """Whether somebody works in sales and is here."""
    return member is not None and member.active and not member.absent and member.in_sales


def user_of(entry: TeamMember, by_owner: Mapping[tuple[str, str], int]) -> int | None:
    """The user id of a roster entry, by any of its owner ids."""
    return next((by_owner[key] for key in sorted(entry.ids.items()) if key in by_owner), None)


def due_at(playbook: Playbook, wish: HandOffWish, at: datetime, hours: Hours) -> datetime:
    """When the first touch will be due if the assignment is confirmed at once."""
    return add_business(at, playbook.promises[wish.promise].first_touch_minutes, hours)


def _returning_owner(facts: PersonFacts, around: Surroundings) -> int | None:
    """The last sales owner, while sales gave the person back not too long ago (PLAYBOOK 8.1, row 6)."""
    owner: int | None = facts.row["last_sales_owner_id"]
    ended = [past.until for past in facts.had_by if past.owner_id == owner]
    cycle = facts.cycle
    if cycle is not None and owner is not None:
        # Adopted from before, or still with them: no assignment of ours has ended.
        ended += [at for at in (cycle["handed_off_at"], cycle["closed_at"] if cycle["adopted"] else None) if at]
    limit = timedelta(days=around.playbook.routing.returning_days)
    return owner if ended and around.now - max(ended) < limit else None


def _had_in_cycle(facts: PersonFacts) -> frozenset[int]:
    """Who was given the person before in this cycle: a rejected lead does not go in a circle."""
    current = facts.cycle["cycle_id"] if facts.cycle else None
    return frozenset(past.owner_id for past in facts.had_by if past.cycle_id == current)
