"""Each invariant is green on a healthy company and goes red, alone, on one broken row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from connector.store.database import Database
from connector.store.invariant_statements import INVARIANTS
from connector.store.invariants import check
from connector.store.tables import (
    Activity,
    BaselineRow,
    Counter,
    Cycle,
    Journal,
    Landing,
    Link,
    MatchKey,
    OutboxRow,
    Person,
    PersonDirty,
    PlanRow,
    Run,
    ScoreHistory,
)
from tests.report.rows import ANN, NOW, Rows, ago, healthy, opened

Break = Callable[[Rows], None]
NOBODY = 999


def _task_of_nobody(rows: Rows) -> None:
    row = {"action_id": "act-9", "plan_id": 1, "person_id": NOBODY, "system": "salesforce", "object": "Task"}
    state = {"target": "t", "kind": "task", "lane": "create", "level": "assign", "state": "planned"}
    rows.add(OutboxRow, **row, **state, changes={}, created_at=NOW, attempts=0, steps_done=0)


def _unresolved(rows: Rows) -> None:
    row = {"system": "hubspot", "object": "contacts", "record_id": "555", "modified_at": NOW, "content_hash": "h"}
    rows.add(Landing, **row, generation=0, fields={}, landed_at=NOW, seq=2)


def _merged_away(rows: Rows) -> None:
    rows.person(2)
    rows.change(Person, of_person_id=2, merged_into=ANN)


def _journal_again(rows: Rows) -> None:
    row = {"seq": 21, "action_id": "act-1", "person_id": ANN, "link_id": 11, "at": NOW}
    rows.add(Journal, **row, system="salesforce", object="Lead", record_id="1", field="Grade__c", after="A")
    rows.change(BaselineRow, fields={"Grade__c": ["A", "A", 21]})


def _second_open_plan(rows: Rows) -> None:
    with rows.database.begin() as connection:
        connection.execute(text("DROP INDEX IF EXISTS uq_plan_open"))
    for plan_id in (2, 3):
        rows.add(PlanRow, plan_id=plan_id, run_id=1, digest="d", state="open", created_at=NOW)


def _in_flight(rows: Rows) -> None:
    rows.change(OutboxRow, state="unknown")


BREAKS: dict[str, Break] = {
    "dirty_without_person": lambda rows: rows.add(PersonDirty, person_id=NOBODY, since_seq=1, why="test"),
    "link_without_person": lambda rows: rows.link(99, NOBODY, record_id="99"),
    "outbox_without_person": _task_of_nobody,
    "cycle_without_person": lambda rows: rows.cycle(9, NOBODY),
    "assignment_without_person": lambda rows: rows.assignment(9, NOBODY),
    "activity_without_person": lambda rows: _activity_of_nobody(rows),
    "not_one_primary_link": lambda rows: rows.link(12, ANN, record_id="102"),
    "merged_person_with_links": _merged_away,
    "match_key_of_dead_link": lambda rows: rows.add(MatchKey, kind="email", value="b@acme.example", link_id=NOBODY),
    "unresolved_behind_cursor": _unresolved,
    "sequence_ahead_of_counter": lambda rows: rows.change(Counter, value=19),
    "two_open_cycles": lambda rows: rows.cycle(2, ANN, number=2),
    "qualified_without_owner_or_step": lambda rows: rows.change(Person, owner_id=None),
    "grade_without_open_lead": lambda rows: rows.change(Cycle, closed_at=NOW),
    "stage_not_last_move": lambda rows: rows.stage(ANN, "prospect", 30),
    "published_score_not_recorded": lambda rows: rows.change(ScoreHistory, score_milli=60_000),
    "in_flight_without_run": _in_flight,
    "confirmed_without_journal": lambda rows: rows.remove(Journal),
    "confirmed_without_baseline": lambda rows: rows.change(BaselineRow, fields={}),
    "baseline_not_as_written": lambda rows: rows.change(BaselineRow, fields={"Grade__c": ["A", "B", 19]}),
    "baseline_without_link": lambda rows: rows.add(BaselineRow, link_id=NOBODY, fields={}),
    "journal_without_outbox": lambda rows: rows.remove(OutboxRow),
    "written_twice": _journal_again,
    "two_open_plans": _second_open_plan,
}


def _activity_of_nobody(rows: Rows) -> None:
    row = {"activity_id": 9, "person_id": NOBODY, "signal": "reply", "occurred_at": NOW, "known_at": NOW}
    rows.add(Activity, **row, known_seq=3, source_key="k9", source="hubspot", direction="human")


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_store_url"])
def test_every_invariant_goes_red_alone(request: pytest.FixtureRequest, engine: str) -> None:
    with opened(request.getfixturevalue(engine)) as database:
        found = {}
        for number, (name, damage) in enumerate(BREAKS.items(), start=1):
            rows = healthy(database, number)
            assert check(database, number) == [], name
            damage(rows)
            found[name] = [violation.name for violation in check(database, number)]
        assert found == {name: [name] for name in BREAKS}


def test_every_invariant_has_a_broken_row_here() -> None:
    assert {invariant.name for invariant in INVARIANTS} == set(BREAKS)


ALLOWED: dict[str, Break] = {
    "a person's edit was accepted after our write": lambda rows: rows.change(
        BaselineRow, fields={"Grade__c": ["A", "B", 21]}
    ),
    "a merged person's old links are closed": lambda rows: rows.link(12, ANN, record_id="102", state="merged"),
    "a run that was stopped leaves an unknown write": lambda rows: _stopped(rows),
    "history from before go-live is inherited": lambda rows: _inherited(rows),
    "a null value is written and read back": lambda rows: _null_written(rows),
    "marketing answers, with a next step": lambda rows: rows.change(Person, owner_id=None, accountable="marketing"),
    "a converted record still leads to its person": lambda rows: rows.change(
        Link, of_link_id=10, state="converted", is_primary=False
    ),
    "a record that came after the cursor waits": lambda rows: _waiting(rows),
}


def _stopped(rows: Rows) -> None:
    _in_flight(rows)
    rows.change(Run, status="stopped")


def _inherited(rows: Rows) -> None:
    rows.change(Person, owner_id=None)
    rows.change(Cycle, reconstructed=True, handed_off_at=ago(days=30))


def _null_written(rows: Rows) -> None:
    change = {"before": "A", "after": None, "ours": None}
    rows.change(OutboxRow, changes={"Grade__c": change})
    rows.change(Journal, after=None)
    rows.change(BaselineRow, fields={"Grade__c": [None, None, 19]})


def _waiting(rows: Rows) -> None:
    row = {"system": "hubspot", "object": "contacts", "record_id": "555", "modified_at": NOW, "content_hash": "h"}
    rows.add(Landing, **row, generation=0, fields={}, landed_at=NOW, seq=4)


def test_what_is_allowed_stays_green(database_url: str) -> None:
    with opened(database_url) as database:
        found = {}
        for number, (name, act) in enumerate(ALLOWED.items(), start=1):
            act(healthy(database, number))
            found[name] = check(database, number)
        assert found == {name: [] for name in ALLOWED}


def test_a_violation_counts_and_names_an_example_by_id(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.link(12, ANN, record_id="102")
        rows.person(2, email="b@acme.example")
        rows.link(22, 2, record_id="202")
        [violation] = check(database, 1)
        assert (violation.name, violation.count) == ("not_one_primary_link", 2)
        assert violation.example == "person 1 hubspot person"
        assert violation.sentence


def test_what_was_wanted_must_stand_in_the_pair_too(database_url: str) -> None:
    with opened(database_url) as database:
        healthy(database).change(BaselineRow, fields={"Grade__c": ["B", "A", 19]})
        assert [violation.name for violation in check(database, 1)] == ["baseline_not_as_written"]


def test_a_deleted_record_cannot_be_matched(database_url: str) -> None:
    with opened(database_url) as database:
        healthy(database).change(Link, of_link_id=10, state="deleted", is_primary=False)
        assert [violation.name for violation in check(database, 1)] == ["match_key_of_dead_link"]


def test_a_damaged_sqlite_file_is_found(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        healthy(database)
        _forbid_null_titles(database)
    with opened(sqlite_url) as database:
        assert [violation.name for violation in check(database, 1)] == ["integrity"]


def _forbid_null_titles(database: Database) -> None:
    # The schema is made stricter behind the table's back, so that a stored row contradicts it.
    Rows(database).change(Person, title=None)
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA writable_schema = ON")
    cursor.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'title VARCHAR,', 'title VARCHAR NOT NULL,') WHERE name = 'person'"
    )
    assert cursor.rowcount == 1
    cursor.close()
    connection.close()


def test_an_invalid_postgresql_index_is_found(postgres_store_url: str) -> None:
    with opened(postgres_store_url) as database:
        healthy(database)
        with database.begin() as connection:
            damage = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST('uq_plan_open' AS regclass)"
            connection.execute(text(damage))
        [violation] = check(database, 1)
        assert (violation.name, violation.example) == ("integrity", "index uq_plan_open")


def test_a_missing_next_step_breaks_the_promise(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        healthy(database).change(Person, next_step="")
        assert [violation.name for violation in check(database, 1)] == ["qualified_without_owner_or_step"]
