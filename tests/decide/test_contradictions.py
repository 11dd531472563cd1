"""Two CRMs that answer a question differently: before/after tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.decide.contradictions import Answer, Contradiction, contradictions

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(system: str, value: str, hours: int, link_id: int = 0, field: str = "q_need") -> Answer:
    return Answer(field, link_id or {"hubspot": 1, "salesforce": 2}[system], system, value, NOON + hours * HOUR)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([], []),
        ([said("hubspot", "general", 0)], []),
        ([said("hubspot", "general", 0), said("salesforce", "General", 9)], []),
        ([said("hubspot", "general", 0), said("salesforce", "specific", 3)], [("hubspot", "specific", "general", 3)]),
        (
            [said("hubspot", "general", 5), said("salesforce", "specific", 3)],
            [("salesforce", "general", "specific", 5)],
        ),
        # Two records of one CRM: the newer one speaks for it.
        ([said("hubspot", "none_now", 0), said("hubspot", "general", 2, 7), said("salesforce", "general", 4)], []),
        ([said("hubspot", "general", 0), said("salesforce", "approved", 1, field="q_budget")], []),
    ],
)
def test_which_answer_does_not_count(answers: list[Answer], found: list[tuple[str, str, str, int]]) -> None:
    told = contradictions(answers)
    assert [(c.system, c.ours, c.theirs, (c.since - NOON) // HOUR) for c in told] == found
    assert contradictions(reversed(answers)) == told


def test_a_difference_is_told_after_a_day() -> None:
    (one,) = contradictions([said("hubspot", "general", 0), said("salesforce", "specific", 3)])
    assert one == Contradiction("q_need", 1, "hubspot", "specific", "general", NOON + 3 * HOUR)
    assert one.told_at == NOON + 27 * HOUR
