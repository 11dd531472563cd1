"""Who gets a person who should go to sales: the first rule that finds somebody (PLAYBOOK 8.1).

A fold of values: the pool's credits and counts come in and new credits go out, so that a day of routing can be
replayed. The path says of each rule whether it was taken and, if not, why. Knows no CRM and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.decide.business_hours import Hours, is_open

SALES_ROLES = frozenset({"sdr", "ae"})


@dataclass(frozen=True)
class Member:
    """One colleague of the roster. ``weight``: share in the pool; ``credit_milli``: what the round robin remembers.

    ``absent``: away now; ``backup_id`` stands in. ``active``: can own records in every connected system.
    ``daily_max`` and ``open_unaccepted_max``: own caps instead of the pool's.
    """

    user_id: int
    name: str
    role: str
    hours: Hours
    weight: int = 1
    active: bool = True
    absent: bool = False
    backup_id: int | None = None
    pool: str = "default"
    given_today: int = 0
    open_unaccepted: int = 0
    credit_milli: int = 0
    daily_max: int | None = None
    open_unaccepted_max: int | None = None


@dataclass(frozen=True)
class RouteWish:
    """What is to be routed. ``promise_minutes``: first touch in business minutes; ``excluded``: never these people."""

    kind: str
    promise_minutes: int
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True)
class RouteContext:
    """Who is already involved, by user id, and where the fallback is. ``None``: nobody.

    ``last_sales_owner_id`` only when the cycle closed less than 180 days ago and it was not rejected as wrong_owner.
    ``current_owner_id`` only when the record was not assigned by us.
    """

    fallback_id: int
    person_opportunity_owner_id: int | None = None
    account_opportunity_owner_id: int | None = None
    partner_manager_id: int | None = None
    customer_owner_id: int | None = None
    account_owner_id: int | None = None
    last_sales_owner_id: int | None = None
    colleague_id: int | None = None
    current_owner_id: int | None = None
    pool: str = "default"
    daily_max: int = 10
    open_unaccepted_max: int = 15
    hours_matter_below_minutes: int = 240


@dataclass(frozen=True)
class PathStep:
    """One rule that was looked at: taken or not, and why."""

    rule: str
    taken: bool
    why: str


@dataclass(frozen=True)
class Route:
    """The outcome. ``reassigns``: the owner is to be written (an opportunity's owner is only told).

    ``clock``: a follow-up promise starts. ``credits``: the pool's new credits by user id (empty when not used).
    """

    owner_id: int
    rule: str
    path: tuple[PathStep, ...]
    reassigns: bool = True
    clock: bool = True
    credits: Mapping[int, int] = field(default_factory=dict)


def route(wish: RouteWish, members: Sequence[Member], context: RouteContext, now: datetime) -> Route:
    """The owner for ``wish``: a known colleague, else the pool's next, else the fallback (who always exists)."""
    roster = {member.user_id: member for member in members}
    path: list[PathStep] = []
    for rule, user_id in _acquainted(context):
        owner_id, why = _named(user_id, roster, wish, any_role=rule in _ANY_ROLE)
        path.append(PathStep(rule, owner_id is not None, why))
        if owner_id is not None:
            own_deal = rule == "person_opportunity"
            stays = own_deal or (rule == "keep" and owner_id == user_id)
            return Route(owner_id, rule, tuple(path), reassigns=not stays, clock=not own_deal)
    return _from_pool(wish, members, context, now, path)


_ANY_ROLE = frozenset({"person_opportunity", "account_opportunity", "partner", "customer_owner"})


def _acquainted(context: RouteContext) -> Iterator[tuple[str, int | None]]:
    yield "person_opportunity", context.person_opportunity_owner_id
    yield "account_opportunity", context.account_opportunity_owner_id
    yield "partner", context.partner_manager_id
    yield "customer_owner", context.customer_owner_id
    yield "account_owner", context.account_owner_id
    yield "last_sales_owner", context.last_sales_owner_id
    yield "same_account", context.colleague_id
    yield "keep", context.current_owner_id


def _named(
    user_id: int | None, roster: Mapping[int, Member], wish: RouteWish, *, any_role: bool
) -> tuple[int | None, str]:
    if user_id is None:
        return None, "nobody"
    refusal = _refusal(roster.get(user_id), wish, any_role=any_role)
    if refusal is None:
        return user_id, "is active"
    backup_id = _stand_in(user_id, roster, wish, any_role=any_role) if refusal == "absent" else None
    return (backup_id, "absent, the backup stands in") if backup_id is not None else (None, refusal)


def _stand_in(
    user_id: int, roster: Mapping[int, Member], wish: RouteWish, *, any_role: bool
) -> int | None:  # fmt: skip
    """The backup, or the backup's backup while they are absent too; nobody is asked twice."""
    asked = {user_id}
    next_id = roster[user_id].backup_id
    while next_id is not None and next_id not in asked:
        asked.add(next_id)
        refusal = _refusal(roster.get(next_id), wish, any_role=any_role)
        if refusal is None:
            return next_id
        next_id = roster[next_id].backup_id if refusal == "absent" else None
    return None


def _refusal(member: Member | None, wish: RouteWish, *, any_role: bool) -> str | None:
    if member is None:
        return "not in the roster"
    if member.user_id in wish.excluded:
        return "excluded by the rejection"
    if not member.active:
        return "not active"
    if member.role not in SALES_ROLES and not any_role:
        return "not in a sales role"
    return "absent" if member.absent else None


def _from_pool(
    wish: RouteWish, members: Sequence[Member], context: RouteContext, now: datetime, path: list[PathStep]
) -> Route:
    roster = {member.user_id: member for member in members}
    able = [member for member in members if _pool_refusal(member, wish, context) is None]
    if not able:
        path.append(PathStep("pool", False, "everyone is away, excluded or at the cap"))
        fallback_id, why = _fallback(roster, wish, context)
        path.append(PathStep("fallback", True, why))
        return Route(fallback_id, "fallback", tuple(path))
    awake = [member for member in able if is_open(now, member.hours)]
    urgent = wish.promise_minutes < context.hours_matter_below_minutes
    chosen, credits = next_in_turn(awake if urgent and awake else able)
    path.append(PathStep("pool", True, "next in turn by weight"))
    return Route(chosen.user_id, "pool", tuple(path), credits=credits)


def _fallback(roster: Mapping[int, Member], wish: RouteWish, context: RouteContext) -> tuple[int, str]:
    """The fallback gets what nobody can take, or while they are absent their backup; somebody always does."""
    known = roster.get(context.fallback_id)
    if known is not None and known.absent:
        backup_id = _stand_in(context.fallback_id, roster, wish, any_role=True)
        if backup_id is not None:
            return backup_id, "nobody else is left, and the fallback's backup stands in"
    return context.fallback_id, "nobody else is left"


def _pool_refusal(member: Member, wish: RouteWish, context: RouteContext) -> str | None:
    if member.pool != context.pool or member.weight <= 0:
        return "not in the pool"
    refusal = _refusal(member, wish, any_role=False)
    daily_max = context.daily_max if member.daily_max is None else member.daily_max
    open_max = context.open_unaccepted_max if member.open_unaccepted_max is None else member.open_unaccepted_max
    if refusal is None and member.given_today >= daily_max:
        return "daily cap"
    if refusal is None and member.open_unaccepted >= open_max:
        return "open cap"
    return refusal


def next_in_turn(members: Sequence[Member]) -> tuple[Member, dict[int, int]]:
    """Smooth weighted round robin: everyone gains their weight, the richest pays for all and is next.

    Ties go to the lowest user id. Who does not take part gains nothing, so nobody is flooded after an absence.
    """
    gained = {member.user_id: member.credit_milli + member.weight * 1000 for member in members}
    chosen = min(members, key=lambda member: (-gained[member.user_id], member.user_id))
    gained[chosen.user_id] -= sum(member.weight for member in members) * 1000
    return chosen, gained
