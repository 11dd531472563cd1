"""Routing: the first rule that finds somebody, fair shares, caps."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.business_hours import Hours
from connector.decide.pools import Member, Pool
from connector.decide.routing import RULES, RouteContext, RouteWish, RoutingRules, Territory, route
from connector.rules.conditions import Compare, Operator

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
CONTEXT = RouteContext()
AGREED = RoutingRules(fallback_id=99, pools={"default": Pool()})


def outcome(context=CONTEXT, *, team=TEAM, wish=WISH, rules=AGREED):
    found = route(wish, team, context, rules, NOON)
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
    told = route(WISH, TEAM, replace(CONTEXT, person_opportunity_owner_id=2), AGREED, NOON)
    kept = route(WISH, TEAM, replace(CONTEXT, current_owner_id=2), AGREED, NOON)
    drawn = route(WISH, TEAM, CONTEXT, AGREED, NOON)
    assert [(each.reassigns, each.clock) for each in (told, kept, drawn)] == [
        (False, False),
        (False, True),
        (True, True),
    ]


def test_the_path_says_why_not():
    path = route(WISH, TEAM, replace(CONTEXT, account_owner_id=3, last_sales_owner_id=44), AGREED, NOON).path
    reasons = {step.rule: step.why for step in path}
    assert reasons["account_owner"] == "Cat owns the account, but is not in a sales role"
    assert reasons["last_sales_owner"] == "somebody had the person last who is not in the roster"
    assert reasons["keep"] == "the record has no owner of its own who works in sales"
    assert reasons["territory"] == "there are no territories"
    assert reasons["pool"] == 'Ann is next in turn in the pool "default"'
    assert [step.rule for step in path if step.taken] == ["pool"]
    assert tuple(step.rule for step in path) == RULES[:-1]


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
    found = route(WISH, (away, BEN), replace(CONTEXT, current_owner_id=1), AGREED, NOON)
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


@pytest.mark.parametrize("full", [{"given_today": 10}, {"open_unaccepted": 15}, {"weight": 0}, {"pools": ("emea",)}])
def test_the_caps_leave_the_fallback(full):
    assert outcome(team=(replace(ANN, **full), replace(BEN, **full))) == (99, "fallback")


def test_short_promises_prefer_who_is_awake():
    asleep = replace(ANN, hours=SYDNEY)
    assert outcome(team=(asleep, BEN)) == (2, "pool")
    assert outcome(team=(asleep, BEN), wish=replace(WISH, promise_minutes=480)) == (1, "pool")
    assert outcome(team=(asleep,)) == (1, "pool")


def test_the_order_of_the_roster_does_not_matter():
    assert route(WISH, TEAM, CONTEXT, AGREED, NOON) == route(WISH, TEAM[::-1], CONTEXT, AGREED, NOON)


GERMANY = Territory("dach", Compare("country", Operator.IN, ("germany", "austria")), "dach", frozenset({"german"}))
EVERYBODY_ELSE = Territory("rest", Compare("employees", Operator.AT_LEAST, (1000,)), "large")
DORA = Member(4, "Dora", "sdr", NEW_YORK, pools=("dach",), skills=frozenset({"german"}))
EMIL = Member(5, "Emil", "ae", NEW_YORK, pools=("dach", "default"))
LANDS = replace(AGREED, territories=(GERMANY, EVERYBODY_ELSE))


@pytest.mark.parametrize(
    ("facts", "team", "expected"),
    [
        ({"country": "germany"}, (ANN, DORA), (4, "territory")),
        ({"country": "Germany"}, (ANN, DORA), (4, "territory")),
        ({"country": "austria", "employees": 5000}, (ANN, DORA), (4, "territory")),
        ({"country": "france"}, (ANN, DORA), (1, "pool")),
        ({"country": None}, (ANN, DORA), (1, "pool")),
        # Nobody of the territory can: the pool of everybody takes it.
        ({"country": "germany"}, (ANN, replace(DORA, given_today=10)), (1, "pool")),
        ({"country": "germany"}, (ANN, EMIL), (1, "pool")),
        ({"employees": 1000}, (ANN, DORA), (1, "pool")),
        ({"country": "germany"}, (replace(ANN, weight=0), replace(DORA, absent=True)), (99, "fallback")),
    ],
)
def test_a_territory_gives_to_its_pool(facts, team, expected):
    assert outcome(replace(CONTEXT, facts=facts), team=team, rules=LANDS) == expected


def test_who_overflows_from_a_territory_goes_to_somebody_with_its_skill_first():
    fluent = replace(BEN, skills=frozenset({"german"}))
    away = replace(DORA, absent=True)
    context = replace(CONTEXT, facts={"country": "germany"})
    found = route(WISH, (ANN, fluent, away), context, LANDS, NOON)
    assert (found.owner_id, found.rule) == (2, "pool")
    reasons = {step.rule: step.why for step in found.path}
    assert reasons["territory"] == ('territory "dach": nobody in the pool "dach" can take one more: Dora (absent)')
    assert reasons["pool"].endswith("passed over: Ann (lacks the skill german)")


def test_a_language_or_product_asks_for_a_skill():
    fluent = replace(BEN, skills=frozenset({"german"}))
    asking = replace(WISH, skills=frozenset({"german"}))
    assert outcome(team=(ANN, fluent), wish=asking) == (2, "pool")
    assert outcome(team=(ANN, replace(fluent, absent=True)), wish=asking) == (1, "pool")
    strict = replace(AGREED, skills_must=True)
    assert outcome(team=(ANN, replace(fluent, absent=True)), wish=asking, rules=strict) == (99, "fallback")


def test_a_pool_has_its_own_limits_skills_and_fallback():
    pools = {"default": Pool(), "dach": Pool("dach", daily_max=1, requires_skills=frozenset({"german"}), fallback_id=3)}
    rules = replace(AGREED, pools=pools, territories=(replace(GERMANY, requires_skills=frozenset()),))
    context = replace(CONTEXT, facts={"country": "germany"})
    assert outcome(context, team=(DORA, EMIL, CAT), rules=rules) == (4, "territory")
    full = replace(DORA, given_today=1)
    nobody_else = replace(EMIL, pools=("dach",))
    assert outcome(context, team=(full, nobody_else, CAT), rules=rules) == (3, "fallback")
    assert outcome(team=(full, CAT), rules=rules) == (99, "fallback")


def test_the_sdr_paired_with_the_accounts_owner_makes_the_first_contact():
    ben = replace(BEN, paired_sdr_id=1)
    context = replace(CONTEXT, account_owner_id=2)
    assert outcome(context, team=(ANN, ben)) == (1, "account_owner")
    assert outcome(context, team=(replace(ANN, absent=True), ben)) == (2, "account_owner")
    assert outcome(context, team=(ANN, replace(ben, absent=True))) == (1, "account_owner")
    assert outcome(context, team=(ANN, replace(ben, active=False), DORA)) == (1, "pool")
    why = next(step.why for step in route(WISH, (ANN, ben), context, AGREED, NOON).path if step.taken)
    assert why == "Ben owns the account, Ann makes the first contact for them"


def test_a_pools_member_needs_a_user_in_every_connected_system():
    assert outcome(team=(replace(ANN, lacks=("hubspot",)), BEN)) == (2, "pool")
    assert outcome(replace(CONTEXT, account_owner_id=1), team=(replace(ANN, lacks=("hubspot",)), BEN)) == (
        *(1, "account_owner"),
    )


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        ((Member(99, "Zoe", "manager", NEW_YORK),), 99),
        ((Member(99, "Zoe", "manager", NEW_YORK, active=False, backup_id=3), CAT), 3),
        ((Member(99, "Zoe", "manager", NEW_YORK, active=False), CAT), 3),
        ((Member(99, "Zoe", "manager", NEW_YORK, active=False), replace(CAT, absent=True)), 3),
        ((Member(99, "Zoe", "manager", NEW_YORK, active=False),), 99),
        ((), 99),
    ],
)
def test_there_is_always_a_fallback_and_one_who_has_left_is_none(team, expected):
    assert outcome(team=team) == (expected, "fallback")
