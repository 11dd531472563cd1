"""Users of both systems become one colleague, wherever they are named, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from connector.store.database import Database
from connector.store.decisions import SqlDecisionStore
from connector.store.roster import NAMING, SqlRosterStore
from connector.store.sql import table
from connector.store.tables import Assignment, CrmUser, Cycle, Link, Person, PersonDirty, RoutingState
from tests.store.fuse import COMPANY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def insert(database: Database, model: Any, *rows: dict[str, Any]) -> None:
    with database.begin() as connection:
        for row in rows:
            connection.execute(table(model).insert().values(company=COMPANY, **row))


def user(system: str, owner_id: str, user_id: int, **more: Any) -> dict[str, Any]:
    return {"system": system, "owner_id": owner_id, "user_id": user_id, "active": True, "kind": "user", **more}


def person(person_id: int, owner_id: int) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "person_key": f"key-{person_id}",
        "created_at": NOW,
        "owner_id": owner_id,
        "provisional": False,
        "seq": 1,
        "unsettled": False,
        "stage": "lead",
        **dict.fromkeys(("open_opportunities", "won_opportunities", "score_milli"), 0),
        **dict.fromkeys(("fit_milli", "engagement_milli", "readiness_milli"), 0),
    }


def test_every_mention_of_a_split_colleague_moves(database: Database) -> None:
    insert(database, CrmUser, user("blue", "b1", 1), user("green", "g1", 7), user("green", "g2", 8))
    insert(database, Person, person(1, 7), person(2, 8))
    row = {"assignment_id": 1, "person_id": 1, "owner_id": 7, "kind": "hand_off", "at": NOW, "seq": 1}
    insert(database, Assignment, row)
    pool = {"pool": "default", "day": "", "given": 0, "credit_micro": 0}
    insert(database, RoutingState, {**pool, "user_id": 1}, {**pool, "user_id": 7})
    store = SqlRosterStore(database)
    store.unify(COMPANY, [(1, 7)])
    assert [(seat.owner_id, seat.user_id) for seat in store.seats(COMPANY)] == [("b1", 1), ("g1", 1), ("g2", 8)]
    with database.read() as connection:
        for target, column in NAMING:
            assert 7 not in connection.execute(select(target.c[column])).scalars().all(), (target.name, column)
        dirty = connection.execute(select(table(PersonDirty).c.person_id)).scalars().all()
        assert connection.execute(select(table(RoutingState).c.user_id)).scalars().all() == [1]
    assert dirty == [1]


def test_every_column_that_names_a_colleague_is_known() -> None:
    ours = {(target.name, column) for target, column in NAMING} | {("routing_state", "user_id")}
    named = {
        (each.name, column.name)
        for each in table(CrmUser).metadata.tables.values()
        for column in each.c
        if column.name.endswith(("user_id", "owner_id")) and column.type.python_type is int
    }
    assert named == ours


def test_open_leads_are_counted_by_who_owns_the_primary_record(database: Database) -> None:
    insert(database, Person, person(1, 1), person(2, 1))
    link = {"system": "blue", "object": "leads", "family": "person", "state": "active", "stamped": False, "seq": 1}
    link |= {"first_seen_at": NOW, "is_primary": True}
    insert(
        database,
        Link,
        {**link, "link_id": 1, "person_id": 1, "record_id": "r1", "external_key": "k1", "mapped": {"owner": "b1"}},
    )
    insert(
        database,
        Link,
        {**link, "link_id": 2, "person_id": 2, "record_id": "r2", "external_key": "k2", "mapped": {"owner": "b1"}},
    )
    insert(
        database, Link, {**link, "link_id": 3, "person_id": 1, "record_id": "r3", "external_key": "k3", "mapped": {}}
    )
    cycle = {"motion": "new_business", "number": 1, "origin": "marketing", "opened_at": NOW, "disposition": "open"}
    cycle |= {"disposition_at": NOW, "recycles": 0, "reconstructed": False, "adopted": False}
    insert(database, Cycle, {**cycle, "cycle_id": 1, "person_id": 1})
    insert(database, Cycle, {**cycle, "cycle_id": 2, "person_id": 2, "closed_at": NOW})
    assert SqlRosterStore(database).open_leads(COMPANY) == {("blue", "b1"): 1}


def test_a_colleague_who_came_back_is_active_under_the_new_id(database: Database) -> None:
    insert(database, CrmUser, user("blue", "b9", 1, active=False), user("blue", "b1", 1), user("green", "g1", 1))
    (found,) = SqlDecisionStore(database).users(COMPANY)
    assert found.active
    assert found.owner_ids == {"blue": "b1", "green": "g1"}


def held(database: Database, person_id: int, owner_id: int, *, kind: str | None = "hand_off") -> None:
    """A person whom sales holds, given to somebody by us unless ``kind`` is ``None``."""
    insert(database, Person, person(person_id, owner_id))
    cycle = {"cycle_id": person_id, "person_id": person_id, "number": 1, "motion": "new_business", "opened_at": NOW}
    more = {"disposition": "working", "disposition_at": NOW, "origin": "marketing", "recycles": 0}
    insert(database, Cycle, {**cycle, **more, "reconstructed": False, "adopted": kind is None})
    if kind is not None:
        row = {"assignment_id": person_id, "person_id": person_id, "cycle_id": person_id, "owner_id": owner_id}
        insert(database, Assignment, {**row, "kind": kind, "at": NOW, "seq": 1})


def test_only_people_we_gave_to_somebody_who_left_are_looked_at_again(database: Database) -> None:
    insert(database, CrmUser, user("blue", "b1", 1), user("blue", "b2", 2, active=False))
    held(database, 1, 1)
    held(database, 2, 2)
    held(database, 3, 2, kind="adopt")
    held(database, 4, 2, kind=None)
    store = SqlRosterStore(database)
    assert store.touch_departed(COMPANY, {1, 2}) == 0
    assert store.touch_departed(COMPANY, {1}) == 1
    with database.read() as connection:
        assert connection.execute(select(table(PersonDirty).c.person_id)).scalars().all() == [2]
    link = {
        "object": "people",
        "family": "person",
        "is_primary": True,
        "state": "active",
        "seq": 1,
        "first_seen_at": NOW,
    }
    for person_id in (2, 3, 4):
        row = {"link_id": person_id, "person_id": person_id, "record_id": f"r{person_id}", "mapped": {"owner": "b2"}}
        insert(database, Link, {"system": "blue", **link, **row, "external_key": f"k{person_id}"})
    assert store.left_behind(COMPANY, {1}) == {("blue", "b2"): 2}
    assert store.left_behind(COMPANY, {1, 2}) == {}
