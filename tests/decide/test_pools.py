"""Pools over whole days: shares by weight, caps, hours, skills, absences; the same every time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.business_hours import Hours, is_open
from connector.decide.pools import Demand, Member, Pool, next_in_turn, take_turn
from connector.decide.routing import ANY_ROLE, RouteContext, RouteWish, RoutingRules, Territory, route
from connector.rules.conditions import Compare, Operator
from connector.rules.held import holds

NEW_YORK = Hours(ZoneInfo("America/New_York"))
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney", "Asia/Kathmandu", "America/St_Johns")
NOON = datetime(2026, 6, 15, 16, tzinfo=UTC)
POOLS = ("default", "dach")
SKILLS = ("german", "platform")
FALLBACK = 99

GERMAN = Compare("country", Operator.IS, ("germany",))
LARGE = Compare("employees", Operator.AT_LEAST, (1000,))
weights = st.lists(st.integers(1, 10), min_size=1, max_size=8)


@given(weights, st.integers(1, 120))
def test_shares_stay_within_one_of_the_weights(shares, turns):
    members = [Member(number, "", "sdr", NEW_YORK, weight) for number, weight in enumerate(shares)]
    given_out = [0] * len(members)
    for turn in range(1, turns + 1):
        chosen, credits = next_in_turn(members)
        given_out[chosen.user_id] += 1
        members = [replace(each, credits={"default": credits[each.user_id]}) for each in members]
        assert sum(credits.values()) == 0
        for number, weight in enumerate(shares):
            assert abs(given_out[number] - turn * weight / sum(shares)) <= 1


@given(weights, st.integers(0, 10**6), st.integers(10, 90), st.integers(20, 150))
def test_shares_stay_within_two_of_what_each_could_take_part_in(shares, seed, present, turns):
    """Absences, caps, hours and skills leave now these and now those: nobody is owed more than two hand-offs by it."""
    members, chance = (
        [Member(number, "", "sdr", NEW_YORK, weight) for number, weight in enumerate(shares)],
        Random(seed),
    )
    owed = [0.0] * len(members)
    for _ in range(turns):
        here = [each for each in members if chance.randrange(100) < present]
        if not here:
            continue
        chosen, credits = next_in_turn(here)
        for each in here:
            owed[each.user_id] += each.weight / sum(one.weight for one in here)
            members[each.user_id] = replace(each, credits={"default": credits[each.user_id]})
        owed[chosen.user_id] -= 1
        assert max(map(abs, owed)) <= 2


working = st.builds(
    Hours,
    zone=st.sampled_from([ZoneInfo(zone) for zone in ZONES]),
    opens=st.sampled_from([time(9), time(22), time(0)]),
    closes=st.sampled_from([time(17), time(6), time(0)]),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(st.dates(date(2026, 6, 12), date(2026, 6, 19)), max_size=3),
)
teams = st.lists(
    st.builds(
        Member,
        user_id=st.just(0),
        name=st.just("x"),
        role=st.sampled_from(["sdr", "ae", "sdr", "ae", "manager", "csm", "partner_manager"]),
        hours=working,
        weight=st.integers(0, 5),
        active=st.booleans(),
        absent=st.booleans(),
        backup_id=st.one_of(st.none(), st.integers(0, 5)),
        pools=st.lists(st.sampled_from(POOLS), min_size=1, max_size=2, unique=True).map(tuple),
        skills=st.frozensets(st.sampled_from(SKILLS)),
        given_today=st.integers(0, 5),
        open_unaccepted=st.integers(0, 7),
        daily_max=st.one_of(st.none(), st.integers(0, 6)),
        open_unaccepted_max=st.one_of(st.none(), st.integers(0, 8)),
        paired_sdr_id=st.one_of(st.none(), st.integers(0, 5)),
        lacks=st.sampled_from([(), ("hubspot",)]),
    ),
    max_size=6,
).map(lambda team: [replace(each, user_id=number) for number, each in enumerate(team)])
someone = st.one_of(st.none(), st.integers(0, 6))
rarely = st.one_of(*[st.none()] * 5, st.integers(0, 6))
wishes = st.lists(
    st.tuples(
        st.builds(
            RouteWish,
            kind=st.just("by_score"),
            promise_minutes=st.sampled_from([60, 239, 240, 480]),
            excluded=st.frozensets(st.integers(0, 5), max_size=2),
            skills=st.frozensets(st.sampled_from(SKILLS), max_size=1),
        ),
        st.builds(
            RouteContext,
            person_opportunity_owner_id=rarely,
            account_opportunity_owner_id=rarely,
            partner_manager_id=rarely,
            customer_owner_id=rarely,
            colleague_id=rarely,
            account_owner_id=someone,
            last_sales_owner_id=someone,
            current_owner_id=someone,
            facts=st.sampled_from(
                [{"country": "germany"}, {"country": "germany", "employees": 5000}, {"employees": 1000}, {}]
            ),
        ),
        st.integers(0, 90),
        st.one_of(st.none(), st.none(), st.integers(0, 5)),
    ),
    max_size=30,
)
agreed = st.builds(
    RoutingRules,
    fallback_id=st.just(FALLBACK),
    pools=st.builds(
        lambda skills, fallback_id: {
            "default": Pool(daily_max=4, open_unaccepted_max=6),
            "dach": Pool("dach", daily_max=3, requires_skills=skills, fallback_id=fallback_id),
        },
        st.frozensets(st.sampled_from(SKILLS), max_size=1),
        st.one_of(st.none(), st.integers(0, 5)),
    ),
    territories=st.permutations(  # they overlap: the first that holds is the one
        [Territory("dach", GERMAN, "dach", frozenset({"german"})), Territory("large", LARGE, "dach")]
    ).flatmap(lambda lands: st.integers(0, 2).map(lambda count: tuple(lands[:count]))),
    hours_matter_below_minutes=st.sampled_from([0, 240, 10**6]),
    skills_must=st.booleans(),
)


def day_of_routing(team, asked, rules):
    """A day or two, as the desk keeps them: every outcome with the roster as it was before. People come and go."""
    now, outcomes = NOON - timedelta(hours=8), []
    for wish, context, minutes, goes in asked:
        now += timedelta(minutes=minutes)
        team = [replace(each, absent=not each.absent) if each.user_id == goes else each for each in team]
        found = route(wish, team, context, rules, now)
        outcomes.append((found, list(team), wish, now))
        pool = found.pool or ""
        team = [
            replace(each, credits={**each.credits, pool: found.credits[each.user_id]})
            if each.user_id in found.credits
            else each
            for each in team
        ]
        if found.reassigns:
            team = [
                replace(each, given_today=each.given_today + 1, open_unaccepted=each.open_unaccepted + 1)
                if each.user_id == found.owner_id
                else each
                for each in team
            ]
    return outcomes


@given(teams, wishes, agreed)
def test_whoever_is_chosen_may_be_chosen(team, asked, rules):
    outcomes = day_of_routing(team, asked, rules)
    for (found, before, wish, _), (_, context, *_) in zip(outcomes, asked, strict=True):
        assert [step.taken for step in found.path] == [False] * (len(found.path) - 1) + [True]
        if found.rule == "fallback":
            continue
        owner = before[found.owner_id]
        assert owner.active
        assert not owner.absent
        assert owner.in_sales or found.rule in ANY_ROLE
        assert owner.user_id not in wish.excluded
        if found.pool is None:
            continue
        pool = rules.pool(found.pool)
        assert pool.name in owner.pools
        assert owner.weight > 0
        assert not owner.lacks
        assert owner.given_today < (pool.daily_max if owner.daily_max is None else owner.daily_max)
        unaccepted = pool.open_unaccepted_max if owner.open_unaccepted_max is None else owner.open_unaccepted_max
        assert owner.open_unaccepted < unaccepted
        assert pool.requires_skills <= owner.skills
        if found.rule == "territory":
            land = next(each for each in rules.territories if holds(each.when, context.facts))
            assert land.requires_skills <= owner.skills
        if rules.skills_must:
            assert wish.skills <= owner.skills
        assert sum(found.credits.values()) == sum(
            each.credit_micro(pool.name) for each in before if each.user_id in found.credits
        )


@given(teams, wishes, agreed)
def test_everybody_gets_somebody_and_the_fallback_only_what_nobody_can_take(team, asked, rules):
    for found, before, wish, now in day_of_routing(team, asked, rules):
        if found.rule != "fallback":
            continue
        if found.owner_id != FALLBACK:  # the pool's own, or who stands in for them
            owner = before[found.owner_id]
            assert rules.pools["dach"].fallback_id is not None
            assert owner.active
            assert not owner.absent
        strict = Demand(excluded=wish.excluded, required=wish.skills if rules.skills_must else frozenset())
        assert take_turn(before, rules.pool("default"), strict, now).member is None


@given(teams, wishes, agreed, st.randoms(use_true_random=False))
def test_the_same_day_comes_out_the_same_in_whatever_order_the_roster_is(team, asked, rules, random):
    shuffled = list(team)
    random.shuffle(shuffled)
    first = [route(wish, team, context, rules, NOON) for wish, context, *_ in asked]
    again = [route(wish, shuffled, context, rules, NOON) for wish, context, *_ in asked]
    assert first == again
    assert [found for found, *_ in day_of_routing(team, asked, rules)] == [
        found for found, *_ in day_of_routing(team, asked, rules)
    ]


@given(teams, agreed, st.integers(0, 47))
def test_a_short_promise_goes_to_somebody_at_work_if_one_of_them_can(team, rules, half_hours):
    now = NOON + timedelta(minutes=30 * half_hours)
    turn = take_turn(team, rules.pool("default"), Demand(urgent=True), now)
    if turn.member is None or is_open(now, turn.member.hours):
        return
    others = [each for each in team if is_open(now, each.hours)]
    assert take_turn(others, rules.pool("default"), Demand(), now).member is None


@given(weights, st.integers(20, 60), st.integers(1, 9))
def test_over_a_day_shares_stay_within_one_of_the_weights_in_each_of_two_pools(shares, asked, share_of_dach):
    """Both pools share their members; each keeps its own turns."""
    members = [Member(number, "", "sdr", NEW_YORK, weight, pools=POOLS) for number, weight in enumerate(shares)]
    pools = {name: Pool(name, daily_max=10**6, open_unaccepted_max=10**6) for name in POOLS}
    rules = RoutingRules(FALLBACK, pools, (Territory("dach", Compare("country", Operator.IS, ("d",)), "dach"),))
    contexts = [RouteContext(facts={"country": "d"} if turn % 10 < share_of_dach else {}) for turn in range(asked)]
    wish = RouteWish("by_score", 480)
    counts: dict[tuple[str, int], int] = {}
    for found, *_ in day_of_routing(members, [(wish, context, 1, None) for context in contexts], rules):
        counts[str(found.pool), found.owner_id] = counts.get((str(found.pool), found.owner_id), 0) + 1
    for pool in POOLS:
        drawn = sum(count for (name, _), count in counts.items() if name == pool)
        for number, weight in enumerate(shares):
            assert abs(counts.get((pool, number), 0) - drawn * weight / sum(shares)) <= 1
