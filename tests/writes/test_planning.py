"""Folding verdicts into change sets, the plan's digest, and the guards: pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.guards import MassLimit, hold_guarded, is_mass, mass_changes, oscillates, removal_is_mass
from connector.decide.plan import Limits, fold_person, plan_digest, wait_after_refusal
from connector.decide.readback import judge, overtaken_value, state_after, still_expected
from connector.model import FieldWriter, Lane, Level, OutboxState
from connector.ports.outbox import (
    Change,
    LinkView,
    PersonView,
    PlannedRow,
    Refusal,
    SettledPair,
    changes_from_documents,
)
from tests.writes.writes_world import new_contact, owned, owner, shared

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def link(wire, base=None, **options):
    return LinkView(
        link_id=10,
        person_id=1,
        system="blue",
        object="contacts",
        family="people",
        record_id="r1",
        external_key="k1",
        stamped=False,
        parent_record_id=None,
        modified_at=NOW - timedelta(days=30),
        mapped={},
        wire=wire,
        base=base or {},
        **options,
    )


def person(*links, **options):
    return PersonView(1, {}, tuple(links), **options)


def as_it_is(system, object_name, name, value):
    return value


def fold(view, desired, wishes=(), level=Level.FULL):
    return fold_person(view, {10: desired}, wishes, as_it_is, Limits({"blue": level}, NOW))


def test_all_free_changes_of_a_record_are_one_write():
    folded = fold(
        person(link({"score": 1, "name": "Ann", "owner": None})),
        {"score": owned(2), "name": shared("Anna", policy="always_red"), "owner": owner("rep", 1, NOW)},
    )
    assert [(row.lane, row.level, sorted(row.changes)) for row in folded.rows] == [
        (Lane.CONTESTED, Level.FULL, ["name", "owner", "score"])
    ]
    assert folded.pending


@pytest.mark.parametrize(
    ("level", "rows"),
    [
        (Level.OBSERVE, [("level", Lane.CONTESTED, ["name", "owner", "score"])]),
        (Level.ANNOTATE, [(None, Lane.OWNED, ["score"]), ("level", Lane.CONTESTED, ["name", "owner"])]),
        (Level.ASSIGN, [(None, Lane.CONTESTED, ["owner", "score"]), ("level", Lane.CONTESTED, ["name"])]),
        (Level.FULL, [(None, Lane.CONTESTED, ["name", "owner", "score"])]),
    ],
)
def test_what_a_level_lets_through(level, rows):
    desired = {"score": owned(2), "name": shared("Anna", policy="always_red"), "owner": owner("rep", 1, NOW)}
    folded = fold(person(link({"score": 1, "name": "Ann", "owner": None})), desired, level=level)
    assert [(row.held_by, row.lane, sorted(row.changes)) for row in folded.rows] == rows


def test_a_record_with_a_write_in_flight_is_left_alone():
    view = person(link({"score": 1}), taken=frozenset({"blue:contacts:r1"}))
    folded = fold(view, {"score": owned(2)})
    assert folded.rows == []
    assert folded.pending


def test_nothing_to_write_is_settled_and_remembered():
    folded = fold(person(link({"score": 2})), {"score": owned(2)})
    assert folded.pairs == {10: {"score": SettledPair(2, 2)}}
    assert not folded.pending


@pytest.mark.parametrize(("attempts", "hours"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 24), (40, 24)])
def test_a_refused_value_rests_longer_each_time(attempts, hours):
    assert wait_after_refusal(Refusal(attempts, NOW)) == timedelta(hours=hours)


@pytest.mark.parametrize(("age_minutes", "planned"), [(59, 0), (60, 1)])
def test_a_refused_value_is_planned_again_after_its_rest(age_minutes, planned):
    refusals = {"score": Refusal(1, NOW - timedelta(minutes=age_minutes))}
    folded = fold(person(link({"score": 1}, refusals=refusals)), {"score": owned(2)})
    assert len(folded.rows) == planned
    assert folded.pending


def test_a_create_leaves_out_what_the_level_does_not_allow():
    wish = new_contact(1, "ann@example.com")
    wish = replace(wish, fields={**wish.fields, "status": replace(shared("Open"), level=Level.FULL)})
    folded = fold(person(), {}, [wish], Level.ASSIGN)
    assert [(row.held_by, sorted(row.changes)) for row in folded.rows] == [(None, ["email", "score"])]
    folded = fold(person(), {}, [wish], Level.ANNOTATE)
    assert [(row.held_by, sorted(row.changes)) for row in folded.rows] == [("level", ["email", "score", "status"])]


def test_what_was_created_once_is_not_created_again():
    wish = new_contact(1, "ann@example.com")
    assert fold(person(taken=frozenset({wish.target})), {}, [wish]).rows == []


rows_of_plan = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["score", "name"]), st.sampled_from(["x", "y", None])), max_size=8
)


@given(rows_of_plan, st.randoms(use_true_random=False))
def test_a_digest_depends_on_the_content_and_not_on_the_order(content, shuffler):
    rows = [planned(number, name, after) for number, name, after in content]
    mixed = list(rows)
    shuffler.shuffle(mixed)
    assert plan_digest(rows) == plan_digest(mixed)
    assert plan_digest(rows) != plan_digest([*rows, planned(99, "score", "z")])


def planned(number, name="name", after="B", policy="always_red", **options):
    change = Change("A", after, after, "text", policy, Level.FULL, **options)
    return PlannedRow(
        person_id=number,
        system="blue",
        object="contacts",
        target=f"blue:contacts:{number}",
        kind="update",
        lane=Lane.CONTESTED,
        level=Level.FULL,
        changes={name: change},
        record_id=str(number),
    )


@pytest.mark.parametrize(
    ("touched", "total", "mass"), [(50, 100, False), (51, 100, True), (51, 255, False), (52, 255, True), (51, 0, True)]
)
def test_how_many_are_a_mass(touched, total, mass):
    assert is_mass(touched, total) is mass
    assert removal_is_mass(touched, total) is mass


def test_scores_and_first_contact_are_not_counted_by_the_guard():
    linked = {("blue", "contacts"): 10}
    limit = MassLimit(records=2, percent=20)
    scores = [planned(number, "score", policy="leadloop") for number in range(5)]
    first = [planned(number, first_contact=True) for number in range(5)]
    assert mass_changes([*scores, *first], linked, limit) == {}
    assert mass_changes([planned(number) for number in range(5)], linked, limit) == {("blue", "contacts", "name"): 5}


def test_a_guard_takes_only_its_own_field_out_of_a_row():
    row = planned(1)
    score = Change(1, 2, 2, "integer", "leadloop", Level.ANNOTATE)
    row = replace(row, changes={**row.changes, "score": score})
    held = hold_guarded([row], {("blue", "contacts", "name"): 60})
    assert [(one.held_by, one.lane, one.level, sorted(one.changes)) for one in held] == [
        (None, Lane.OWNED, Level.ANNOTATE, ["score"]),
        ("guard", Lane.CONTESTED, Level.FULL, ["name"]),
    ]


@pytest.mark.parametrize(("times", "stops"), [(2, False), (3, True)])
def test_three_writes_of_one_value_are_an_oscillation(times, stops):
    assert oscillates({("score", 40): times, ("score", 41): 9}, "score", 40) is stops


CHANGE = Change("old", "New", "New", "text", "moment", Level.FULL)


@pytest.mark.parametrize(
    ("wire", "verdict", "state"),
    [
        ("New", "applied", OutboxState.CONFIRMED),
        (" new", "applied", OutboxState.CONFIRMED),
        ("old", "not_stored", OutboxState.REJECTED),
        ("else", "overtaken", OutboxState.CONFLICT),
    ],
)
def test_what_a_read_back_proves(wire, verdict, state):
    results = judge({"name": CHANGE}, {"name": wire})
    assert [result.verdict for result in results] == [verdict]
    assert state_after(results) is state


def test_a_field_that_was_not_answered_proves_nothing():
    assert judge({"name": CHANGE}, {})[0].verdict == "not_stored"


def test_expectation_is_exact():
    assert still_expected({"name": CHANGE}, {"name": "old"})
    assert not still_expected({"name": CHANGE}, {"name": "Old"})
    assert not still_expected({"name": CHANGE}, {})
    assert not still_expected({"flag": replace(CHANGE, before=True)}, {"flag": 1})


def writer(value, actor):
    return FieldWriter("name", value, NOW, actor, "")


@pytest.mark.parametrize(
    ("history", "lost"),
    [
        ([], None),
        ([("New", "us")], None),
        ([("New", "us"), ("old", "pat")], None),
        ([("New", "us"), ("hers", "pat"), ("old", "x")], "hers"),
        ([("later", "pat"), ("New", "us"), ("old", "x")], None),
        ([("New", "us"), ("New", "us"), ("old", "x")], None),
        ([("later", "pat")], None),
    ],
)
def test_a_lost_race_shows_in_the_history(history, lost):
    entries = [writer(value, actor) for value, actor in history]
    found = overtaken_value(CHANGE, entries, lambda actor: actor == "us")
    assert (found.value if found else None) == lost


def test_a_stored_change_comes_back_as_it_was():
    change = Change("A", "B", "B", "text", "moment", Level.ASSIGN, "rule", "why", "owner", 7, True)
    assert changes_from_documents({"x": change.as_document()}) == {"x": change}
