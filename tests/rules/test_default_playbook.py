"""The playbook as shipped, on people worked out by hand (PLAYBOOK 5.4 and 3)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from connector.ports.evaluation import Evaluation
from connector.rules.definitions import Definitions
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from tests.oracle import Event, Oracle
from tests.rules.worlds import AS_OF, COMPANY, PersonCase, blank, days_ago, store

REACHABLE: dict[str, Any] = {"has_email": True, "email_domain": "shop.example", "free_mail": False}
VP: dict[str, Any] = {
    **REACHABLE,
    "seniority": "vp",
    "job_function": "marketing",
    "employees": 200,
    "industry": "software",
    "country": "DE",
}
MANAGER = {**REACHABLE, "seniority": "manager", "job_function": "sales", "country": "fr"}
Happened = tuple[str, int, str | None, str | None]
"""Signal, age in days, kind, phase."""

DEMO: Happened = ("hand_raise", 0, "demo", None)
BUSY: list[Happened] = [
    ("event_attended", 0, None, "consideration"),
    ("content_download", 0, None, "decision"),
    ("content_download", 1, None, "decision"),
    *[("email_click", 0, None, None)] * 5,
]
COMPARING = {"q_evaluating": "yes", "q_evaluating_at": days_ago(30)}
SOON = {"q_timing": "0-3", "q_timing_at": days_ago(3)}

CASES: dict[str, tuple[dict[str, Any], list[Happened], dict[str, Any]]] = {
    "vp_asks_for_a_demo": (
        VP,
        [DEMO],
        {"fit": 40, "engagement": 20, "readiness": 16, "grade": "A", "top": "qualified_lead"},
    ),
    "manager_asks_for_a_demo": (
        MANAGER,
        [DEMO],
        {"fit": 22, "engagement": 20, "readiness": 16, "grade": "A", "top": "qualified_lead"},
    ),
    "unknown_asks_for_a_demo": (
        {"has_email": True},
        [DEMO],
        {"fit": 12, "engagement": 20, "readiness": 16, "grade": "B", "top": "qualified_lead"},
    ),
    "busy_vp_asks_for_nothing": (
        VP,
        BUSY,
        {"fit": 40, "engagement": 30, "readiness": 4, "grade": "B", "top": "qualified_lead"},
    ),
    "busy_vp_buys_soon": (
        {**VP, **SOON},
        BUSY,
        {"fit": 40, "engagement": 30, "readiness": 10, "grade": "A", "top": "qualified_lead"},
    ),
    "nothing_known": ({"has_email": True}, [], {"fit": 12, "engagement": 0, "readiness": 0, "grade": "D", "top": None}),
    "unknown_but_very_busy": (
        {"has_email": True},
        BUSY,
        {"fit": 12, "engagement": 30, "readiness": 4, "grade": "C", "top": "suspect"},
    ),
    "private_mail": (
        {"has_email": True, "free_mail": True, "email_domain": "mail.example"},
        [],
        {"fit": 8, "engagement": 0, "readiness": 0, "grade": "D", "top": None},
    ),
    "old_demo": (VP, [("hand_raise", 14, "demo", None)], {"fit": 40, "engagement": 10, "readiness": 16, "grade": "B"}),
    "demo_but_no_channel": (
        {**VP, "email_opt_out": True},
        [DEMO],
        {"fit": 40, "grade": "B", "top": "lead"},
    ),
    "demo_by_phone_only": (
        {**VP, "email_opt_out": True, "has_phone": True},
        [DEMO],
        {"fit": 40, "grade": "A", "top": "qualified_lead"},
    ),
    "newsletter": (REACHABLE, [("subscribed", 90, None, None)], {"engagement": 1, "top": "suspect"}),
    "opened_only": (REACHABLE, [("email_open", 0, None, None)], {"engagement": 0, "top": None}),
    "we_called": (REACHABLE, [("rep_touch_attempt", 0, None, None)], {"engagement": 0, "top": None}),
    "job_hunter": (VP, [("key_page", 0, "case", None), ("careers_page", 0, None, None)], {"engagement": 0}),
    "no_show": (VP, [("meeting_no_show", 0, None, None), *[("email_click", 0, None, None)] * 4], {"engagement": 3}),
    "went_to_the_webinar": (
        REACHABLE,
        [("event_registered", 20, None, None), ("event_attended", 0, None, None)],
        {"engagement": 10},
    ),
    "missed_the_webinar": (REACHABLE, [("event_registered", 0, None, None)], {"engagement": 3}),
    "talked_and_answered": (
        {**MANAGER, "q_need": "specific", "q_need_at": days_ago(100), **COMPARING},
        [("reply", 0, None, None)],
        {"engagement": 8, "readiness": 8, "top": "lead"},
    ),
    "talked_and_answered_long_ago": (  # half the points, and nothing new follows from it
        {**MANAGER, "q_need": "specific", "q_need_at": days_ago(200), **COMPARING},
        [("reply", 0, None, None)],
        {"engagement": 8, "readiness": 4, "top": "suspect"},
    ),
    "on_an_opportunity": ({**REACHABLE, "open_opportunities": 1}, [], {"top": "prospect"}),
    "won": ({**REACHABLE, "won_opportunities": 1, "open_opportunities": 1}, [], {"top": "customer"}),
}

JUNK: dict[str, tuple[dict[str, Any], str | None]] = {
    "disposable": ({**REACHABLE, "disposable": True}, "disposable_domain"),
    "nothing_to_reach": ({"has_email": False}, "no_contact_point"),
    "unknown_contact": ({}, "no_contact_point"),
    "phone_is_enough": ({"has_phone": True}, None),
    "gibberish": ({**REACHABLE, "gibberish": True}, "gibberish"),
    "bounced": ({**REACHABLE, "email_quality": "hard"}, "bounced"),
    "bounced_with_phone": ({**REACHABLE, "email_quality": "hard", "has_phone": True}, None),
    "soft_bounce": ({**REACHABLE, "email_quality": "soft"}, None),
    "competitor": ({**REACHABLE, "account_status": "Competitor"}, "competitor"),
    "student": ({**REACHABLE, "persona_excluded": "student"}, "not_a_buyer"),
    "never_a_need": ({**REACHABLE, "q_need": "never"}, "knocked_out"),
    "never_a_need_said_long_ago": ({**REACHABLE, "q_need": "never", "q_need_at": days_ago(400)}, "knocked_out"),
    "first_rule_wins": ({"disposable": True, "q_need": "never"}, "disposable_domain"),
}


def case_of(number: int, facts: dict[str, Any], events: list[Happened]) -> PersonCase:
    happened = tuple(
        Event(number * 100 + place, signal, days_ago(days), kind, phase)
        for place, (signal, days, kind, phase) in enumerate(events)
    )
    return PersonCase(number, blank(**facts), happened)


SCORED = {name: case_of(number, *CASES[name][:2]) for number, name in enumerate(CASES, 1)}
JUDGED = {name: case_of(number, JUNK[name][0], [DEMO]) for number, name in enumerate(JUNK, 500)}


@pytest.fixture(scope="module")
def verdicts(shared_database: Database, default_definitions: Definitions) -> dict[int, Evaluation]:
    store(shared_database, [*SCORED.values(), *JUDGED.values(), *ANSWERED])
    found = Evaluations(shared_database).evaluate(COMPANY, default_definitions, AS_OF)
    return {one.person_id: one for one in found}


@pytest.mark.parametrize("name", CASES)
def test_worked_out_by_hand(verdicts: dict[int, Evaluation], name: str) -> None:
    verdict = verdicts[SCORED[name].person_id]
    found = {
        "fit": verdict.fit_milli / 1000,
        "engagement": verdict.engagement_milli / 1000,
        "readiness": verdict.readiness_milli / 1000,
        "grade": verdict.grade_open,
        "top": verdict.rungs[-1] if verdict.rungs else None,
    }
    wanted = CASES[name][2]
    assert {key: found[key] for key in wanted} == wanted
    assert verdict.total_milli == verdict.fit_milli + verdict.engagement_milli + verdict.readiness_milli


@pytest.mark.parametrize("name", JUNK)
def test_junk_stops_scoring(verdicts: dict[int, Evaluation], name: str) -> None:
    verdict = verdicts[JUDGED[name].person_id]
    assert verdict.junk_rule == JUNK[name][1]
    if verdict.junk_rule:
        assert (verdict.total_milli, verdict.rungs, verdict.grade_open) == (0, (), None)
    else:
        assert verdict.total_milli > 0
        assert verdict.rungs


def test_a_restricted_person_and_a_partner_are_out_of_scope(default_definitions: Definitions) -> None:
    for facts, rule in (({"processing_restricted": True}, "restricted"), ({"account_status": "partner"}, "partner")):
        verdict = Oracle(default_definitions, blank(**REACHABLE, **facts), (), AS_OF).run()
        assert verdict.scope_rule == rule
        assert verdict.total_milli == 0


def test_buying_phase(verdicts: dict[int, Evaluation]) -> None:
    phases = {name: verdicts[SCORED[name].person_id].phase for name in ("vp_asks_for_a_demo", "went_to_the_webinar")}
    assert phases == {"vp_asks_for_a_demo": "decision", "went_to_the_webinar": "consideration"}
    assert verdicts[SCORED["nothing_known"].person_id].phase == "awareness"


TIMING = {
    (answer, age_days): points
    for answer, age_days, points in (
        ("0-3", 89, 6),
        ("0-3", 90, 0),
        ("3-6", 89, 4),
        ("3-6", 90, 6),
        ("3-6", 180, 0),
        ("6-12", 179, 2),
        ("6-12", 180, 4),
        ("6-12", 364, 6),
        ("6-12", 365, 0),
        ("later", 0, 0),
    )
}
ANSWERED = [
    PersonCase(number, blank(**REACHABLE, q_timing=answer, q_timing_at=days_ago(age_days)), ())
    for number, (answer, age_days) in enumerate(TIMING, 1_000)
]


def test_timing_counts_from_the_day_of_the_answer(verdicts: dict[int, Evaluation]) -> None:
    found = [verdicts[case.person_id].readiness_milli // 1000 for case in ANSWERED]
    assert dict(zip(TIMING, found, strict=True)) == TIMING


def test_explanation_says_what_counted_and_what_is_missing(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    store(
        shared_database,
        [case_of(1, MANAGER, [DEMO, ("email_open", 0, None, None), ("subscribed", 90, None, None)])],
        company=company,
    )
    explanation = Evaluations(shared_database).explain(company, default_definitions, AS_OF, 1)
    assert explanation is not None
    points = {line.rule: line.milli for line in explanation.points if line.milli}
    assert points["hand_raise"] == 20_000
    assert {line.rule: (line.signal, line.milli) for line in explanation.evidence} == {
        "hand_raise": ("hand_raise", 20_000),
        "subscribed": ("subscribed", 1_000),
    }
    held = {(line.subject, line.rule): line.holds for line in explanation.entries}
    assert held["qualified_lead", "Q1"]
    assert held["qualified_lead", "Q2"]
    assert not held["qualified_lead", "Q3"]
    assert (explanation.next_grade, explanation.to_next_grade_milli) == ("A", 75_000 - 59_000)
    english = {line.rule: line.english for line in explanation.points}
    assert english["hand_raise"] == ("20 for each hand raise, full for 14 days and half until day 45, at most 20")


def test_a_way_whose_requirement_fails_is_not_open(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    store(shared_database, [case_of(1, {**VP, "email_opt_out": True}, [DEMO])], company=company)
    explanation = Evaluations(shared_database).explain(company, default_definitions, AS_OF, 1)
    assert explanation is not None
    assert {line.rule: line.holds for line in explanation.entries}["Q1"] is False


def test_a_floor_above_a_ceiling_gives_the_ceiling(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    # The total is below B; the floor of A says at least A, the missing channel at most B.
    scoring = default_definitions.scoring
    best, second, *lower = scoring.grades
    grades = (best, replace(second, floor=None), *lower)
    definitions = Definitions(replace(scoring, grades=grades), default_definitions.stages)
    person = case_of(
        1,
        {**MANAGER, "email_opt_out": True, "employees": 1, "industry": "software"},
        [DEMO, ("careers_page", 0, None, None), ("meeting_no_show", 0, None, None)],
    )
    store(shared_database, [person], company=company)
    (found,) = Evaluations(shared_database).evaluate(company, definitions, AS_OF)
    assert found.total_milli < 50_000
    assert found.fit_milli >= 20_000
    assert found.grade_open == "B"
