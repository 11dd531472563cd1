"""Open cycles as the store sees them, leaks as the decision calls them, split in new and inherited."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlmodel import SQLModel

from connector.decide import leaks as decided
from connector.decide.business_hours import Hours
from connector.decide.leaks import bounds
from connector.ports.reporting import OpenCycle
from connector.report.leaks import SENTENCES, LeakReport, is_inherited, leak_report, responsible
from connector.report.leaks_document import leaks_document
from connector.report.picture import text_of
from connector.report.standing import Standing
from connector.report.terminal import draw_report
from connector.store.reporting import SqlReporting
from connector.store.tables import Assignment, Cycle, FollowUp, Link, Person
from tests.report.rows import ANN, LEAD_ID, LEFT, LIVE, NOW, QUEUE, REP, ago, all_open_cycles, healthy, opened

HOURS = Hours(ZoneInfo("Europe/Berlin"))


def _report(cycles: list[OpenCycle]) -> LeakReport:
    return leak_report("acme", cycles, HOURS, now=NOW, live_since=LIVE)


def test_a_healthy_company_does_not_leak(database_url: str) -> None:
    with opened(database_url) as database:
        healthy(database)
        [cycle] = all_open_cycles(database)
    assert cycle.owner == "active"
    assert cycle.has_clock is True
    assert cycle.records == ("hubspot contacts 101", f"salesforce Lead {LEAD_ID}")
    assert _report([cycle]).people == ()


def test_each_stored_state_leaks_as_it_should(database_url: str) -> None:
    with opened(database_url) as database:
        reporting = SqlReporting(database)
        found = {}
        for number, (name, (model, values)) in enumerate(STATES.items(), start=1):
            rows = healthy(database, number)
            rows.change(model, **values) if values else rows.remove(model)
            found[name] = [one.codes for one in _report(reporting.leak_candidates(number, bounds(NOW))).people]
    expected = {name: [(name.split(":")[0],)] for name in STATES if not name.startswith("fine")}
    assert found == expected | {name: [] for name in STATES if name.startswith("fine")}


STATES: dict[str, tuple[type[SQLModel], dict[str, Any]]] = {
    "no_owner: nobody": (Person, {"owner_id": None}),
    "no_owner: left": (Person, {"owner_id": LEFT}),
    "no_owner: a team does not do for sales": (Person, {"owner_id": None, "accountable": "marketing"}),
    "no_owner: a queue for days": (Person, {"owner_id": QUEUE}),
    "no_next_step: empty": (Person, {"next_step": None, "next_step_due": None}),
    "overdue: for days": (Person, {"next_step_due": ago(days=10)}),
    "no_clock: none": (FollowUp, {}),
    "no_track: back with marketing": (Cycle, {"disposition": "open"}),
    "undecided_rejection: for days": (Cycle, {"disposition": "rejected", "disposition_at": ago(days=6)}),
    "fine: restricted people are out of scope": (Person, {"owner_id": None, "processing_restricted": True}),
    "fine: no living record": (Link, {"state": "deleted"}),
    "fine: merged away": (Person, {"owner_id": None, "merged_into": 5}),
    "fine: closed": (Cycle, {"closed_at": NOW}),
    "fine: stage name": (Person, {"stage": "name", "owner_id": None}),
    "fine: overdue for an hour": (Person, {"next_step_due": ago(hours=1)}),
}


def test_states_use_every_code() -> None:
    used = {name.split(":")[0] for name in STATES} - {"fine"}
    assert used | {decided.NOT_EVALUATED} == set(SENTENCES)


def test_a_hand_off_without_a_promise_needs_no_clock(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.remove(FollowUp)
        rows.change(Assignment, until=NOW)
        rows.assignment(2, ANN, cycle_id=1, promise=None, kind="adopt")
        [cycle] = all_open_cycles(database)
    assert cycle.has_clock is True


def test_an_earlier_reps_clock_does_not_cover_the_next(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.change(Assignment, until=NOW)
        rows.assignment(2, ANN, cycle_id=1, owner_id=REP, at=NOW)
        [cycle] = all_open_cycles(database)
    assert cycle.has_clock is False
    assert cycle.owner_since == NOW


CYCLE = OpenCycle(
    person_id=1,
    person_key="key-1",
    stage="lead",
    disposition="open",
    disposition_at=ago(days=3),
    reconstructed=False,
    records=("hubspot contacts 101",),
)


@pytest.mark.parametrize(
    ("owner", "accountable", "disposition", "answer"),
    [
        ("", None, "open", "nobody"),
        ("", "nobody", "open", "nobody"),
        ("", "marketing", "open", "team"),
        ("inactive", "marketing", "recycled", "team"),
        ("inactive", "marketing", "accepted", "inactive"),
        ("active", None, "open", "person"),
        ("queue", "", "assigned", "queue"),
    ],
)
def test_who_answers(owner: str, accountable: str | None, disposition: str, answer: str) -> None:
    assert responsible(replace(CYCLE, owner=owner, accountable=accountable, disposition=disposition)) == answer


def test_history_is_inherited_until_we_move_it() -> None:
    old = replace(CYCLE, reconstructed=True, disposition_at=LIVE - timedelta(days=1))
    assert is_inherited(old, LIVE)
    assert is_inherited(CYCLE, None)
    assert not is_inherited(CYCLE, LIVE)
    assert not is_inherited(replace(old, handed_off_at=LIVE), LIVE)
    assert not is_inherited(replace(old, disposition_at=LIVE + timedelta(days=1)), LIVE)


def _leaking() -> LeakReport:
    old = replace(CYCLE, person_key="key-0", reconstructed=True, disposition_at=LIVE - timedelta(days=1))
    many = [replace(old, person_key=f"old-{n}", stage="prospect") for n in range(30)]
    return _report([old, *many, replace(CYCLE, next_step_due=ago(days=20))])


def test_new_leaks_come_first_and_are_counted_apart() -> None:
    report = _leaking()
    assert (report.new, report.inherited) == (1, 31)
    assert report.people[0].person == "key-1"
    assert report.by_code(inherited=False) == {"no_owner": 1, "no_track": 1, "no_next_step": 1, "overdue": 1}


def test_the_forms_of_the_report() -> None:
    document = json.loads(json.dumps(_leaking().as_json()))
    assert (document["schema"], document["new"], document["inherited"]) == (1, 1, 31)
    assert document["people"][0]["codes"] == ["no_owner", "no_track", "no_next_step", "overdue"]
    assert document["people"][0]["next_step_due"] == ago(days=20).isoformat()
    rows = list(csv.DictReader(io.StringIO(_leaking().as_csv())))
    assert len(rows) == 32
    assert rows[0]["codes"] == "no_owner;no_track;no_next_step;overdue"
    assert rows[0]["records"] == "hubspot contacts 101"


def test_the_picture_of_leaks_fits() -> None:
    document = leaks_document(_leaking(), Standing("d" * 32, "signed", "agreed"), ZoneInfo("Europe/Berlin"))
    picture = text_of(lambda console: draw_report(document, console))
    assert max(len(line) for line in picture.splitlines()) <= 80
    assert re.search(r"new leaks +1\n", picture)
    assert re.search(r"inherited leaks +31\n", picture)
    assert "and 11 more" in picture
