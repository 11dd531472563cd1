"""What a page leaves in the store: the latest version of each record, the watermark, and who was touched."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connector.model import RawRecord, RecordRef, Watermark, Wire
from connector.ports.landing import KnownSchema, LandedPage, Unlike
from connector.ports.people import LandedRecord
from connector.rules.transforms import Unreadable, canonical
from connector.store.database import Database
from connector.store.landing import SqlLandingStore
from connector.store.resolve import SqlResolveStore
from connector.store.sql import table
from connector.store.tables import Landing, SchemaSnapshot
from tests.store.fuse import COMPANY, Died, Fuse

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ASKED = ("email", "score")


def record(record_id: str, at: datetime, fields: Mapping[str, Wire], **facts: Any) -> RawRecord:
    return RawRecord(RecordRef("blue", "contacts", record_id), at, dict(fields), **facts)


def land(
    database: Database,
    *records: RawRecord,
    covered_until: datetime | None = None,
    token: Mapping[str, Any] | None = None,
    asked: tuple[str, ...] = ASKED,
) -> int:
    page = LandedPage("blue", "contacts", "contacts", records, asked, token or {}, covered_until, NOW)
    return SqlLandingStore(database).land(COMPANY, page)


def row(database: Database, record_id: str = "1") -> Any:
    target = table(Landing)
    with database.read() as connection:
        return connection.execute(select(target).where(target.c.record_id == record_id)).one()


def unresolved(database: Database) -> list[LandedRecord]:
    return SqlResolveStore(database).unresolved(COMPANY, "blue", "contacts", 100)


def test_a_newer_version_replaces_an_older_one_and_never_the_other_way_round(database: Database) -> None:
    assert land(database, record("1", NOW, {"email": "a"})) == 1
    assert land(database, record("1", NOW + MINUTE, {"email": "b"})) == 1
    # An index that lags behind answers with what was there before.
    assert land(database, record("1", NOW, {"email": "a"})) == 0
    assert row(database).fields == {"email": "b"}
    assert row(database).modified_at == NOW + MINUTE


def test_another_content_of_the_same_second_is_taken(database: Database) -> None:
    land(database, record("1", NOW, {"email": "a"}))
    assert land(database, record("1", NOW, {"email": "b"})) == 1
    assert row(database).fields == {"email": "b"}


def test_what_is_read_again_unchanged_is_not_touched(database: Database) -> None:
    land(database, record("1", NOW, {"email": "a"}), record("2", NOW, {"email": "z"}))
    seq = row(database).seq
    assert land(database, record("1", NOW, {"email": "a"})) == 0
    assert (row(database).seq, row(database).landed_at) == (seq, NOW)


def test_a_stamp_that_moved_without_a_change_is_kept_but_touches_nobody(database: Database) -> None:
    """A CRM moves the stamp when our own value is written again, and says who wrote: that is an echo."""
    land(database, record("1", NOW, {"score": 5}, modified_by="person"))
    seq = row(database).seq
    assert land(database, record("1", NOW + MINUTE, {"score": 5}, modified_by="integration")) == 0
    assert (row(database).seq, row(database).modified_at) == (seq, NOW + MINUTE)
    assert land(database, record("1", NOW, {"score": 4})) == 0, "older than the echo"


def test_absent_null_and_empty_are_three_things(database: Database) -> None:
    land(database, record("1", NOW, {"email": None, "score": ""}))
    assert row(database).fields == {"email": None, "score": ""}
    assert land(database, record("1", NOW, {"email": None})) == 1, "a field that is no longer answered is a change"
    assert row(database).fields == {"email": None}
    assert land(database, record("1", NOW, {"email": ""})) == 1


def test_what_was_asked_for_is_known_later(database: Database) -> None:
    land(database, record("1", NOW, {"email": "a"}), asked=("email", "score"))
    land(database, record("2", NOW, {"email": "a"}), asked=("score", "email"))
    land(database, record("3", NOW, {"email": "a"}), asked=("email",))
    ids = [row(database, each).schema_id for each in "123"]
    assert ids[0] == ids[1] != ids[2]
    with database.read() as connection:
        fields = {each.schema_id: each.fields for each in connection.execute(select(table(SchemaSnapshot)))}
    assert [sorted(fields[each]) for each in ids] == [["email", "score"], ["email", "score"], ["email"]]


def test_a_deletion_keeps_what_was_known_of_the_record(database: Database) -> None:
    land(database, record("1", NOW, {"email": "a"}, created_at=NOW - MINUTE))
    assert land(database, record("1", NOW + MINUTE, {}, deleted=True)) == 1
    assert row(database).fields == {"email": "a"}
    assert row(database).deleted_at == NOW + MINUTE
    assert SqlLandingStore(database).landed(COMPANY, "blue", "contacts") == 0
    assert land(database, record("1", NOW + MINUTE, {}, deleted=True)) == 0
    assert land(database, record("1", NOW + 2 * MINUTE, {"email": "a"})) == 1, "somebody restored it"
    assert row(database).deleted_at is None


def test_of_two_versions_on_one_page_the_newer_counts(database: Database) -> None:
    assert land(database, record("1", NOW + MINUTE, {"email": "b"}), record("1", NOW, {"email": "a"})) == 1
    assert row(database).fields == {"email": "b"}


def test_the_watermark_never_moves_back_and_its_token_is_the_newest(database: Database) -> None:
    store = SqlLandingStore(database)
    assert store.watermark(COMPANY, "blue", "contacts") is None
    land(database, covered_until=NOW, token={"page": 1})
    land(database, covered_until=NOW - MINUTE, token={"page": 2})
    assert store.watermark(COMPANY, "blue", "contacts") == Watermark({"page": 2}, NOW)
    land(database, covered_until=None, token={"page": 3})
    assert store.watermark(COMPANY, "blue", "contacts") == Watermark({"page": 3}, NOW)
    land(database, covered_until=NOW + MINUTE, token={})
    assert store.watermark(COMPANY, "blue", "contacts") == Watermark({}, NOW + MINUTE)
    assert store.watermark(2, "blue", "contacts") is None


def test_rows_and_watermark_commit_together(database: Database, fuse: Fuse) -> None:
    fuse.light("before commit")
    with pytest.raises(Died):
        land(database, record("1", NOW, {"email": "a"}), covered_until=NOW)
    assert unresolved(database) == []
    assert SqlLandingStore(database).watermark(COMPANY, "blue", "contacts") is None
    land(database, record("1", NOW, {"email": "a"}), covered_until=NOW)
    assert [each.ref.record_id for each in unresolved(database)] == ["1"]


EXAMPLES = itertools.count()
VERSIONS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=1, max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=VERSIONS)
def test_whatever_the_order_of_versions_the_newest_stamp_stands(
    database: Database, versions: list[tuple[int, str]]
) -> None:
    record_id = str(next(EXAMPLES))  # the examples share a database
    kept: tuple[int, str] | None = None
    for minute, value in versions:
        is_touched = kept is None or (minute >= kept[0] and value != kept[1])
        assert land(database, record(record_id, NOW + minute * MINUTE, {"email": value})) == int(is_touched)
        if kept is None or minute >= kept[0]:
            kept = (minute, value)
    assert kept is not None
    stored = row(database, record_id)
    assert (stored.modified_at, stored.fields) == (NOW + kept[0] * MINUTE, {"email": kept[1]})


def test_the_schema_answer_is_known_for_exactly_these_wishes(database: Database) -> None:
    store = SqlLandingStore(database)
    assert store.known_schema(COMPANY, "blue", "contacts", ASKED) is None
    store.keep_schema(COMPANY, "blue", "contacts", ASKED, KnownSchema(("email",), NOW))
    assert store.known_schema(COMPANY, "blue", "contacts", ASKED) == KnownSchema(("email",), NOW)
    assert store.known_schema(COMPANY, "blue", "contacts", ("email",)) is None
    # The field comes back a day later, and goes again on the next.
    for days, fields in ((1, ASKED), (2, ("email",))):
        known = KnownSchema(fields, NOW + timedelta(days=days))
        store.keep_schema(COMPANY, "blue", "contacts", ASKED, known)
        assert store.known_schema(COMPANY, "blue", "contacts", ASKED) == known


def test_two_mappings_that_found_the_same_fields_keep_their_own_answers(database: Database) -> None:
    store = SqlLandingStore(database)
    store.keep_schema(COMPANY, "blue", "contacts", ("email", "gone"), KnownSchema(("email",), NOW))
    store.keep_schema(COMPANY, "blue", "contacts", ("email",), KnownSchema(("email",), NOW + MINUTE))
    assert store.known_schema(COMPANY, "blue", "contacts", ("email",)) == KnownSchema(("email",), NOW + MINUTE)


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 a character", "\x00"])
def test_a_text_that_no_database_keeps_does_not_stop_the_page(database: Database, text: str) -> None:
    whole = "Zoë \U0001f600 \u202e\u2028 e\u0301 \r\n"
    assert land(database, record("1", NOW, {"email": text, "name": whole}), record("2", NOW, {"email": "b"})) == 2
    assert row(database).fields["name"] == whole
    assert land(database, record("1", NOW, {"email": text, "name": whole})) == 0
    with pytest.raises(Unreadable, match="broken_text"):
        canonical("text", row(database).fields["email"])


def test_what_is_living_and_what_is_not_landed_just_so(database: Database) -> None:
    ana, ben = record("1", NOW, {"email": "a"}), record("2", NOW + MINUTE, {"email": "b"})
    land(database, ana, ben, record("3", NOW, {}, deleted=True))
    landing, here = SqlLandingStore(database), (COMPANY, "blue", "contacts")
    assert landing.living(*here) == {"1", "2"}
    assert landing.living(*here, since=NOW + MINUTE) == {"2"}
    assert landing.living(COMPANY, "blue", "deals") == landing.living(COMPANY + 1, "blue", "contacts") == set()
    assert landing.unlike(*here, [ana, ben]) == {}
    others = [record("1", NOW, {"email": "z"}), ben, record("3", NOW, {"email": "c"}), record("4", NOW, {})]
    assert landing.unlike(*here, others) == {
        "1": Unlike(is_missing=False, fields={"email": "a"}),
        "3": Unlike(is_missing=True, fields={}),
        "4": Unlike(is_missing=True, fields={}),
    }
    tied = record("1", NOW, {"email": "a"}, associations={"companies": ("7",)})
    assert set(landing.unlike(*here, [tied])) == {"1"}, "ties are a part of it"
    assert set(landing.unlike(COMPANY + 1, "blue", "contacts", [ana])) == {"1"}
