"""Whose turn it is in a pool: weights, caps, skills, hours, absences; fair over the day and the same every time.

What the round robin remembers comes in as each member's credit and goes out again. Knows no person who is routed, only
what their routing asks for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from connector.decide.business_hours import Hours, is_open

SALES_ROLES = frozenset({"sdr", "ae"})
DEFAULT_POOL = "default"
NAMED_MAX = 8
HAND_OFF = 1_000_000
"""One hand-off, in the unit of credits: fine enough that rounding does not show in a lifetime of hand-offs."""


class Member(Struct, frozen=True):
    """One colleague of the roster. ``weight``: share in a pool; ``credits``: pool -> what its round robin remembers.

    ``active``: nowhere switched off; ``lacks``: connected systems in which they have no active user and so could own
    nothing. ``absent``: away now; ``backup_id`` stands in. ``paired_sdr_id``: takes the first contact for them.
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
    pools: tuple[str, ...] = (DEFAULT_POOL,)
    skills: frozenset[str] = frozenset()
    paired_sdr_id: int | None = None
    given_today: int = 0
    open_unaccepted: int = 0
    credits: Mapping[str, int] = field(default_factory=dict)
    daily_max: int | None = None
    open_unaccepted_max: int | None = None
    lacks: tuple[str, ...] = ()

    @property
    def in_sales(self) -> bool:
        """Whether hand-offs may go to them by their role."""
        return self.role in SALES_ROLES

    def credit_micro(self, pool: str) -> int:
        """What a pool's round robin owes them (below 0: they owe it), in millionths of a hand-off."""
        return self.credits.get(pool, 0)


class Pool(Struct, frozen=True):
    """Who shares what no rule gives to somebody. ``requires_skills``: only members with all of them.

    ``fallback_id``: who gets what the pool cannot take, instead of the general fallback.
    """

    name: str = DEFAULT_POOL
    daily_max: int = 10
    open_unaccepted_max: int = 15
    requires_skills: frozenset[str] = frozenset()
    fallback_id: int | None = None


class Demand(Struct, frozen=True):
    """What a routing asks of whoever gets it. ``excluded``: never these. ``required``: skills that are a must;
    ``wanted``: somebody who lacks these is better than nobody. ``urgent``: who is at work now goes first.
    """

    excluded: frozenset[int] = frozenset()
    required: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    urgent: bool = False


class Turn(Struct, frozen=True):
    """Who is next (``None``: nobody can), why in plain words, and the pool's new credits by user id."""

    member: Member | None
    why: str
    credits: Mapping[int, int] = field(default_factory=dict)


def take_turn(members: Sequence[Member], pool: Pool, demand: Demand, now: datetime) -> Turn:
    """The pool's next member for this demand."""
    takers = (each for each in members if pool.name in each.pools and each.in_sales and each.weight > 0)
    in_pool = sorted(takers, key=lambda each: each.user_id)
    if not in_pool:
        return Turn(None, f'nobody in a sales role has a share in the pool "{pool.name}"')
    refused = [(each, refusal) for each in in_pool if (refusal := pool_refusal(each, pool, demand)) is not None]
    without = {each.user_id for each, _ in refused}
    able = [each for each in in_pool if each.user_id not in without]
    if not able:
        return Turn(None, f'nobody in the pool "{pool.name}" can take one more: {_listed(refused)}')
    skilled = [each for each in able if demand.wanted <= each.skills]
    if skilled:
        refused += [(each, _lacking(demand.wanted, each)) for each in able if each not in skilled]
        able = skilled
    awake = [each for each in able if is_open(now, each.hours)]
    if demand.urgent and awake:
        refused += [(each, "not at work now") for each in able if each not in awake]
        able = awake
    chosen, credits = next_in_turn(able, pool.name)
    passed = f"; passed over: {_listed(refused)}" if refused else ""
    unskilled = f"; nobody with the skill {_skills(demand.wanted)} is free" if not skilled else ""
    return Turn(chosen, f'{chosen.name} is next in turn in the pool "{pool.name}"{unskilled}{passed}', credits)


def pool_refusal(member: Member, pool: Pool, demand: Demand) -> str | None:
    """Why a member of the pool gets nothing from it now; ``None``: they can."""
    refusal = refusal_of(member, demand.excluded)
    daily_max = pool.daily_max if member.daily_max is None else member.daily_max
    open_max = pool.open_unaccepted_max if member.open_unaccepted_max is None else member.open_unaccepted_max
    required = pool.requires_skills | demand.required
    reasons = (
        (refusal is not None, refusal or ""),
        (bool(member.lacks), f"no active user in {' and '.join(member.lacks)}"),
        (not required <= member.skills, _lacking(required, member)),
        (member.given_today >= daily_max, f"daily cap of {daily_max}"),
        (member.open_unaccepted >= open_max, f"{member.open_unaccepted} not accepted yet, the cap is {open_max}"),
    )
    return next((words for applies, words in reasons if applies), None)


def refusal_of(member: Member, excluded: Collection[int] = (), *, any_role: bool = False) -> str | None:
    """Why somebody gets nothing at all now; ``None``: they can."""
    if not member.active:
        return "not active"
    if member.user_id in excluded:
        return "excluded by a rejection"
    if not member.in_sales and not any_role:
        return "not in a sales role"
    return "absent" if member.absent else None


def next_in_turn(members: Sequence[Member], pool: str = DEFAULT_POOL) -> tuple[Member, dict[int, int]]:
    """Smooth weighted round robin: everyone gains their share of this hand-off, the richest pays for all and is next.

    Ties go to the lowest user id. Who does not take part gains nothing, so nobody is flooded after an absence. A share
    is one of this hand-off, not a weight: what is owed is worth the same whoever takes part the next time.
    """
    total = sum(member.weight for member in members)
    shares = {member.user_id: member.weight * HAND_OFF // total for member in members}
    gained = {member.user_id: member.credit_micro(pool) + shares[member.user_id] for member in members}
    chosen = min(members, key=lambda member: (-gained[member.user_id], member.user_id))
    gained[chosen.user_id] -= sum(shares.values())
    return chosen, gained


def _lacking(skills: frozenset[str], member: Member) -> str:
    return f"lacks the skill {_skills(skills - member.skills)}"


def _skills(skills: Collection[str]) -> str:
    return ", ".join(sorted(skills))


def _listed(refused: Sequence[tuple[Member, str]]) -> str:
    told = [f"{member.name} ({why})" for member, why in refused[:NAMED_MAX]]
    more = len(refused) - NAMED_MAX
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
