"""``leadloop import``: history of an unconnected company, each row once, bad rows listed, nothing ever written."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connector.clock import from_micros
from connector.store.sql import table
from connector.store.tables import Activity, Opportunity, OutboxRow, Person, PersonFieldHistory
from tests.history.shop import LEADS, Shop


def lead(number: int, **changed: Any) -> dict[str, Any]:
    row = {"id": f"L{number}", "came": "2025-03-01 22:30", "mail": f"p{number}@buyer.example", "job": "VP Sales"}
    return row | {"size": "120", "origin": "Paid", "score": "2.5", "scored": "2025-04-01"} | changed


def act(who: str, **changed: Any) -> dict[str, Any]:
    return {"who": who, "what": "Demo form", "at": "2025-03-05T10:00:00Z", "logged": ""} | changed


def deal(number: int, who: str, **changed: Any) -> dict[str, Any]:
    row = {"deal": f"D{number}", "who": who, "opened": "2025-04-01", "closed": "2025-05-01"}
    return row | {"amount": "1200.50", "state": "Won"} | changed


def rows_of(shop: Shop, model: Any, *names: str) -> list[tuple[Any, ...]]:
    database, wanted = shop.database(), table(model)
    with database.read() as connection:
        found = connection.execute(select(*(wanted.c[name] for name in names))).all()
    database.close()
    return sorted((tuple(row) for row in found), key=str)


def snapshot(shop: Shop) -> list[Any]:
    database = shop.database()
    with database.read() as connection:
        found = [
            connection.execute(select(table(model))).all()
            for model in (Person, PersonFieldHistory, Activity, Opportunity)
        ]
    database.close()
    return [sorted(map(tuple, rows), key=str) for rows in found]


def test_the_same_files_again_change_nothing(shop: Shop) -> None:
    shop.write("leads.csv", [lead(n) for n in range(1_200)])
    shop.write("acts.csv", [act(f"L{n}") for n in range(30)] + [act("P1@buyer.example", what="Paper")])
    shop.write("deals.csv", [deal(n, f"L{n}") for n in range(20)] + [deal(99, "L30", state="Lost", amount="0")])
    first = [shop.load(f"{kind}s.csv", what) for kind, what in _kinds()]
    assert [(code, doc["new"], doc["bad_rows"]) for code, doc in first] == [(0, 1_200, 0), (0, 31, 0), (0, 21, 0)]
    before = snapshot(shop)
    second = [shop.load(f"{kind}s.csv", what) for kind, what in _kinds()]
    assert [(code, doc["new"], doc["changed"]) for code, doc in second] == [(0, 0, 0)] * 3
    assert snapshot(shop) == before


def _kinds() -> list[tuple[str, str]]:
    return [("lead", "lead"), ("act", "activity"), ("deal", "deal")]


def test_values_hold_since_the_row_came_or_since_a_date_of_their_own(shop: Shop) -> None:
    shop.write("leads.csv", [lead(1)])
    shop.load("leads.csv", "lead")
    rows = rows_of(shop, PersonFieldHistory, "field", "valid_from", "value_text", "value_number")
    found = {name: (at, text if text is not None else number) for name, at, text, number in rows}
    came = datetime(2025, 3, 2, 1, 30, tzinfo=UTC)  # 22:30 in Sao Paulo
    assert found["employees"] == (came, 120)
    assert found["source_first"] == (came, "paid_search")
    assert found["seniority"] == (came, "vp")
    assert found["has_email"] == (came, 1)
    assert found["visits"] == (datetime(2025, 3, 31, 22, tzinfo=UTC), 2_500)  # a date alone is the company's, Berlin
    assert "email" not in found


def test_a_corrected_row_replaces_what_it_said(shop: Shop) -> None:
    shop.write("leads.csv", [lead(1), lead(2)])
    shop.load("leads.csv", "lead")
    shop.write("leads.csv", [lead(1, size="7", job=""), lead(2)])
    _code, document = shop.load("leads.csv", "lead")
    assert (document["changed"], document["same"]) == (1, 1)
    rows = rows_of(shop, PersonFieldHistory, "person_id", "field", "value_number")
    assert (1, "employees", 7) in rows
    assert (1, "employees", 120) not in rows
    assert not [row for row in rows if row[:2] == (1, "title")]


def test_bad_rows_are_listed_with_line_and_column_and_the_others_come_in(lite_shop: Shop) -> None:
    bad = [
        lead(1),
        lead(2, came="yesterday"),
        lead(3, mail="not an address"),
        lead(4, size="many"),
        lead(1),
        lead(5, came="2999-01-01 00:00"),
        lead(6, id=""),
        lead(7, job="two\nlines"),
        lead(8, size="\ufffd"),
    ]
    path = lite_shop.write("leads.csv", bad)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("L9,too,few\n")
    code, document = lite_shop.load("leads.csv", "lead")
    assert code == 1
    assert (document["rows"], document["new"], document["bad_rows"]) == (10, 2, 8)
    assert [(each["line"], each["column"]) for each in document["bad"]] == [
        (3, "came"),
        (4, "mail"),
        (5, "size"),
        (6, "id"),
        (7, "came"),
        (8, "id"),
        (11, "size"),
        (12, "*"),
    ]
    assert "not an address" not in str(document)


def test_rows_of_unknown_people_are_bad_until_their_leads_come(shop: Shop) -> None:
    shop.write("leads.csv", [lead(1)])
    shop.write("acts.csv", [act("L1"), act("L2"), act("L1", what="Sneeze"), act("L1")])
    shop.load("leads.csv", "lead")
    code, document = shop.load("acts.csv", "activity")
    assert (code, document["new"], document["repeated"]) == (1, 1, 1)
    assert [(each["line"], each["column"]) for each in document["bad"]] == [(3, "who"), (4, "what")]
    shop.write("leads.csv", [lead(1), lead(2)])
    shop.load("leads.csv", "lead")
    assert shop.load("acts.csv", "activity")[1]["new"] == 1


def test_late_logging_is_kept_beside_the_day_it_happened(shop: Shop) -> None:
    shop.write("leads.csv", [lead(1)])
    shop.write("acts.csv", [act("L1", logged="2025-06-01T00:00:00Z")])
    shop.load("leads.csv", "lead")
    shop.load("acts.csv", "activity")
    assert rows_of(shop, Activity, "occurred_at", "known_at", "phase") == [
        (datetime(2025, 3, 5, 10, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC), "decision")
    ]


def test_an_order_column_and_a_won_flag_without_date_or_amount(shop: Shop) -> None:
    ordered = """
[lead]
key = "id"
when = { order = "number" }
unknown = ["Select"]
won = { column = "bought", is = ["1", "Yes"] }
[lead.fields]
origin = { feature = "origin" }
"""
    row = {"id": "a", "number": "579533", "bought": "yes", "origin": "Select"}
    shop.write("leads.csv", [row, row | {"id": "b", "number": "3", "bought": "0", "origin": "Form"}])
    code, document = shop.load("leads.csv", "lead", ordered)
    assert (code, document["new"]) == (0, 2)
    assert any("decay" in note for note in document["notes"])
    assert rows_of(shop, Opportunity, "is_won", "amount_cents") == [(True, None)]
    past = rows_of(shop, PersonFieldHistory, "field", "valid_from", "value_text")
    assert ("origin", from_micros(3_000_000), "Form") in past
    assert not [entry for entry in past if entry[2] == "Select"]
    shop.write("leads.csv", [row | {"bought": "0"}])
    shop.load("leads.csv", "lead", ordered)
    assert rows_of(shop, Opportunity, "is_won", "amount_cents") == []


def test_two_leads_with_one_address_are_one_person(shop: Shop) -> None:
    shop.write("leads.csv", [lead(1, mail="Same@buyer.example"), lead(2, mail="same@buyer.example", size="9")])
    shop.load("leads.csv", "lead")
    shop.write("more.csv", [lead(3, mail="same@buyer.example", came="2025-05-01 00:00", size="11")])
    shop.load("more.csv", "lead")
    assert len(rows_of(shop, Person, "person_id")) == 1
    sizes = [row for row in rows_of(shop, PersonFieldHistory, "field", "value_number") if row[0] == "employees"]
    assert sizes == [("employees", 11), ("employees", 120), ("employees", 9)]


def test_imported_people_are_no_ones_to_write(lite_shop: Shop) -> None:
    lite_shop.write("leads.csv", [lead(n) for n in range(5)])
    lite_shop.write("acts.csv", [act(f"L{n}") for n in range(5)])
    lite_shop.load("leads.csv", "lead")
    lite_shop.load("acts.csv", "activity")
    code, out, err = lite_shop.run("evaluate", "acme")
    assert code == 0, out + err
    database = lite_shop.database()
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(OutboxRow))).scalar_one() == 0
        stages = connection.execute(select(table(Person).c.stage).distinct()).scalars().all()
    database.close()
    assert stages == ["name"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('mail = "email"', 'mail = "emial"'), 'map.toml: [lead.fields.mail] field: "emial" is not one of'),
        (('key = "id"', 'key = "id"\nkye = "x"'), 'map.toml: [lead] kye: unknown key; did you mean "key"'),
        (('"hand_raise"', '"hand_rise"'), "no column"),
        (("origin = {", "origins = {"), 'no column "origins"'),
        (('"America/Sao_Paulo"', '"America/Nowhere"'), "no time zone"),
        (("[lead]", "[leed]"), "unknown table"),
    ],
)
def test_a_mistake_in_the_map_is_one_sentence(lite_shop: Shop, change: tuple[str, str], named: str) -> None:
    lite_shop.write("leads.csv", [lead(1)])
    (lite_shop.folder / "map.toml").write_text(LEADS.replace(*change, 1), encoding="utf-8")
    map_path, file = str(lite_shop.folder / "map.toml"), str(lite_shop.folder / "leads.csv")
    kind = "activity" if "hand_rise" in change[1] else "lead"
    code, out, err = lite_shop.run("import", "acme", file, "--as", kind, "--map", map_path)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert (named in err) or ("hand_rise" in err)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_file_with_another_delimiter_is_recognised_by_its_columns(shop: Shop, delimiter: str) -> None:
    path = shop.write("leads.csv", [lead(n, job="VP Sales, Europe") for n in range(3)])
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    code, document = shop.load("leads.csv", "lead")
    assert (code, document["new"], document["bad_rows"]) == (0, 3, 0)
    found = rows_of(shop, PersonFieldHistory, "field", "value_text")
    assert [row for row in found if row[0] == "seniority"] == [("seniority", "vp")] * 3


def test_a_file_that_is_no_csv_in_utf8(lite_shop: Shop) -> None:
    (lite_shop.folder / "leads.csv").write_bytes(b"id,came,mail\n\xff\xfe\n")
    (lite_shop.folder / "map.toml").write_text('[lead]\nkey = "id"\nwhen = "came"\n', encoding="utf-8")
    arguments = ("--as", "lead", "--map", str(lite_shop.folder / "map.toml"))
    code, _out, err = lite_shop.run("import", "acme", str(lite_shop.folder / "leads.csv"), *arguments)
    assert code == 2
    assert "UTF-8" in err


def test_the_example_maps_load() -> None:
    from connector.history.map_file import parse
    from connector.rules.toml import Table, load

    folder = Path(__file__).parents[2] / "docs" / "examples"
    for name, kinds in (("x_education.toml", ["lead"]), ("olist.toml", ["lead", "deal"])):
        for kind in kinds:
            assert parse(Table(load(folder / name), name), kind).columns()
