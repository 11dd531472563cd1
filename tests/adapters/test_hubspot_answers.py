"""How the answers of a batch find their rows, whatever their order and however much is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.hubspot.records import encode
from adapters.hubspot.writes import _outcomes
from connector.model import Lane, Outcome, RecordRef, RowWrite

ROWS = [RowWrite(f"a{n}", "contacts", {}, RecordRef("hubspot", "contacts", str(n))) for n in range(8)]


def result(number: int, *, traced: bool) -> dict[str, Any]:
    trace = {"objectWriteTraceId": f"a{number}"} if traced else {}
    return {"id": str(number), "properties": {}, **trace}


def error(numbers: Sequence[int], *, traced: bool) -> dict[str, Any]:
    if traced:
        return {"category": "VALIDATION_ERROR", "context": {"objectWriteTraceId": [f"a{n}" for n in numbers]}}
    return {"category": "OBJECT_NOT_FOUND", "context": {"ids": [str(n) for n in numbers]}}


@given(
    fates=some.lists(some.sampled_from(["sent", "refused", "missing"]), min_size=8, max_size=8),
    order=some.permutations(range(8)),
    traced=some.booleans(),
)
def test_rows_are_matched_by_name_and_a_missing_answer_is_unknown(
    fates: list[str], order: list[int], traced: bool
) -> None:
    results = [result(n, traced=traced) for n in order if fates[n] == "sent"]
    refused = [n for n in order if fates[n] == "refused"]
    answer = {"results": results, "errors": [error(refused, traced=traced)] if refused else []}
    outcomes = _outcomes(ROWS, answer, None, Lane.OWNED)
    failed = Outcome.REJECTED if traced else Outcome.GONE
    expected = {"sent": Outcome.SENT, "refused": failed, "missing": Outcome.UNKNOWN}
    assert [outcome.action_id for outcome in outcomes] == [row.action_id for row in ROWS]
    assert [outcome.outcome for outcome in outcomes] == [expected[fate] for fate in fates]


def test_a_created_row_is_found_by_our_key() -> None:
    rows = [RowWrite(f"a{n}", "contacts", {}, external_key=f"k{n}") for n in range(2)]
    results = [{"id": "9", "properties": {"leadloop_id": "k1"}, "new": True}]
    first, second = _outcomes(rows, {"results": results}, "leadloop_id", Lane.CREATE)
    assert first.outcome is Outcome.UNKNOWN
    assert (second.outcome, second.record_id, second.created) == (Outcome.SENT, "9", True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (42, "42"),
        (42.0, "42"),
        (0.1, "0.1"),
        ("x", "x"),
        (datetime(2026, 3, 8, 6, 59, 59, 123_999, tzinfo=UTC), "2026-03-08T06:59:59.123Z"),
        (date(2026, 3, 8), "2026-03-08"),
    ],
)
def test_everything_is_text_on_hubspots_wire(value: object, text: str) -> None:
    assert encode(value) == text
