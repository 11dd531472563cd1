"""Somebody who is only in imported files: explained as of the files, marked, and named by reports in one sentence."""

from __future__ import annotations

import json

from connector.app.reports import READERS
from tests.history.shop import Shop
from tests.history.test_import import act, deal, lead

MARKED = "Imported history, as of 2025-05-01: in no CRM, judged by today's playbook; nothing of it is routed"


def imported(shop: Shop) -> Shop:
    shop.write("leads.csv", [lead(1), lead(2, job="Student")])
    shop.write("acts.csv", [act("L1"), act("L1", what="Paper", at="2025-03-20T10:00:00Z")])
    shop.write("deals.csv", [deal(1, "L1")])
    for kind, what in (("lead", "lead"), ("act", "activity"), ("deal", "deal")):
        assert shop.load(f"{kind}s.csv", what)[0] == 0
    return shop


def test_an_imported_person_has_a_story_with_all_that_the_files_say(shop: Shop) -> None:
    code, out, _err = imported(shop).run("explain", "acme", "p1@buyer.example", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["imported"].startswith(MARKED)
    assert told["who"]["title"] == "VP Sales"
    assert (told["current"]["stage"], told["responsible"]) == ("customer", "")
    assert [record["record_id"] for record in told["records"]] == ["L1"]
    said = [(one["at"][:16], one["text"]) for one in told["timeline"] if one["kind"] in ("activity", "deal")]
    assert said == [
        ("2025-03-05T10:00", "hand raise decision in import"),
        ("2025-03-20T10:00", "content download decision in import"),
        ("2025-03-31T22:00", "deal opened"),  # midnight in Berlin
        ("2025-04-30T22:00", "deal won 1,200"),
    ]
    assert told["points"]["agrees"] is True
    assert sum(rule["milli"] for rule in told["points"]["rules"]) != 0


def test_the_story_can_be_found_by_the_rows_key_and_read_on_a_terminal(lite_shop: Shop) -> None:
    code, out, _err = imported(lite_shop).run("explain", "acme", "L2")
    assert code == 0
    assert " ".join(MARKED.split()) in " ".join(out.split())
    assert "Student" in out


def test_who_is_nowhere_is_told_so_and_nothing_is_made_up(lite_shop: Shop) -> None:
    code, _out, err = imported(lite_shop).run("explain", "acme", "nobody@buyer.example")
    assert code == 2
    assert "nobody has this e-mail, key or record id" in err


def test_reports_say_that_only_imported_people_are_there(lite_shop: Shop) -> None:
    for name in READERS:
        code, out, err = lite_shop.run("report", "acme", name, "--json")
        assert code == 0, err
        assert not any("imported" in said for said in json.loads(out)["sentences"])
    imported(lite_shop)
    for name in READERS:
        code, out, err = lite_shop.run("report", "acme", name, "--json")
        assert code == 0, err
        first = json.loads(out)["sentences"][0]
        assert first.startswith("Reports are of the people read from the CRMs, and none was read yet")
        assert "leadloop backtest acme" in first
