"""What limits and weighs points: each rule on one history, the points of the axis before and after it is written."""

from __future__ import annotations

from typing import Any

import pytest

from connector.store.database import Database
from connector.store.evaluate import Evaluations
from tests.oracle import Event
from tests.rules.worlds import AS_OF, PersonCase, blank, days_ago, definitions, store

STAGES = {
    "signals": {"interest": ["reply"]},
    "stages": {"suspect": {"paths": [{"id": "any", "when": {"happened": "reply", "within_days": 5}}]}},
}
HISTORY = (
    *(Event(number, "reply", days_ago(1), asset="Spring webinar", source="hubspot.forms") for number in (1, 2)),
    Event(3, "reply", days_ago(2), phase="decision", source="salesforce.CampaignMember"),
    Event(4, "reply", days_ago(40)),
)
PERSON = blank(seniority="vp", open_amount=500, owner_kind="user")
REPLY: dict[str, Any] = {"id": "reply", "signal": "reply", "points": 4}
NO_SHOW: dict[str, Any] = {"id": "no_show", "signal": "reply", "points": -4, "kind": "web"}
BUYER = {"id": "buyer", "when": {"field": "seniority", "is": "vp"}, "weight": 1.5}
IN_DECISION = [{"name": "decision", "when": {"happened": "reply", "phases": ["decision"]}}]
BONUS: dict[str, Any] = {"id": "bonus", "when": {"all": []}, "points": 3, "kind": "web"}

TABLE: list[tuple[str, dict[str, Any], float, dict[str, Any], float]] = [
    ("once_per_day", REPLY, 16, {"once_per_day": True}, 12),
    ("max_events", REPLY, 16, {"max_events": 3}, 12),
    ("max_days", REPLY, 16, {"once_per_day": True, "max_events": 2}, 8),
    ("asset", REPLY, 16, {"assets": ["spring WEBINAR"]}, 8),
    ("system", REPLY, 16, {"sources": ["hubspot"]}, 8),
    ("object", REPLY, 16, {"sources": ["salesforce.campaignmember"]}, 4),
    ("cap", REPLY, 16, {"cap": 7.5}, 7.5),
    ("window", REPLY, 16, {"decay": {"kind": "none", "within_days": 40}}, 12),
    ("only_with_a_deal", REPLY, 16, {"when": {"field": "open_amount", "at_least": 501}}, 0),
    ("only_with_an_owner", REPLY, 16, {"when": {"field": "owner_kind", "is": "user"}}, 16),
]


def points(database: Database, company: int, axis: dict[str, Any], **more: Any) -> float:
    """The engagement of the one person of the company."""
    document = {"fit": {"max": 1}, "engagement": {"max": 100, **axis}, "readiness": {"max": 1}, **more}
    document["grades"] = [{"name": "D", "at_least": 0}]
    (found,) = Evaluations(database).evaluate(company, definitions(document, STAGES), AS_OF)
    return found.engagement_milli / 1000


@pytest.fixture
def someone(shared_database: Database, company: int) -> Database:
    store(shared_database, [PersonCase(1, PERSON, HISTORY)], company=company)
    return shared_database


@pytest.mark.parametrize(("rule", "before", "limit", "after"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_a_limit(
    someone: Database, company: int, rule: dict[str, Any], before: float, limit: dict[str, Any], after: float
) -> None:
    assert points(someone, company, {"rules": [rule]}) == before
    assert points(someone, company, {"rules": [{**rule, **limit}]}) == after


@pytest.mark.parametrize(
    ("rules", "caps", "before", "after"),
    [
        ([{**REPLY, "kind": "web"}, BONUS], {"web": 5}, 19, 5),
        ([{**REPLY, "id": "start"}, NO_SHOW], {"web": {"min": -6}}, 0, 10),
        ([{**REPLY, "id": "start"}, NO_SHOW, BONUS], {"web": {"min": -6, "max": 2}}, 3, 10),
    ],
    ids=["most", "least", "both"],
)
def test_a_cap_of_several_rules(
    someone: Database, company: int, rules: list[dict[str, Any]], caps: dict[str, Any], before: int, after: int
) -> None:
    assert points(someone, company, {"rules": rules}) == before
    assert points(someone, company, {"rules": rules, "kind_caps": caps}) == after


@pytest.mark.parametrize(
    ("weights", "after"),
    [
        ({"axes": ["engagement"], "personas": [BUYER]}, 24),
        ({"axes": ["engagement"], "phases": {"decision": 2.0}}, 32),
        ({"axes": ["engagement"], "phases": {"decision": 2.0}, "personas": [BUYER]}, 48),
        ({"axes": ["engagement"], "phases": {"awareness": 9.0}}, 16),
        ({"axes": ["fit"], "personas": [BUYER]}, 16),
        ({"axes": ["engagement"], "personas": [{**BUYER, "weight": 10}]}, 100),
    ],
    ids=["persona", "phase", "both", "another_phase", "another_axis", "up_to_the_max"],
)
def test_a_weight(someone: Database, company: int, weights: dict[str, Any], after: int) -> None:
    axis = {"rules": [REPLY]}
    assert points(someone, company, axis, phases=IN_DECISION) == 16
    assert points(someone, company, axis, phases=IN_DECISION, weights=weights) == after
