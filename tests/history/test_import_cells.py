"""What single cells, and mistakes in the map, do to an import: refused with a reason, never read as something else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.history.cells import Unusable, ordered, whole
from connector.store.tables import Activity, Opportunity, Person, PersonFieldHistory
from tests.history.shop import LEADS, Shop
from tests.history.test_import import act, deal, lead, rows_of

AMBIGUOUS = 'a comma may part thousands or decimals: write decimal = "." or "," in the map'
NO_NUMBER = "not a number"
NUMBERS: list[tuple[str, str, int | str]] = [
    ("1234", "", 1234),
    ("1234.5", "", 1234),
    ("1,234.60", "", 1235),
    ("1,234,567", "", 1_234_567),
    ("1,234", "", AMBIGUOUS),
    ("0,500", "", AMBIGUOUS),
    ("1,234,567", ".", 1_234_567),
    ("1.234,56", "", NO_NUMBER),
    ("1.234,56", ",", 1235),
    ("1.234", ",", 1234),
    ("0,5000000001", ",", 1),
    ("-5", "", -5),
    ("1e3", "", 1000),
    ("1e999", "", "too large"),
    ("99999999999999999999", "", "too large"),
    ("9007199254740993", "", 9007199254740993),
    ("1_000", "", NO_NUMBER),
    ("nan", "", NO_NUMBER),
    ("inf", "", NO_NUMBER),
    ("12,34.5", "", NO_NUMBER),
    ("٣", "", NO_NUMBER),
    ("$5", "", NO_NUMBER),
]


@pytest.mark.parametrize(("text", "mark", "wanted"), NUMBERS)
def test_a_number_is_read_as_it_is_written_or_refused(text: str, mark: str, wanted: int | str) -> None:
    if isinstance(wanted, int):
        assert whole(text, "size", mark=mark) == wanted
        return
    with pytest.raises(Unusable, match="size") as refused:
        whole(text, "size", mark=mark)
    assert refused.value.reason == wanted


@pytest.mark.parametrize("text", ["²", "٣", "-1", "1.5", "9" * 5_000, ""])
def test_an_order_is_plain_digits(text: str) -> None:
    with pytest.raises(Unusable):
        ordered(text, "number")


def test_amounts_with_the_decimal_mark_that_the_map_names(lite_shop: Shop) -> None:
    lite_shop.write("leads.csv", [lead(1)])
    lite_shop.load("leads.csv", "lead")
    lite_shop.write("deals.csv", [deal(1, "L1", amount="1.234,56"), deal(2, "L1", amount="-3")])
    code, found = lite_shop.load("deals.csv", "deal")
    assert (code, [each["reason"] for each in found["bad"]]) == (1, [NO_NUMBER, "an amount is not below 0"])
    told = LEADS.replace("[deal]", '[deal]\ndecimal = ","')
    assert lite_shop.load("deals.csv", "deal", told)[1]["new"] == 1
    assert rows_of(lite_shop, Opportunity, "amount_cents") == [(123_456,)]


def test_a_deal_that_is_neither_won_nor_lost_is_open_whatever_day_it_is_to_close(lite_shop: Shop) -> None:
    lite_shop.write("leads.csv", [lead(1)])
    lite_shop.load("leads.csv", "lead")
    rows = [deal(1, "L1"), deal(2, "L1", state="Lost"), deal(3, "L1", state="Open", closed="2999-01-01")]
    lite_shop.write("deals.csv", rows)
    lost = LEADS + 'lost = { column = "state", is = ["Lost"] }\n'
    assert lite_shop.load("deals.csv", "deal", lost) == (
        0,
        lite_shop.load("deals.csv", "deal", lost)[1] | {"new": 3, "same": 0},
    )
    closed = datetime(2025, 4, 30, 22, tzinfo=UTC)
    found = rows_of(lite_shop, Opportunity, "record_id", "is_won", "is_closed", "closed_at")
    assert found == [("D1", True, True, closed), ("D2", False, True, closed), ("D3", False, False, None)]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"came": "0001-01-01 00:00"}, "came", "lies before 1900"),
    ({"came": "9999-12-31 23:59"}, "came", "lies in the future"),
    ({"origin": "Paid", "size": "1.234,5"}, "size", NO_NUMBER),
]


@pytest.mark.parametrize(("changed", "column", "reason"), REFUSED)
def test_a_cell_that_cannot_be_used_is_listed(
    lite_shop: Shop, changed: dict[str, Any], column: str, reason: str
) -> None:
    lite_shop.write("leads.csv", [lead(1, **changed), lead(2)])
    code, found = lite_shop.load("leads.csv", "lead")
    assert (code, found["new"], found["bad"]) == (1, 1, [{"line": 2, "column": column, "reason": reason}])


def test_words_that_rules_do_not_know_are_no_silence(lite_shop: Shop) -> None:
    """An answer that is in no list, or a phase in capitals, would otherwise never count and nobody would see why."""
    rows = [lead(1, origin="specific"), lead(2, origin="SPECIFIC"), lead(3, origin="specifc")]
    lite_shop.write("leads.csv", rows)
    origin = LEADS.split("origin = ")[1].splitlines()[0]
    code, found = lite_shop.load("leads.csv", "lead", LEADS.replace(origin, '"q_need"'))
    reason = "expected one of specific, general, none_now, never; add it to values, or an otherwise"
    assert (code, found["bad"]) == (1, [{"line": 4, "column": "origin", "reason": reason}])
    needs = [row for row in rows_of(lite_shop, PersonFieldHistory, "field", "value_text") if row[0] == "q_need"]
    assert needs == [("q_need", "specific")] * 2

    lite_shop.write("acts.csv", [act("L1", phase=word, kind="Demo") for word in ("Decision", "", "buying")])
    told = LEADS.replace('phase = "decision"', 'phase = { column = "phase" }\nkind = { column = "kind" }')
    code, found = lite_shop.load("acts.csv", "activity", told)
    assert [(each["line"], each["column"]) for each in found["bad"]] == [(4, "phase")]
    assert rows_of(lite_shop, Activity, "phase", "kind") == [("decision", "demo")]


def test_bad_rows_stand_in_the_order_of_the_file(lite_shop: Shop) -> None:
    lite_shop.write("leads.csv", [lead(1)])
    lite_shop.load("leads.csv", "lead")
    lite_shop.write(
        "acts.csv",
        [act("nobody@x.example"), act("L1", at="soon"), act("P1@Buyer.example"), act("p1@buyer.example", what="Paper")],
    )
    found = lite_shop.load("acts.csv", "activity")[1]
    assert [each["line"] for each in found["bad"]] == [2, 3]
    assert found["new"] == 2  # one address in two spellings is one person


def test_a_map_that_names_dates_after_all_ends_the_order(shop: Shop) -> None:
    shop.write("leads.csv", [lead(1, size="7")])
    dated = LEADS.split("when = ")[1].splitlines()[0]
    shop.load(
        "leads.csv", "lead", LEADS.replace(dated, '{ order = "size" }').replace('size = { field = "employees" }', "")
    )
    assert rows_of(shop, Person, "extra") == [({"undated": True},)]
    shop.load("leads.csv", "lead")
    assert rows_of(shop, Person, "extra") == [(None,)]


MISTAKES = [
    ('mail = "email"', 'mail = "email"\njob2 = "email"', '[lead.fields] job2: "mail" is read into email already'),
    ('format = "%Y-%m-%d %H:%M"', 'format = "YYYY-MM-DD"', '[lead.when] format: "YYYY-MM-DD" is no form of a date'),
    ('format = "%Y-%m-%d %H:%M"', 'format = "%Q"', '[lead.when] format: "%Q" is no form of a date'),
    ('feature = "visits"', 'feature = "weekday"', "[lead.fields.score] feature: needs a name of its own"),
    ('feature = "visits"', 'feature = "disposition"', "[lead.fields.score] feature: needs a name of its own"),
    ('feature = "visits"', 'feature = "q_score"', "[lead.fields.score] feature: needs a name of its own"),
    ("when = { column", "whn = { column", '[lead] when: missing; "whn" looks like it, but is no key here'),
    ('key = "id"', 'key = "id"\ndecimal = "x"', '[lead] decimal: "x" is not one of ., ,'),
    ('key = "id"', 'key = "id"\nwon = { column = "id", is = [] }', "[lead.won] is: the list is empty"),
]


@pytest.mark.parametrize(("right", "wrong", "named"), MISTAKES)
def test_a_mistake_in_the_map_stops_the_import(lite_shop: Shop, right: str, wrong: str, named: str) -> None:
    lite_shop.write("leads.csv", [lead(1)])
    (lite_shop.folder / "map.toml").write_text(LEADS.replace(right, wrong, 1), encoding="utf-8")
    file, told = str(lite_shop.folder / "leads.csv"), str(lite_shop.folder / "map.toml")
    code, _out, err = lite_shop.run("import", "acme", file, "--as", "lead", "--map", told)
    assert code == 2
    assert f"map.toml: {named}" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(("key", "word"), [("phase", "buying"), ("direction", "inbound")])
def test_words_of_the_map_that_rules_do_not_know(lite_shop: Shop, key: str, word: str) -> None:
    lite_shop.write("acts.csv", [act("L1")])
    text = LEADS.replace('phase = "decision"', f'{key} = {{ column = "what", values = {{ "Paper" = "{word}" }} }}')
    (lite_shop.folder / "map.toml").write_text(text, encoding="utf-8")
    file, told = str(lite_shop.folder / "acts.csv"), str(lite_shop.folder / "map.toml")
    code, _out, err = lite_shop.run("import", "acme", file, "--as", "activity", "--map", told)
    assert (code, f'map.toml: [activity] {key}: no {key} "{word}"' in err) == (2, True)


OWN_QUESTION = """
[questions.q_color]
text = "Which colour?"
answers = ["red", "grey"]
stale_days = 90
"""
OWN_RULE = """
[readiness]
max = 30
[[readiness.rules]]
id = "color"
answer = "q_color"
points = { red = 5 }
full_days = 30
half_days = 60
"""


def test_a_question_of_the_companys_own_scores_from_a_file_too(shop: Shop) -> None:
    folder = shop.folder / "mappings"
    folder.mkdir()
    (folder / "fields.toml").write_text(
        '[canonical]\nq_color = { type = "choice", policy = "latest" }\n', encoding="utf-8"
    )
    (folder / "qualifying.toml").write_text(OWN_QUESTION, encoding="utf-8")
    (folder / "scoring.toml").write_text(OWN_RULE, encoding="utf-8")
    config = shop.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + 'mappings = "mappings"\n', encoding="utf-8")
    shop.write("leads.csv", [lead(1, job="Red"), lead(2, job="blue")])
    told = LEADS.replace('job = "title"', 'job = { field = "q_color", at = "scored" }')
    code, found = shop.load("leads.csv", "lead", told)
    reason = "expected one of red, grey; add it to values, or an otherwise"
    assert (code, found["bad"]) == (1, [{"line": 3, "column": "job", "reason": reason}])
    shop.write("acts.csv", [act("L1", at="2025-04-10T10:00:00Z")])
    shop.load("acts.csv", "activity")
    points = json.loads(shop.run("explain", "acme", "L1", "--json")[1])["points"]
    assert [line["milli"] for line in points["rules"] if line["rule"] == "color"] == [5_000]


def test_a_history_shorter_than_the_horizon_says_what_to_do(lite_shop: Shop) -> None:
    lite_shop.write("leads.csv", [lead(1), lead(2, came="2025-04-20 10:00")])
    lite_shop.load("leads.csv", "lead")
    code, out, _err = lite_shop.run("backtest", "acme")
    assert code == 0
    assert "0 people judged" in out
    assert "by order only" not in out
    assert "note: nobody was there by 2024-12-" in out
    assert "name a later --as-of" in out
    out = lite_shop.run("backtest", "acme", "--as-of", "2025-04-25", "--since", "2025-04-18")[1]
    assert "2 people judged" in out
    assert "weekly from 2025-04-18 to 2025-04-25, outcomes" in out
