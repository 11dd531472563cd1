"""Cohorts and time in a stage: counted on both databases, laid out in the company's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.ports.figures import CohortCount, StageTime
from connector.report.cohorts import cohort_edges, cohort_tables, histogram_percentile, time_table
from connector.report.document import Period
from connector.report.shares import percentile
from connector.store.figures import SqlFigures
from connector.store.reporting import SqlReporting
from connector.store.tables import Person, StageHistory
from tests.report.rows import ANN, NOW, Rows, ago, healthy, opened

BERLIN = ZoneInfo("Europe/Berlin")
EDGES = [ago(days=30), ago(days=10), NOW]


def move(rows: Rows, person_id: int, seq: int, stage: str, days: float) -> None:
    rows.stage(person_id, stage, seq, at=ago(days=days))


def company(rows: Rows) -> None:
    rows.remove(StageHistory)
    move(rows, ANN, 1, "suspect", 20)  # handed off and accepted, see healthy()
    move(rows, ANN, 2, "qualified_lead", 3)
    for person_id in (2, 3, 4, 5, 6):
        rows.person(person_id)
    move(rows, 2, 1, "prospect", 5)  # skipped what lies below
    move(rows, 3, 1, "suspect", 40)  # entered before
    move(rows, 4, 1, "suspect", 15)
    rows.cycle(4, 4, origin="sales")
    move(rows, 5, 1, "lead", 15)
    move(rows, 5, 2, "name", 12.5)
    move(rows, 5, 3, "suspect", 2)  # entered once only
    rows.change(Person, of_person_id=6, merged_into=5)
    move(rows, 6, 1, "suspect", 15)


def test_a_cohort_is_who_entered_then_and_how_far_they_came_since(database_url: str) -> None:
    with opened(database_url) as database:
        company(healthy(database))
        healthy(database, 2)
        early, late = SqlFigures(database).cohorts(1, EDGES)
    assert (early.place, late.place) == (0, 1)
    assert early.reached == {
        **{"suspect": 2, "lead": 2, "qualified_lead": 1, "handed_off": 1, "accepted": 1},
        **{"sales_qualified": 0, "prospect": 0, "customer": 0},
    }
    assert [late.reached[step] for step in ("suspect", "qualified_lead", "prospect", "customer")] == [1, 1, 1, 0]


def test_a_customer_who_buys_again_still_counts_as_one_whom_marketing_brought(database_url: str) -> None:
    """The second purchase begins with an opportunity, so its cycle is sales' own; the first one was not."""
    with opened(database_url) as database:
        rows = healthy(database)
        rows.remove(StageHistory)
        rows.person(2, stage="customer")
        for seq, (stage, days) in enumerate((("suspect", 25), ("qualified_lead", 24), ("customer", 20)), 1):
            move(rows, 2, seq, stage, days)
        rows.cycle(2, 2, disposition="won", closed_at=ago(days=20), qualified_at=ago(days=24))
        before = SqlFigures(database).cohorts(1, EDGES), SqlReporting(database).funnel(1)
        rows.cycle(3, 2, number=2, motion="growth", origin="sales", disposition="sales_qualified")
        after = SqlFigures(database).cohorts(1, EDGES), SqlReporting(database).funnel(1)
    assert after[0] == before[0]
    assert [one.reached["customer"] for one in after[0]] == [1]
    assert (after[1].path, after[1].sales_origin) == (before[1].path, 0)


def test_time_in_a_stage_ends_with_the_next_move(database_url: str) -> None:
    with opened(database_url) as database:
        company(healthy(database))
        figures = SqlFigures(database)
        everything = {one.stage: one for one in figures.stage_times(1, None, None)}
        lately = {one.stage: one.hours for one in figures.stage_times(1, ago(days=4), NOW)}
    assert everything["suspect"].hours == {17 * 24: 1}
    assert everything["lead"].hours == {60: 1}
    assert everything["name"].hours == {252: 1}
    assert (lately["suspect"], lately["lead"], lately["name"]) == ({17 * 24: 1}, {}, {252: 1})


@pytest.mark.parametrize(
    ("since", "until", "first", "buckets"),
    [
        (None, None, "2025-07-01 00:00", 12),  # a year of months, this one included
        ("2026-02-11", None, "2026-02-11 00:00", 17),  # weeks; the first begins with the period
        ("2025-01-15", "2026-01-01", "2025-01-15 00:00", 12),
        ("2020-01-01", None, "2023-07-01 00:00", 36),
    ],
)
def test_buckets_follow_the_companys_calendar(
    since: str | None, until: str | None, first: str, buckets: int
) -> None:  # fmt: skip
    now = datetime(2026, 6, 2, 12, tzinfo=UTC)
    period = Period(*(datetime.fromisoformat(day).replace(tzinfo=BERLIN) if day else None for day in (since, until)))
    edges = cohort_edges(period, BERLIN, now)
    assert f"{edges[0].astimezone(BERLIN):%Y-%m-%d %H:%M}" == first
    assert len(edges) == buckets + 1
    assert edges == sorted(set(edges))
    assert edges[-1] == (period.until or now)
    assert {edge.astimezone(BERLIN).hour for edge in edges[:-1]} == {0}  # also across the change of the clocks


def test_the_tables_name_the_buckets_and_divide_by_who_entered() -> None:
    months = [datetime(2026, month, 1, tzinfo=BERLIN) for month in (1, 2, 3)]
    counts = [CohortCount(1, {"suspect": 8, "lead": 4, "customer": 1})]
    counted, shares = cohort_tables(months, counts, BERLIN)
    assert [row[0] for row in counted.rows] == ["2026-01", "2026-02"]
    assert counted.rows[1] == ("2026-02", 8, 4, 0, 0, 0, 0, 0, 1)
    assert shares.rows[1][2] == 0.5
    assert shares.rows[0][1:3] == (0, None)
    weeks = [datetime(2026, 3, 2, tzinfo=BERLIN) + timedelta(days=7) * place for place in range(3)]
    assert cohort_tables(weeks, [], BERLIN)[0].rows[0][0] == "week of 2026-03-02"


def test_time_is_told_in_days() -> None:
    times = [StageTime("lead", {24: 3, 48: 1, 240: 1}), StageTime("prospect"), StageTime("customer")]
    table = time_table(times, {"lead": 7, "prospect": 2})
    assert table.rows == [("lead", 5, 1.0, 10.0, 7), ("prospect", 0, None, None, 2)]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_of_a_histogram_is_that_of_its_values(values: list[int], hundredths: int) -> None:
    histogram = {value: values.count(value) for value in values}
    assert histogram_percentile(histogram, hundredths) == percentile(values, hundredths)
