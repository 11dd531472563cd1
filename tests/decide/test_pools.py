"""Pools over whole days: shares by weight, caps, hours, skills; the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from connector.decide.business_hours import Hours, is_open
from connector.decide.pools import Demand, Member, Pool, next_in_turn, take_turn
from connector.decide.routing import RouteContext, RouteWish, RoutingRules, Territory, route
from connector.rules.conditions import Compare, Operator

NEW_YORK = Hours(ZoneInfo("America/New_York"))
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney", "Asia/Kolkata")
NOON = datetime(2026, 6, 15, 16, tzinfo=UTC)
POOLS = ("default", "dach")
SKILLS = ("german", "platform")
FALLBACK = 99

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


teams = st.lists(
    st.builds(
        Member,
        user_id=st.just(0),
        name=st.just("x"),
        role=st.sampled_from(["sdr", "ae", "manager"]),
        hours=st.sampled_from([Hours(ZoneInfo(zone)) for zone in ZONES]),
        weight=st.integers(0, 5),
        active=st.booleans(),
        absent=st.booleans(),
        backup_id=st.one_of(st.none(), st.integers(0, 5)),
        pools=st.lists(st.sampled_from(POOLS), min_size=1, max_size=2, unique=True).map(tuple),
        skills=st.frozensets(st.sampled_from(SKILLS)),
        given_today=st.integers(0, 5),
        open_unaccepted=st.integers(0, 7),
        daily_max=st.one_of(st.none(), st.integers(0, 6)),
        lacks=st.sampled_from([(), ("hubspot",)]),
    ),
    max_size=6,
).map(lambda team: [replace(each, user_id=number) for number, each in enumerate(team)])
someone = st.one_of(st.none(), st.integers(0, 6))
wishes = st.lists(
    st.tuples(
        st.builds(
            RouteWish,
            kind=st.just("by_score"),
            promise_minutes=st.sampled_from([60, 480]),
            excluded=st.frozensets(st.integers(0, 5), max_size=2),
            skills=st.frozensets(st.sampled_from(SKILLS), max_size=1),
        ),
        st.builds(
            RouteContext,
            account_owner_id=someone,
            last_sales_owner_id=someone,
            current_owner_id=someone,
            facts=st.sampled_from([{"country": "germany"}, {"country": "france"}, {}]),
        ),
        st.integers(0, 30),
    ),
    max_size=30,
)
agreed = st.builds(
    RoutingRules,
    fallback_id=st.just(FALLBACK),
    pools=st.just({"default": Pool(daily_max=4, open_unaccepted_max=6), "dach": Pool("dach", daily_max=3)}),
    territories=st.sampled_from(
        [(), (Territory("dach", Compare("country", Operator.IS, ("germany",)), "dach", frozenset({"german"})),)]
    ),
    skills_must=st.booleans(),
)


def day_of_routing(team, asked, rules):
    """One day, as the desk keeps it: every outcome with the roster as it was before."""
    now, outcomes = NOON - timedelta(hours=8), []
    for wish, context, minutes in asked:
        now += timedelta(minutes=minutes)
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
    for found, before, wish, _ in day_of_routing(team, asked, rules):
        assert [step.taken for step in found.path] == [False] * (len(found.path) - 1) + [True]
        if found.rule == "fallback":
            continue
        owner = before[found.owner_id]
        assert owner.active
        assert not owner.absent
        assert owner.role in ("sdr", "ae")
        assert owner.user_id not in wish.excluded
        if found.pool is None:
            continue
        pool = rules.pool(found.pool)
        assert pool.name in owner.pools
        assert owner.weight > 0
        assert not owner.lacks
        assert owner.given_today < (pool.daily_max if owner.daily_max is None else owner.daily_max)
        assert owner.open_unaccepted < pool.open_unaccepted_max
        if found.rule == "territory":
            assert "german" in owner.skills
        if rules.skills_must:
            assert wish.skills <= owner.skills
        assert sum(found.credits.values()) == sum(
            each.credit_milli(pool.name) for each in before if each.user_id in found.credits
        )


@given(teams, wishes, agreed)
def test_everybody_gets_somebody_and_the_fallback_only_what_nobody_can_take(team, asked, rules):
    for found, before, wish, now in day_of_routing(team, asked, rules):
        if found.rule != "fallback":
            continue
        assert found.owner_id == FALLBACK
        strict = Demand(excluded=wish.excluded, required=wish.skills if rules.skills_must else frozenset())
        assert take_turn(before, rules.pool("default"), strict, now).member is None


@given(teams, wishes, agreed, st.randoms(use_true_random=False))
def test_the_same_day_comes_out_the_same_in_whatever_order_the_roster_is(team, asked, rules, random):
    shuffled = list(team)
    random.shuffle(shuffled)
    first = [route(wish, team, context, rules, NOON) for wish, context, _ in asked]
    again = [route(wish, shuffled, context, rules, NOON) for wish, context, _ in asked]
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
    for found, *_ in day_of_routing(members, [(wish, context, 1) for context in contexts], rules):
        counts[str(found.pool), found.owner_id] = counts.get((str(found.pool), found.owner_id), 0) + 1
    for pool in POOLS:
        drawn = sum(count for (name, _), count in counts.items() if name == pool)
        for number, weight in enumerate(shares):
            assert abs(counts.get((pool, number), 0) - drawn * weight / sum(shares)) <= 1
