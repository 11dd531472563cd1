"""What the evaluation costs and how it reads: one statement, one scan of the activities, and values of the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import event, insert, select, update

from connector.rules.definitions import Definitions
from connector.rules.statement import evaluation
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from connector.store.facts import Form, environment
from connector.store.tables import Person, PersonFieldHistory, StageHistory
from tests.oracle import DAY, Event
from tests.rules.worlds import AS_OF, PersonCase, blank, days_ago, people, store, table


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The queries sent meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if statement.lstrip().upper().startswith(("WITH", "SELECT", "UPDATE", "INSERT")):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("then", [False, True])
def test_junk_score_rungs_and_grade_come_from_one_statement_with_one_scan(
    shared_database: Database, company: int, default_definitions: Definitions, then: bool
) -> None:
    store(shared_database, people(seed=5, count=30), company=company)
    evaluations = Evaluations(shared_database)
    with statements(shared_database) as sent:
        ask = evaluations.evaluate_then if then else evaluations.evaluate
        assert len(ask(company, default_definitions, AS_OF)) == 30
    assert len(sent) == 1
    assert sent[0].count("FROM activity") == 1
    assert sent[0].count("JOIN activity") == 0


def test_an_explanation_is_the_statement_and_its_evidence(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    store(shared_database, people(seed=5, count=3), company=company)
    with statements(shared_database) as sent:
        Evaluations(shared_database).explain(company, default_definitions, AS_OF, 2)
    assert len(sent) == 2


def test_the_day_is_a_parameter_of_the_text(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    store(shared_database, people(seed=5, count=3), company=company)
    evaluations = Evaluations(shared_database)
    with statements(shared_database) as sent:
        evaluations.evaluate(company, default_definitions, AS_OF, people=[1])
        evaluations.evaluate(company, default_definitions, AS_OF + DAY, people=[2, 3])
    assert sent[0] == sent[1]


def test_the_text_grows_with_the_rules_and_not_faster(default_definitions: Definitions) -> None:
    rules = len(list(default_definitions.scoring.rules())) + len(list(default_definitions.conditions()))
    form = Form(is_sqlite=True, named_people=False)
    text = str(evaluation(default_definitions, environment(form, default_definitions.fields)))
    assert len(text) < 1_000 * rules


def test_activities_are_read_back_to_the_widest_window(default_definitions: Definitions) -> None:
    stages = default_definitions.stages
    patient = replace(stages.stages[0], cold_days=500)
    later = Definitions(default_definitions.scoring, replace(stages, stages=(patient, *stages.stages[1:])))
    assert (default_definitions.widest_days, later.widest_days) == (365, 500)


def test_merged_people_and_other_companies_are_left_out(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    store(shared_database, people(seed=5, count=3), company=company)
    store(shared_database, people(seed=6, count=2), company=company + 1)
    person = table(Person)
    with shared_database.begin() as connection:
        connection.execute(
            update(person).where(person.c.company == company, person.c.person_id == 2).values(merged_into=1)
        )
    evaluations = Evaluations(shared_database)
    found = evaluations.evaluate(company, default_definitions, AS_OF)
    assert [one.person_id for one in found] == [1, 3]
    assert list(evaluations.evaluate_in_chunks(company, default_definitions, AS_OF, chunk_size=2)) == [found]


# ------------------------------------------------------------------------------------------ as of a day


def recorded(shared_database: Database, company: int, *rows: tuple[int, int, str, int, str | None, int | None]) -> None:
    """(seq, person, field, valid_from, text, number)"""
    names = ("seq", "person_id", "field", "valid_from", "value_text", "value_number")
    with shared_database.begin() as connection:
        connection.execute(
            insert(table(PersonFieldHistory)),
            [{"company": company, **dict(zip(names, row, strict=True))} for row in rows],
        )


def test_then_reads_the_last_value_that_was_valid(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    now = blank(has_email=True, seniority="vp", employees=200, account_status="competitor")
    store(shared_database, [PersonCase(1, now, ())], company=company)
    recorded(
        shared_database,
        company,
        (1, 1, "has_email", days_ago(90), None, 1),
        (2, 1, "seniority", days_ago(60), "Director", None),
        (3, 1, "seniority", days_ago(60), "manager", None),  # same moment, known later: wins
        (4, 1, "seniority", days_ago(10), "vp", None),
        (5, 1, "employees", days_ago(60), None, 200),
        (6, 1, "employees", days_ago(40), None, None),  # it became unknown
    )
    evaluations = Evaluations(shared_database)
    fits = {age: evaluations.evaluate_then(company, default_definitions, AS_OF - age * DAY) for age in (61, 50, 20, 0)}
    unknown = 3 + 2 + 1  # function, industry and country were never recorded
    assert {age: one.fit_milli // 1000 for age, (one,) in fits.items()} == {
        61: unknown + 3 + 3,
        50: unknown + 5 + 10,
        20: unknown + 5 + 3,
        0: unknown + 10 + 3,
    }
    # The competitor is known now only: not recorded is not known then.
    assert {one.junk_rule for (one,) in fits.values()} == {None}
    assert evaluations.evaluate(company, default_definitions, AS_OF)[0].junk_rule == "competitor"


def test_then_counts_what_had_happened_and_was_known(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    events = (
        Event(1, "hand_raise", days_ago(20), known_at=days_ago(20)),
        Event(2, "meeting_held", days_ago(20), known_at=days_ago(2)),  # logged late: would leak into the past
    )
    store(shared_database, [PersonCase(1, blank(has_email=True), events)], company=company)
    recorded(shared_database, company, (1, 1, "has_email", days_ago(90), None, 1))
    evaluations = Evaluations(shared_database)

    def engagement(age: int) -> int:
        (one,) = evaluations.evaluate_then(company, default_definitions, AS_OF - age * DAY)
        return one.engagement_milli // 1000

    assert [engagement(age) for age in (21, 20, 10, 0)] == [0, 20, 20, 10 + 15]


def test_then_knows_the_stage_of_that_day(shared_database: Database, company: int) -> None:
    store(shared_database, [PersonCase(1, blank(stage="lead"), ())], company=company)
    moves = [(1, "suspect", 30), (2, "lead", 10)]
    with shared_database.begin() as connection:
        connection.execute(
            insert(table(StageHistory)),
            [
                {"company": company, "person_id": 1, "seq": seq, "stage_to": stage, "at": days_ago(age), "by": "rule"}
                for seq, stage, age in moves
            ],
        )
    form = Form(is_sqlite=shared_database.is_sqlite, named_people=False, then=True)
    person = environment(form, ("stage", "stage_since")).person
    with shared_database.read() as connection:
        found = [
            connection.execute(
                select(person.c.stage, person.c.stage_since), {"of_company": company, "as_of": AS_OF - age * DAY}
            ).one()
            for age in (31, 20, 0)
        ]
    assert [tuple(row) for row in found] == [(None, None), ("suspect", days_ago(30)), ("lead", days_ago(10))]


# ------------------------------------------------------------------------------------------ rescore


def test_rescore_writes_only_what_changed(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    store(shared_database, people(seed=8, count=40), company=company)
    store(shared_database, people(seed=9, count=5), company=company + 1)
    evaluations = Evaluations(shared_database)
    verdicts = {one.person_id: one for one in evaluations.evaluate(company, default_definitions, AS_OF)}
    with statements(shared_database) as sent:
        changed = evaluations.rescore(company, default_definitions, AS_OF)
    assert len(sent) == 1
    assert set(changed) == {name for name, one in verdicts.items() if one.total_milli or one.junk_rule}
    person = table(Person)
    with shared_database.read() as connection:
        rows = (
            connection.execute(
                select(person.c.person_id, person.c.score_milli, person.c.fit_milli, person.c.junk_rule).where(
                    person.c.company == company
                )
            )
            .mappings()
            .all()
        )
        other = person.c.company == company + 1
        others = connection.execute(select(person.c.score_milli).where(other)).scalars().all()
    for row in rows:
        verdict = verdicts[row["person_id"]]
        assert (row["score_milli"], row["fit_milli"]) == (verdict.total_milli, verdict.fit_milli)
        assert row["junk_rule"] == verdict.junk_rule
    assert set(others) == {0}
    assert evaluations.rescore(company, default_definitions, AS_OF) == ()


def test_last_times_are_aware_moments(
    shared_database: Database, company: int, default_definitions: Definitions
) -> None:
    moment = days_ago(2)
    store(shared_database, [PersonCase(1, blank(has_email=True), (Event(1, "hand_raise", moment),))], company=company)
    (one,) = Evaluations(shared_database).evaluate(company, default_definitions, AS_OF)
    assert one.last_signal_at == one.last_hand_raise_at
    assert one.last_signal_at is not None
    assert one.last_signal_at.utcoffset() == timedelta(0)
    assert one.next_change_days == 12  # the hand-raise is 2 days old and full for 14
