"""Who gets a person who should go to sales: the first rule that finds somebody (PLAYBOOK 8.1).

A fold of values: the pools' credits and counts come in and new credits go out, so that a day of routing can be
replayed. The path says of each rule whether it was taken and, if not, why, in plain words. Knows no CRM and writes
nothing; whose turn it is in a pool is ``connector.decide.pools``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from connector.decide.pools import Demand, Member, Pool, refusal_of, take_turn
from connector.rules.conditions import Condition
from connector.rules.held import holds

RULES = (
    "person_opportunity",
    "account_opportunity",
    "partner",
    "customer_owner",
    "account_owner",
    "last_sales_owner",
    "same_account",
    "keep",
    "territory",
    "pool",
    "fallback",
)
"""Every rule, in the order in which they are asked."""

NOBODY: Mapping[str, str] = {
    "person_opportunity": "the person is on no open opportunity",
    "account_opportunity": "the account has no open opportunity, or no account is matched",
    "partner": "no partner of ours, or no partner manager is named",
    "customer_owner": "not an account of a customer, or nobody looks after it",
    "account_owner": "no account is matched, or it has no owner",
    "last_sales_owner": "nobody in sales had the person lately",
    "same_account": "nobody in sales works with another person of the account",
    "keep": "the record has no owner of its own who works in sales",
}
OWNS: Mapping[str, str] = {
    "person_opportunity": "{name} owns the person's open opportunity: told, not reassigned",
    "account_opportunity": "{name} owns an open opportunity of the account",
    "partner": "{name} looks after this partner",
    "customer_owner": "{name} looks after this customer",
    "account_owner": "{name} owns the account",
    "last_sales_owner": "{name} had the person last",
    "same_account": "{name} works with a colleague of the person",
    "keep": "{name} owns the record already",
}
ANY_ROLE = frozenset({"person_opportunity", "account_opportunity", "partner", "customer_owner"})


class Territory(Struct, frozen=True):
    """People for whom ``when`` holds by their facts alone belong to ``pool``; only members with the skills."""

    name: str
    when: Condition
    pool: str
    requires_skills: frozenset[str] = frozenset()


class RoutingRules(Struct, frozen=True):
    """What the company agreed on, with colleagues by user id. ``hours_matter_below_minutes``: a shorter promise prefers
    who is at work now. ``skills_must``: rather the fallback than somebody without the wanted skills.
    """

    fallback_id: int
    pools: Mapping[str, Pool] = field(default_factory=dict)
    territories: tuple[Territory, ...] = ()
    default_pool: str = "default"
    hours_matter_below_minutes: int = 240
    skills_must: bool = False

    def pool(self, name: str) -> Pool:
        """A pool by name; one that is not described has the default pool's limits."""
        known = self.pools.get(name) or self.pools.get(self.default_pool) or Pool()
        return known if known.name == name else Pool(name, known.daily_max, known.open_unaccepted_max)


class RouteWish(Struct, frozen=True):
    """What is to be routed. ``promise_minutes``: first touch in business minutes; ``excluded``: never these people.

    ``skills``: what the person's language or product asks for.
    """

    kind: str
    promise_minutes: int
    excluded: frozenset[int] = frozenset()
    skills: frozenset[str] = frozenset()


class RouteContext(Struct, frozen=True):
    """Who is already involved, by user id; ``None``: nobody. ``facts``: the person's, for territories.

    ``last_sales_owner_id`` only when sales gave the person back lately and not as wrong_owner.
    ``current_owner_id`` only when the record was not assigned by us.
    """

    person_opportunity_owner_id: int | None = None
    account_opportunity_owner_id: int | None = None
    partner_manager_id: int | None = None
    customer_owner_id: int | None = None
    account_owner_id: int | None = None
    last_sales_owner_id: int | None = None
    colleague_id: int | None = None
    current_owner_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class PathStep(Struct, frozen=True):
    """One rule that was looked at: taken or not, and why."""

    rule: str
    taken: bool
    why: str


class Route(Struct, frozen=True):
    """The outcome. ``reassigns``: the owner is to be written (an opportunity's owner is only told).

    ``clock``: a follow-up promise starts. ``credits``: the new credits in ``pool`` by user id (empty when not used).
    """

    owner_id: int
    rule: str
    path: tuple[PathStep, ...]
    reassigns: bool = True
    clock: bool = True
    pool: str | None = None
    credits: Mapping[int, int] = field(default_factory=dict)


class _Search(Struct):
    """One routing under way."""

    wish: RouteWish
    roster: Mapping[int, Member]
    rules: RoutingRules
    now: datetime
    path: list[PathStep] = field(default_factory=list)

    def say(self, rule: str, *, taken: bool, why: str) -> None:
        self.path.append(PathStep(rule, taken, why))


def route(
    wish: RouteWish, members: Sequence[Member], context: RouteContext, rules: RoutingRules, now: datetime
) -> Route:
    """The owner for ``wish``: a known colleague, else a pool's next, else the fallback (who always exists)."""
    search = _Search(wish, {member.user_id: member for member in members}, rules, now)
    for rule, user_id in _acquainted(context):
        owner_id, why = _named(search, rule, user_id)
        search.say(rule, taken=owner_id is not None, why=why)
        if owner_id is not None:
            own_deal = rule == "person_opportunity"
            stays = own_deal or (rule == "keep" and owner_id == user_id)
            return Route(owner_id, rule, tuple(search.path), reassigns=not stays, clock=not own_deal)
    return _from_pools(search, context)


def _acquainted(context: RouteContext) -> Iterator[tuple[str, int | None]]:
    yield "person_opportunity", context.person_opportunity_owner_id
    yield "account_opportunity", context.account_opportunity_owner_id
    yield "partner", context.partner_manager_id
    yield "customer_owner", context.customer_owner_id
    yield "account_owner", context.account_owner_id
    yield "last_sales_owner", context.last_sales_owner_id
    yield "same_account", context.colleague_id
    yield "keep", context.current_owner_id


def _named(search: _Search, rule: str, user_id: int | None) -> tuple[int | None, str]:
    """Who gets it by an acquaintance: they, their paired colleague, their backup; or why nobody."""
    if user_id is None:
        return None, NOBODY[rule]
    member = search.roster.get(user_id)
    if member is None:
        return None, f"{OWNS[rule].partition(':')[0].format(name='somebody')} who is not in the roster"
    words, any_role = OWNS[rule].format(name=member.name), rule in ANY_ROLE
    refusal = refusal_of(member, search.wish.excluded, any_role=any_role)
    paired_id = _paired(search, member) if rule == "account_owner" and refusal in (None, "absent") else None
    if paired_id is not None:
        return paired_id, f"{words}, {search.roster[paired_id].name} makes the first contact for them"
    if refusal is None:
        return user_id, words
    backup_id = stand_in(user_id, search.roster, search.wish, any_role=any_role) if refusal == "absent" else None
    if backup_id is not None:
        return backup_id, f"{words}, but is absent: the backup {search.roster[backup_id].name} stands in"
    return None, f"{words}, but is {refusal}"


def _paired(search: _Search, owner: Member) -> int | None:
    sdr = search.roster.get(owner.paired_sdr_id) if owner.paired_sdr_id is not None else None
    return sdr.user_id if sdr is not None and refusal_of(sdr, search.wish.excluded) is None else None


def stand_in(
    user_id: int, roster: Mapping[int, Member], wish: RouteWish, *, any_role: bool
) -> int | None:  # fmt: skip
    """The backup, or the backup's backup while they are absent too; nobody is asked twice."""
    asked = {user_id}
    next_id = roster[user_id].backup_id
    while next_id is not None and next_id not in asked:
        asked.add(next_id)
        backup = roster.get(next_id)
        refusal = "not in the roster" if backup is None else refusal_of(backup, wish.excluded, any_role=any_role)
        if refusal is None:
            return next_id
        next_id = roster[next_id].backup_id if refusal == "absent" else None
    return None


def _from_pools(search: _Search, context: RouteContext) -> Route:
    rules, wish = search.rules, search.wish
    territory, why = territory_of(context.facts, rules)
    asked = rules.pool(rules.default_pool)
    demand = Demand(
        excluded=wish.excluded,
        required=wish.skills if rules.skills_must else frozenset(),
        wanted=wish.skills,
        urgent=wish.promise_minutes < rules.hours_matter_below_minutes,
    )
    if territory is not None:
        asked = rules.pool(territory.pool)
        found = _drawn(
            search,
            "territory",
            why,
            asked,
            replace(demand, required=demand.required | territory.requires_skills),
        )
        if found is not None:
            return found
        # The pool of everybody takes what the territory cannot, if possible somebody who could work there.
        demand = replace(demand, wanted=demand.wanted | territory.requires_skills)
    else:
        search.say("territory", taken=False, why=why)
    found = _drawn(search, "pool", "", rules.pool(rules.default_pool), demand)
    return found or _fallen_back(search, asked)


def territory_of(facts: Mapping[str, Any], rules: RoutingRules) -> tuple[Territory | None, str]:
    """The first territory that the facts fall into, and how that is said."""
    if not rules.territories:
        return None, "there are no territories"
    found = next((each for each in rules.territories if holds(each.when, facts)), None)
    return found, f'territory "{found.name}"' if found else "no territory fits what is known of the person"


def _drawn(search: _Search, rule: str, what: str, pool: Pool, demand: Demand) -> Route | None:
    turn = take_turn(list(search.roster.values()), pool, demand, search.now)
    search.say(rule, taken=turn.member is not None, why=f"{what}: {turn.why}" if what else turn.why)
    if turn.member is None:
        return None
    return Route(turn.member.user_id, rule, tuple(search.path), pool=pool.name, credits=turn.credits)


def _fallen_back(search: _Search, asked: Pool) -> Route:
    """The pool's own fallback, then the general one, each with their backups; who is there goes before who is not."""
    general = search.rules.fallback_id
    for fallback_id in dict.fromkeys((asked.fallback_id, general)):
        member = search.roster.get(fallback_id) if fallback_id is not None else None
        if member is None:
            continue
        if refusal_of(member, any_role=True) is None:
            search.say("fallback", taken=True, why=f"{member.name} gets what nobody else can take")
            return Route(member.user_id, "fallback", tuple(search.path))
        backup_id = stand_in(member.user_id, search.roster, search.wish, any_role=True)
        if backup_id is not None:
            told = f"{member.name} gets what nobody else can take; {search.roster[backup_id].name} stands in"
            search.say("fallback", taken=True, why=told)
            return Route(backup_id, "fallback", tuple(search.path))
    return _last_resort(search, general)


def _last_resort(search: _Search, general: int) -> Route:
    """A fallback who is away keeps it; for one who has left, a manager does, else anybody who is still here."""
    named = search.roster.get(general)
    if named is None or named.active:
        owner_id, why = general, "the fallback is away, and it waits for them"
    else:
        here = sorted(
            (each for each in search.roster.values() if each.active),
            key=lambda each: (each.absent, each.role != "manager", each.role not in ("sdr", "ae"), each.user_id),
        )
        owner_id = here[0].user_id if here else general
        why = f"the fallback is not active any more: {search.roster[owner_id].name} has to see to it"
    search.say("fallback", taken=True, why=why)
    return Route(owner_id, "fallback", tuple(search.path))
