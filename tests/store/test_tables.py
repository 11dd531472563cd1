"""What every table keeps to: company first, moments as integers, histories that are only appended to."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel

from connector.clock import EPOCH, from_micros, to_micros
from connector.store import tables
from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import Company, Definition, Run
from connector.store.types import Instant

MODELS = {str(model.__tablename__): model for model in (getattr(tables, name) for name in tables.__all__)}
OF_NOBODY = {"definition"}
"""Shared by all companies: a digest of rules says nothing about anybody."""
ONLY_APPENDED = {
    "definition",
    "schema_snapshot",
    "tombstone",
    "link_event",
    "field_history",
    "person_field_history",
    "activity",
    "opportunity_history",
    "stage_history",
    "disposition_history",
    "score_history",
    "assignment",
    "track_history",
    "follow_up_event",
    "win_model",
    "journal",
}


@pytest.mark.parametrize("name", sorted(set(SQLModel.metadata.tables) - OF_NOBODY))
def test_company_comes_first_in_every_key(name: str) -> None:
    target = SQLModel.metadata.tables[name]
    first = next(iter(target.primary_key)).name
    assert first == ("id" if name == "company" else "company")
    for index in target.indexes:
        assert next(iter(index.columns)).name == "company", f"{index.name} would mix companies"


def test_the_package_names_every_table() -> None:
    assert set(MODELS) == set(SQLModel.metadata.tables)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_histories_say_that_they_are_only_appended_to(name: str) -> None:
    said = "APPEND-ONLY" in (MODELS[name].__doc__ or "")
    assert said == (name in ONLY_APPENDED)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_moment_is_an_integer_and_every_column_has_a_portable_type(name: str) -> None:
    for column in SQLModel.metadata.tables[name].columns:
        assert not re.search("DATE|TIME|FLOAT|REAL|NUMERIC", str(column.type).upper()), column
        if column.name.endswith(("_at", "_until")) and column.name not in ("returned_at",):
            assert isinstance(column.type, Instant), column


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_table_says_what_it_is(name: str) -> None:
    assert len(inspect.getdoc(MODELS[name]) or "") > 20


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-840, 840))
def test_microseconds_are_exact_in_every_zone(moment: datetime, offset_minutes: int) -> None:
    assert from_micros(to_micros(moment)) == moment
    try:
        elsewhere = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    except OverflowError:
        return
    assert to_micros(elsewhere) == to_micros(moment)


@pytest.mark.parametrize(
    "moment",
    [
        EPOCH,
        EPOCH - timedelta(microseconds=1),
        datetime(2026, 3, 29, 1, 30, 0, 999_999, tzinfo=UTC),
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_as_it_went_in(database: Database, moment: datetime) -> None:
    run = table(Run)
    row = {"company": 1, "run_id": 1, "kind": "sync", "status": "ok", "started_at": moment}
    with database.begin() as connection:
        connection.execute(insert(run).values(row))
        # The raw number is what rules compute with.
        assert connection.execute(text("SELECT started_at FROM run")).scalar_one() == to_micros(moment)
    with database.read() as connection:
        found = connection.execute(select(run.c.started_at).where(run.c.started_at == moment)).scalar_one()
    assert found == moment
    assert found.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    statement = insert(table(Company)).values(id=2, name="b", live_since=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(Exception, match="aware"), database.begin() as connection:
        connection.execute(statement)


def test_no_document_is_null_and_null_inside_one_stays(database: Database) -> None:
    definition = table(Definition)
    row = {"digest": "d", "kind": "mapping", "body": {"a": None, "b": [1.5, True, "é\u2028"]}, "first_used_at": EPOCH}
    with database.begin() as connection:
        connection.execute(insert(definition).values(row))
        connection.execute(insert(table(Run)).values(company=1, run_id=9, kind="k", status="s", started_at=EPOCH))
    with database.read() as connection:
        assert connection.execute(select(definition.c.body)).scalar_one() == row["body"]
        assert connection.execute(text("SELECT count(*) FROM run WHERE counts IS NULL")).scalar_one() == 1
