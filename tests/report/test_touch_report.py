"""Human touches on both databases, which tasks were ticked off, and the figures of the hand-off report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.ports.decisions import DecisionStamp, PersonDecision
from connector.ports.figures import TouchMade
from connector.report.document import Period, Report
from connector.report.hand_off_document import hand_off_document
from connector.report.people_names import Names
from connector.report.standing import Standing
from connector.store.decisions import SqlDecisionStore
from connector.store.figures import SqlFigures
from connector.store.tables import Activity, OutboxRow, TrackTouch
from tests.report.rows import ANN, NOW, REP, ago, healthy, opened

KEY = f"{ANN}:touch:qualified_b:1772000000000000:touch0"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROW = {
    "key": KEY,
    "track": "qualified_b",
    "what": "call",
    "number": 0,
    "times": 3,
    "owner_id": REP,
    "asked_at": ago(days=2),
    "due_at": ago(days=1),
    "late_at": NOW,
    "state": "running",
    "touched_at": None,
    "touched_by": None,
    "broken_at": None,
    "decided_by": None,
    "escalated_at": None,
    "given_at": None,
}


def test_a_clock_is_saved_once_and_changed_in_its_place(database_url: str) -> None:
    with opened(database_url) as database:
        healthy(database)
        healthy(database, 2)
        store = SqlDecisionStore(database)
        stamp = DecisionStamp(1, NOW, "d" * 32)
        store.save(1, [PersonDecision(ANN, {}, touches=[ROW])], [], stamp)
        kept = ROW | {"state": "kept", "touched_at": ago(hours=3), "touched_by": REP}
        store.save(1, [PersonDecision(ANN, {}, touches=[kept])], [], stamp)
        [facts] = store.facts(1, [ANN])
        figures = SqlFigures(database)
        [made] = figures.touches(1, ago(days=1), NOW)
        assert figures.touches(1, ago(hours=23)) == figures.touches(2) == []
    assert [{name: row[name] for name in kept} for row in facts.touch_rows] == [kept]
    assert made == TouchMade("qualified_b", 0, 3, ago(days=1), "kept", REP, ago(hours=3))


def test_a_task_that_was_ticked_off_is_known_by_what_asked_for_it_also_after_a_merge(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.add(TrackTouch, person_id=ANN, **ROW)
        rows.person(9, merged_into=ANN)
        for number, (person, key) in enumerate(((ANN, f"{KEY}:lead"), (9, "9:touch:welcome:17:touch1")), 1):
            target = f"salesforce:Task:note:{key}"
            task = {"action_id": f"t{number}", "plan_id": 1, "kind": "task", "lane": "create", "state": "confirmed"}
            task |= {"system": "salesforce", "object": "Task", "record_id": f"00T{number}", "target": target}
            rows.add(OutboxRow, person_id=person, changes={}, created_at=ago(days=2), **task)
        for number, record in enumerate(("00T1", "00T2", "00T3"), 80):
            done = {"activity_id": number, "link_id": 10, "person_id": ANN, "known_at": NOW, "known_seq": 3}
            done |= {"source_key": f"salesforce:Task:{record}:3", "source": "salesforce.Task", "direction": "us"}
            rows.add(Activity, signal="task_done", occurred_at=ago(hours=number), owner_id=REP, **done)
        [facts] = SqlDecisionStore(database).facts(1, [ANN])
    told = {key: (touch.at, touch.owner_id) for key, touch in facts.ticked.items()}
    assert told == {KEY: (ago(hours=80), REP), "9:touch:welcome:17:touch1": (ago(hours=81), REP)}


def touch(state: str, number: int = 0, owner_id: int | None = REP, *, given: bool = False) -> TouchMade:
    made = START if state == "kept" else None
    return TouchMade("qualified_b", number, 3, START, state, owner_id, made, given)


def report(rows: list[TouchMade]) -> Report:
    header = Standing("d" * 32, "signed", "agreed"), ZoneInfo("UTC"), Period(START, START + timedelta(days=7))
    return hand_off_document("acme", ([], rows), Names({REP: "Rita Rep"}, {}), lambda *_: 0, header)


def test_the_report_shows_touches_by_track_attempt_and_colleague() -> None:
    rows = [*[touch("kept")] * 3, touch("broken", 1), touch("unknown", 1, None), touch("running", 2), touch("ended", 2)]
    rows += [touch("broken", given=True)]
    found = report(rows)
    tables = {table.key: {row[0]: row[1:] for row in table.rows} for table in found.tables}
    assert tables["touches"]["qualified_b"] == (7, 3, 3, 2, 1, 1, 1, 0.6)
    assert tables["attempts"]["qualified_b: 1 of 3"] == (4, 3, 3, 1, 0, 0, 1, 0.75)
    assert tables["attempts"]["qualified_b: 3 of 3"] == (1, 0, 0, 0, 0, 1, 0, None)
    assert tables["touched_by"]["(nobody)"][0] == 1
    figures = {figure.key: figure for figure in found.figures}
    assert (figures["touches_asked"].value, figures["touches_broken"].value) == (7, 2)
    assert figures["touches_kept_share"].value == 0.6
    assert figures["touches_kept_share"].note.startswith("3 of 5; 95 % sure: ")


def test_without_touches_nothing_is_divided() -> None:
    figures = {figure.key: figure.value for figure in report([]).figures}
    assert (figures["touches_asked"], figures["touches_kept_share"]) == (0, None)
