"""The short way from bytes to stored texts gives what the long way gives, whatever a CRM answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from adapters.hubspot.listing import ListReader
from adapters.hubspot.objects import facts_of
from adapters.hubspot.records import record as contact
from adapters.salesforce.bulk import table
from adapters.salesforce.objects import KNOWN
from adapters.salesforce.reading import PageReader, RowReader
from adapters.salesforce.records import record as lead
from adapters.salesforce.schema import _CELLS
from adapters.transport import parse
from connector.model import RawRecord
from connector.ports.adapter import PullRequest
from connector.store.landing_rows import Place, rows_of

TEXTS = st.text() | st.sampled_from(["\u0000", "\u007f", "\u2028", "Zoë 🙂", '"', "\\", "a,b\n"])
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
STAMPS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.123Z")  # noqa: DTZ001
IDS = st.from_regex(r"[0-9]{1,12}", fullmatch=True)
LEAD, CONTACTS = KNOWN["Lead"], facts_of("contacts")
PLACE = Place(1, "any", "any", 1, 1)


def stored(records: Sequence[RawRecord]) -> list[tuple[Any, ...]]:
    """Hashes, texts and all."""
    return list(rows_of(PLACE, records, 1))


@st.composite
def contacts(draw: st.DrawFn) -> dict[str, Any]:
    values = st.none() | TEXTS | st.sampled_from([7, True])
    names = ["email", "city", "0odd", "salesforceleadid", "salesforcecontactid", "hs_merged_object_ids", "extra"]
    properties = draw(st.dictionaries(st.sampled_from(names), values))
    if draw(st.booleans()):
        properties["lastmodifieddate"] = draw(STAMPS)
    row = {"id": draw(IDS), "properties": properties, "updatedAt": draw(STAMPS), "archived": draw(st.booleans())}
    return row | draw(st.sampled_from([{}, {"createdAt": "2025-01-02T03:04:05.678Z"}, {"url": "https://a.example"}]))


@given(st.lists(contacts()), st.permutations(["email", "city", "0odd", "lastmodifieddate"]))
def test_a_list_of_contacts(rows: list[dict[str, Any]], fields: list[str]) -> None:
    body = orjson.dumps({"results": rows, "paging": {"next": {"after": "7", "link": "x"}}})
    listed = ListReader(CONTACTS, PullRequest("contacts", tuple(fields))).read(body)
    assert listed.after == "7"
    long = [contact(CONTACTS, row, fields) for row in orjson.loads(body)["results"]]
    assert stored(listed.records) == stored(long)
    assert [dict(item.fields) for item in listed.records] == [dict(item.fields) for item in long]


def test_half_a_character_spoils_no_page() -> None:
    row = b'{"id": "1", "properties": {"email": "a\\ud83d"}, "updatedAt": "2026-01-01T00:00:00Z"}'
    listed = ListReader(CONTACTS, PullRequest("contacts", ("email",))).read(b'{"results": [%b]}' % row)
    assert listed.records[0].fields["email"] == "a\ud83d"
    assert listed.after is None


@st.composite
def leads(draw: st.DrawFn) -> dict[str, Any]:
    compound = st.sampled_from([{"city": "Ulm"}, None])
    values = st.none() | TEXTS | st.booleans() | NUMBERS
    row = draw(st.fixed_dictionaries({}, optional={"Email": values, "Age": values, "Where": values | compound}))
    row |= draw(st.fixed_dictionaries({}, optional={"IsDeleted": st.booleans(), "CreatedDate": STAMPS}))
    row |= draw(st.sampled_from([{}, {"MasterRecordId": "00Q2"}, {"IsConverted": True, "ConvertedContactId": "0031"}]))
    row |= draw(st.sampled_from([{}, {"LastModifiedById": None}, {"LastModifiedById": "0051"}]))
    return {"attributes": {"type": "Lead"}, "Id": draw(IDS), "SystemModstamp": draw(STAMPS), **row}


@given(st.lists(leads()), st.permutations(["Email", "Age", "Where", "Id", "IsDeleted"]))
def test_a_page_of_leads(rows: list[dict[str, Any]], fields: list[str]) -> None:
    body = json.dumps({"records": rows, "done": True, "totalSize": len(rows)}).encode()
    page = PageReader(LEAD, fields).read(body)
    assert page.done
    assert stored(page.records) == stored([lead(LEAD, row, fields) for row in parse(body)["records"]])


def test_a_parent_is_read_the_long_way() -> None:
    row = {"Id": "1", "SystemModstamp": "2026-01-01T00:00:00.000+0000", "Owner": {"Name": "Ann"}}
    page = PageReader(LEAD, ["Owner.Name"]).read(orjson.dumps({"records": [row], "done": False}))
    assert (dict(page.records[0].fields), page.done) == ({"Owner.Name": "Ann"}, False)


COLUMNS = ["Id", "SystemModstamp", "IsDeleted", "MasterRecordId", "Age", "Email", "Seen", "Unasked"]
READERS = {"IsDeleted": _CELLS["boolean"], "Age": _CELLS["double"], "Seen": _CELLS["datetime"]}
CELLS = st.tuples(
    IDS, STAMPS, st.sampled_from(["true", "false"]), st.sampled_from(["", "00Q2"]),
    st.sampled_from(["", "7", "7.5"]), TEXTS.map(lambda text: text.replace("\0", "")),
    st.just("") | STAMPS, st.just("x"),
)  # fmt: skip


@given(st.lists(st.tuples(CELLS, st.sampled_from([8, 8, 7]))), st.permutations(["Email", "Age", "Seen", "IsDeleted"]))
def test_the_lines_of_a_bulk_result(lines: list[tuple[tuple[str, ...], int]], fields: list[str]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells[:count] for cells, count in lines)
    columns, rows = table(text.getvalue().encode("utf-8", "replace"))
    reader = RowReader(LEAD, columns, fields, READERS)
    long = RowReader(LEAD, columns, fields, READERS)._long
    cells = list(rows)
    other = [long(each) for each in cells]
    assert stored(reader.read(cells)) == stored(other)
