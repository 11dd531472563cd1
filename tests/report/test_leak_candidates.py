"""Who may leak is found by index; the report over those is the report over everybody."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import SQLModel

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, Hours, between
from connector.decide.leaks import OVERDUE_DAYS, bounds
from connector.model import Disposition, Stage
from connector.report.leaks import SENTENCES, leak_report
from connector.store.database import Database
from connector.store.reporting import SqlReporting
from connector.store.sql import table
from connector.store.tables import Assignment, Cycle, FollowUp, Link, Person
from tests.report.rows import LEFT, LIVE, NOW, QUEUE, REP, Rows, ago, all_open_cycles, opened

HOURS = Hours(ZoneInfo("Europe/Berlin"))
PEOPLE = 400
UNKNOWN_USER = 99
MOMENTS = (None, *(ago(hours=hours) for hours in (-30, 1, 5, 9, 17, 25, 47, 49, 80, 200)))


def _some(chance: random.Random, often: Any, *others: Any) -> Any:
    """Mostly ``often``: people who leak in every way at once would hide a way that is overlooked."""
    return often if chance.random() < 0.8 else chance.choice((often, *others))


def _person(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "person_id": number,
        "person_key": f"key-{number}",
        "created_at": ago(days=40),
        "stage": chance.choice(list(Stage)).value,
        "stage_since": chance.choice(MOMENTS),
        "merged_into": _some(chance, None, None, 1),
        "processing_restricted": _some(chance, None, False, True),
        "owner_id": _some(chance, REP, None, LEFT, QUEUE, UNKNOWN_USER),
        "accountable": _some(chance, "marketing", None, "", "nobody"),
        "track": _some(chance, "welcome", None, "no_contact", ""),
        "next_step": _some(chance, "call", None, ""),
        "next_step_due": _some(chance, NOW + timedelta(days=1), *MOMENTS, ago(days=20), ago(days=30), ago(days=40)),
        "recycle_until": chance.choice(MOMENTS),
    }


def _cycle(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "cycle_id": number,
        "person_id": number,
        "opened_at": ago(days=30),
        "closed_at": _some(chance, None, NOW),
        "disposition": chance.choice(list(Disposition)).value,
        "disposition_at": chance.choice(MOMENTS[1:]),
        "handed_off_at": chance.choice(MOMENTS),
        "recycle_until": chance.choice(MOMENTS),
        "reconstructed": chance.random() < 0.3,
    }


def _given(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "assignment_id": number,
        "person_id": number,
        "cycle_id": _some(chance, number, None),
        "kind": "hand_off",
        "at": chance.choice(MOMENTS[1:]),
        "until": _some(chance, None, NOW),
        "promise": _some(chance, "a_hand_raise", None),
        "seq": number,
    }


def _fill(database: Database, chance: random.Random) -> None:
    rows = Rows(database)
    rows.company_row()
    rows.users()
    numbers = range(1, PEOPLE + 1)
    link = {"system": "hubspot", "object": "contacts", "family": "person", "is_primary": True, "mapped": {}}
    links = [
        {
            **link,
            **{"link_id": number, "person_id": number, "record_id": str(number), "external_key": str(number)},
            **{"state": _some(chance, "active", "deleted"), "first_seen_at": ago(days=40)},
        }
        for number in numbers
    ]
    given_to = [_given(chance, number) for number in numbers if chance.random() < 0.9]
    clock = {"promise": "a_hand_raise", "state": "running"}
    clocks = [
        {"assignment_id": one["assignment_id"], "person_id": one["person_id"], **clock}
        for one in given_to
        if chance.random() < 0.8
    ]
    _insert(database, Person, [_person(chance, number) for number in numbers])
    _insert(database, Link, links)
    _insert(database, Cycle, [_cycle(chance, number) for number in numbers])
    _insert(database, Assignment, given_to)
    _insert(database, FollowUp, clocks)


def _insert(database: Database, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    with database.begin() as connection:
        connection.execute(table(model).insert(), [{"company": 1, **row} for row in rows])


@pytest.mark.parametrize("seed", range(6))
def test_the_report_over_the_candidates_is_the_report_over_everybody(database_url: str, seed: int) -> None:
    with opened(database_url) as database:
        _fill(database, random.Random(seed))
        everybody = all_open_cycles(database)
        candidates = SqlReporting(database).leak_candidates(1, bounds(NOW))
    report, whole = (leak_report("acme", cycles, HOURS, now=NOW, live_since=LIVE) for cycles in (candidates, everybody))
    assert report == whole
    assert set(SENTENCES) == {code for one in whole.people for code in one.codes}
    assert len(whole.people) < len(candidates) < len(everybody)


@given(
    st.integers(0, 366 * 24 * 60),
    st.integers(0, 6 * 24 * 60),
    st.sampled_from(["Europe/Berlin", "Asia/Jerusalem", "Africa/Cairo", "UTC"]),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_what_is_over_in_business_time_lies_before_its_bound(
    at: int, minutes: int, zone: str, opens: int, closes: int
) -> None:
    hours = Hours(ZoneInfo(zone), time(opens), time(closes))
    now = NOW + timedelta(minutes=at)
    moment = now - timedelta(minutes=minutes)
    if between(moment, now, hours) > OVERDUE_DAYS * MINUTES_PER_BUSINESS_DAY:
        assert moment < bounds(now).overdue


def test_days_of_24_hours_would_be_no_bound() -> None:
    """Israel's clocks go forward on a Friday: two business days are over after less than 48 hours."""
    hours = Hours(ZoneInfo("Asia/Jerusalem"))
    due = datetime(2026, 3, 25, 12, tzinfo=hours.zone).astimezone(NOW.tzinfo)
    now = due + timedelta(hours=47, minutes=1)
    assert between(due, now, hours) > OVERDUE_DAYS * MINUTES_PER_BUSINESS_DAY


def test_the_candidates_are_looked_up_and_nobody_else_is_read(sqlite_url: str) -> None:
    """Every table that grows with the company is searched by more than the company alone, or by its small index."""
    with opened(sqlite_url) as database:
        _fill(database, random.Random(1))
        plans = _plans(database)
    tables = ("person", "cycle", "link", "assignment", "follow_up")
    grown = [step for step in plans if step.split()[1:2] and step.split()[1] in tables]
    assert grown
    small = ("ix_person_uncared", "ix_cycle_company_disposition_recycle_until")
    careless = [
        step
        for step in grown
        if not step.startswith("SEARCH") or (step.endswith("(company=?)") and not any(name in step for name in small))
    ]
    assert careless == []


def _plans(database: Database) -> list[str]:
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda c, cur, sql, values, *_: asked.append((sql, values)))
    SqlReporting(database).leak_candidates(1, bounds(NOW))
    chosen = [(sql, values) for sql, values in asked if "may_leak" in sql]
    with database.engine.connect() as connection:
        raw = connection.connection.cursor()
        return [row[3] for sql, values in chosen for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
