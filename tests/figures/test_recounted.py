"""Every shared figure is counted twice: by ``leadloop report``, and from rows and dumps by the definition's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.figures import recount_people, recount_sales
from tests.figures.recorded import Recorded, moment_of
from tests.figures.recount_people import group
from tests.figures.weeks import Lived

SALES_ROLES = ("sdr", "ae", "manager")
Report = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def of(company: Lived) -> Recorded:
    return Recorded(company.folder, company.dumps, company.now)


@pytest.fixture(scope="module")
def report(printed: Callable[..., str]) -> Report:
    return lambda name, *options: json.loads(printed(name, "--json", *options))


def values(document: dict[str, Any]) -> dict[str, Any]:
    return {name: figure["value"] for name, figure in document["figures"].items()}


def rows(document: dict[str, Any], table: str) -> dict[str, dict[str, Any]]:
    """A table of the document by the name of each row."""
    found = {}
    for row in document["tables"][table]:
        name = next(iter(row))
        found[row[name]] = {column: value for column, value in row.items() if column != name}
    return found


def same(document: dict[str, Any], figures: dict[str, Any], tables: dict[str, Any]) -> None:
    """Each table as a whole, and each figure that was counted again."""
    assert {name: values(document)[name] for name in figures} == figures
    for table, expected in tables.items():
        assert rows(document, table) == {name: pytest.approx(row) for name, row in expected.items()}, table


def test_the_reports_agree_with_each_other(of: Recorded, report: Report) -> None:
    """What two reports call by one name is one number."""
    funnel, handoff, recycle = report("funnel"), report("handoff"), report("recycle")
    states = ("kept", "broken", "running", "unknown")
    total = {state: sum(row[state] for row in handoff["tables"]["promises"]) for state in states}
    assert total == {state: funnel["follow_up"][state] for state in states}
    assert total == {state: sum(row[state] for row in handoff["tables"]["reps"]) for state in states}
    assert any(row["kind"] == "reassign" for row in of.promised)
    handed_off = values(handoff)["handed_off"]
    assert (funnel["hand_offs"]["total"], values(recycle)["hand_offs_decided"]) == (handed_off, handed_off)
    standing = {row["stage"]: row["people"] for row in funnel["tables"]["stages"]}
    there = {row["stage"]: row["staying"] for row in funnel["tables"]["time_in_stage"]}
    assert there == {stage: standing[stage] for stage in there}
    week = report("week", "--since", "2020-01-01")
    names = ("handed_off", "kept_share", "broken", "speed_median")
    assert {name: values(week)[name] for name in names} == {name: values(handoff)[name] for name in names}
    assert [values(week)[name] for name in ("mql", "sal", "sql_moments")] == [
        funnel["moments"][name] for name in ("mql", "sal", "sql")
    ]
    assert values(week)["recycled"] == sum(funnel["recycled"].values())
    assert values(report("sources"))["came"] == funnel["people"]


def test_there_is_enough_to_count(of: Recorded) -> None:
    states = {row["clock"]["state"] for row in of.given}
    assert {"kept", "broken", "ended"} <= states
    assert len(of.given) > 15
    assert sum(cycle["disposition"] == "won" for cycle in of.cycles) > 3


def test_hand_offs(of: Recorded, report: Report) -> None:
    figures, tables = recount_sales.handoff(of)
    document = report("handoff")
    assert set(figures) == set(document["figures"])
    same(document, figures, tables)


def test_each_first_touch_is_somebodys_work_in_a_system(of: Recorded) -> None:
    """The touch that stopped a clock stands in a dump: the same moment, done by somebody in sales."""
    sales = {member["salesforce_user_id"] for member in of.team if member["role"] in SALES_ROLES}
    done = [
        (record["CompletedDateTime"][:19], record["OwnerId"])
        for record in of.dumps["salesforce"]["records"]["Task"].values()
        if record.get("CompletedDateTime") and not record.get("Leadloop_Id__c")
    ]
    touched = [clock for clock in of.clocks.values() if str(clock["decided_by"]).startswith("salesforce:Task")]
    assert len(touched) > 5
    for clock in touched:
        at = f"{moment_of(clock['touched_at']):%Y-%m-%dT%H:%M:%S}"
        assert [owner for when, owner in done if when == at and owner in sales], at


def test_reps_and_sources_side_by_side(of: Recorded, report: Report) -> None:
    document = report("reps")
    figures, tables = recount_sales.reps(of, group)
    same(document, figures, tables)


def test_what_sales_gives_back(of: Recorded, report: Report) -> None:
    figures, tables = recount_sales.recycle(of, group)
    assert figures["given_back"] > 2
    document = report("recycle")
    assert set(figures) == set(document["figures"])
    same(document, figures, tables)


def test_sources(of: Recorded, report: Report) -> None:
    figures, tables = recount_people.sources(of)
    document = report("sources")
    assert set(figures) == set(document["figures"])
    same(document, figures, tables)


def test_a_months_cost_is_shared_out_by_its_days(of: Recorded, report: Report) -> None:
    document = report("sources", "--since", "2026-05-20", "--until", "2026-06-03")
    spent = {name: row["spent"] for name, row in rows(document, "costs").items()}
    assert spent == recount_people.spent_in(of, date(2026, 5, 20), date(2026, 6, 2))


def test_coverage(of: Recorded, report: Report) -> None:
    figures, tables = recount_people.coverage(of)
    document = report("coverage")
    assert set(figures) == set(document["figures"])
    assert set(tables) == set(document["tables"])
    same(document, figures, tables)


def test_leaks(of: Recorded, report: Report) -> None:
    document = report("leaks")
    assert {one["person"]: tuple(one["codes"]) for one in document["people"]} == recount_people.leaks(of)
    assert document["people"]


@pytest.mark.parametrize("monday", [date(2026, 5, 18), date(2026, 5, 25), date(2026, 6, 1)])
def test_the_week(of: Recorded, report: Report, monday: date) -> None:
    days = "--since", f"{monday}", "--until", f"{monday + timedelta(days=7)}"
    document = report("week", *days)
    assert values(document) == recount_people.week(of, monday) | {
        "leaks_new": document["figures"]["leaks_new"]["value"]
    }
    before = {name: figure.get("before") for name, figure in document["figures"].items() if name != "leaks_new"}
    assert before == recount_people.week(of, monday - timedelta(days=7))


def test_cohorts_and_time_in_a_stage(of: Recorded, report: Report) -> None:
    document = report("funnel")
    entered = {month: row for month, row in rows(document, "cohorts").items() if row["entered"]}
    since = min(rows(document, "cohorts"))
    assert entered == {month: row for month, row in recount_people.cohorts(of).items() if month >= since}
    assert rows(document, "time_in_stage") == recount_people.stays(of)
