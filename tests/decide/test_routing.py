"""Routing: the first rule that finds somebody, fair shares, caps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.decide.business_hours import Hours
from connector.decide.routing import Member, RouteContext, RouteWish, next_in_turn, route

NEW_YORK = Hours(ZoneInfo("America/New_York"))
SYDNEY = Hours(ZoneInfo("Australia/Sydney"))
NOON = datetime(2026, 6, 15, 16, tzinfo=UTC)  # noon in New York, 2 in the morning in Sydney
ANN, BEN, CAT = (
    Member(1, "Ann", "sdr", NEW_YORK),
    Member(2, "Ben", "ae", NEW_YORK),
    Member(3, "Cat", "manager", NEW_YORK),
)
TEAM = (ANN, BEN, CAT)
WISH = RouteWish("hand_raise", 60)
CONTEXT = RouteContext(fallback_id=99)


def outcome(context=CONTEXT, *, team=TEAM, wish=WISH):
    found = route(wish, team, context, NOON)
    return found.owner_id, found.rule


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"person_opportunity_owner_id": 3, "account_owner_id": 1}, (3, "person_opportunity")),
        ({"account_opportunity_owner_id": 2, "account_owner_id": 1}, (2, "account_opportunity")),
        ({"partner_manager_id": 3}, (3, "partner")),
        ({"customer_owner_id": 3, "account_owner_id": 1}, (3, "customer_owner")),
        ({"account_owner_id": 2, "last_sales_owner_id": 1}, (2, "account_owner")),
        ({"account_owner_id": 3, "last_sales_owner_id": 2}, (2, "last_sales_owner")),
        ({"colleague_id": 2, "current_owner_id": 1}, (2, "same_account")),
        ({"current_owner_id": 2}, (2, "keep")),
        ({"current_owner_id": 3}, (1, "pool")),
        ({"current_owner_id": 44}, (1, "pool")),
        ({}, (1, "pool")),
    ],
)
def test_the_first_rule_that_finds_somebody(context, expected):
    assert outcome(replace(CONTEXT, **context)) == expected


def test_an_opportunitys_owner_is_told_and_an_adopted_one_is_not_rewritten():
    told = route(WISH, TEAM, replace(CONTEXT, person_opportunity_owner_id=2), NOON)
    kept = route(WISH, TEAM, replace(CONTEXT, current_owner_id=2), NOON)
    drawn = route(WISH, TEAM, CONTEXT, NOON)
    assert [(each.reassigns, each.clock) for each in (told, kept, drawn)] == [
        (False, False),
        (False, True),
        (True, True),
    ]


def test_the_path_says_why_not():
    path = route(WISH, TEAM, replace(CONTEXT, account_owner_id=3, last_sales_owner_id=44), NOON).path
    reasons = {step.rule: step.why for step in path}
    assert reasons["account_owner"] == "not in a sales role"
    assert reasons["last_sales_owner"] == "not in the roster"
    assert [step.rule for step in path if step.taken] == ["pool"]


def test_who_rejected_is_excluded_and_who_left_or_is_away_is_skipped():
    assert outcome(replace(CONTEXT, account_owner_id=1), wish=replace(WISH, excluded=frozenset({1}))) == (2, "pool")
    assert outcome(team=(replace(ANN, active=False), BEN)) == (2, "pool")
    assert outcome(team=(replace(ANN, absent=True), BEN)) == (2, "pool")


def test_an_absent_owners_backup_stands_in():
    away = replace(ANN, absent=True, backup_id=2)
    assert outcome(replace(CONTEXT, account_owner_id=1), team=(away, BEN)) == (2, "account_owner")


def test_a_backup_who_is_away_too_hands_on_and_a_circle_ends():
    away, ben = replace(ANN, absent=True, backup_id=2), replace(BEN, absent=True, backup_id=4)
    dan = Member(4, "Dan", "sdr", NEW_YORK, weight=0)
    context = replace(CONTEXT, account_owner_id=1)
    assert outcome(context, team=(away, ben, dan)) == (4, "account_owner")
    assert outcome(context, team=(away, replace(ben, backup_id=1))) == (99, "fallback")


def test_the_backup_of_an_absent_present_owner_is_written():
    away = replace(ANN, absent=True, backup_id=2)
    found = route(WISH, (away, BEN), replace(CONTEXT, current_owner_id=1), NOON)
    assert (found.owner_id, found.rule, found.reassigns, found.clock) == (2, "keep", True, True)


def test_an_absent_fallbacks_backup_stands_in():
    away = Member(99, "Zoe", "manager", NEW_YORK, absent=True, backup_id=2, weight=0)
    full = replace(BEN, given_today=10)
    assert outcome(team=(full, away)) == (2, "fallback")
    assert outcome(team=(away,)) == (99, "fallback")


def test_a_members_own_caps_go_before_the_pools():
    ann, ben = replace(ANN, given_today=2, daily_max=2), replace(BEN, open_unaccepted=20, open_unaccepted_max=30)
    assert outcome(team=(ann, ben)) == (2, "pool")
    assert outcome(team=(replace(ann, daily_max=3), replace(ben, open_unaccepted_max=0))) == (1, "pool")


@pytest.mark.parametrize("full", [{"given_today": 10}, {"open_unaccepted": 15}, {"weight": 0}, {"pool": "emea"}])
def test_the_caps_leave_the_fallback(full):
    assert outcome(team=(replace(ANN, **full), replace(BEN, **full))) == (99, "fallback")


def test_short_promises_prefer_who_is_awake():
    asleep = replace(ANN, hours=SYDNEY)
    assert outcome(team=(asleep, BEN)) == (2, "pool")
    assert outcome(team=(asleep, BEN), wish=replace(WISH, promise_minutes=480)) == (1, "pool")
    assert outcome(team=(asleep,)) == (1, "pool")


def test_the_order_of_the_roster_does_not_matter():
    assert route(WISH, TEAM, CONTEXT, NOON) == route(WISH, TEAM[::-1], CONTEXT, NOON)


weights = st.lists(st.integers(1, 10), min_size=1, max_size=8)


@given(weights, st.integers(1, 120))
def test_shares_stay_within_one_of_the_weights(shares, turns):
    members = [Member(number, "", "sdr", NEW_YORK, weight) for number, weight in enumerate(shares)]
    given_out = [0] * len(members)
    for turn in range(1, turns + 1):
        chosen, credits = next_in_turn(members)
        given_out[chosen.user_id] += 1
        members = [replace(each, credit_milli=credits[each.user_id]) for each in members]
        assert sum(credits.values()) == 0
        for number, weight in enumerate(shares):
            assert abs(given_out[number] - turn * weight / sum(shares)) <= 1


teams = st.lists(
    st.builds(
        lambda role, weight, active, absent, given_today, unaccepted: Member(
            0,
            "",
            role,
            NEW_YORK,
            weight=weight,
            active=active,
            absent=absent,
            given_today=given_today,
            open_unaccepted=unaccepted,
        ),
        st.sampled_from(["sdr", "ae", "manager"]),
        st.integers(0, 5),
        st.booleans(),
        st.booleans(),
        st.integers(0, 12),
        st.integers(0, 17),
    ),
    max_size=5,
).map(lambda team: [replace(each, user_id=number) for number, each in enumerate(team)])


@given(teams, st.integers(1, 40))
def test_a_day_of_routing_keeps_to_the_caps_and_everyone_gets_somebody(team, wishes):
    for _ in range(wishes):
        found = route(WISH, team, CONTEXT, NOON)
        if found.rule == "fallback":
            assert found.owner_id == 99
            continue
        owner = team[found.owner_id]
        assert owner.active
        assert not owner.absent
        assert owner.role in ("sdr", "ae")
        assert owner.given_today < 10
        assert owner.open_unaccepted < 15
        team = [replace(each, credit_milli=found.credits.get(each.user_id, each.credit_milli)) for each in team]
        team[owner.user_id] = replace(
            team[owner.user_id],
            given_today=owner.given_today + 1,
            open_unaccepted=owner.open_unaccepted + 1,
        )
