"""What every command prints and how it exits, over HTTP, as the outside contract says."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from datetime import datetime

from tests.cli.conftest import Office

SUMMARY_KEYS = [
    *("schema", "run_id", "company", "status", "pulled", "people", "stage_moves", "grades", "handed_off", "recycled"),
    *("plan_id", "planned", "pushed", "failed", "held", "conflicts", "leaks", "leaks_inherited", "api_calls"),
]
CHANGE_KEYS = ["person", "system", "object", "record_id", "field", "before", "after", "rule", "reason", "held_by"]


def test_sync_prints_the_summary_of_the_contract(empty_office: Office) -> None:
    ended = empty_office.run("sync", "acme", "--json")
    assert (ended.code, ended.err) == (0, "")
    summary = ended.document
    assert list(summary) == SUMMARY_KEYS
    assert (summary["schema"], summary["company"], summary["status"]) == (1, "acme", "ok")
    assert summary["people"]["new"] >= 50
    assert summary["pulled"]["hubspot"]["contacts"] > 0
    assert summary["pulled"]["salesforce"]["Lead"] > 0
    assert summary["pushed"] == {"hubspot": 0, "salesforce": 0}
    assert summary["held"] > 0
    assert set(summary["grades"]) == set("ABCD")


def test_sync_for_people(office: Office) -> None:
    ended = office.run("sync", "acme")
    assert ended.code == 0
    assert ended.out.startswith("acme: ok (run 2)\n")
    assert "  read      nothing\n" in ended.out
    assert "0 new, 0 changed, 0 merged" in ended.out


def test_sync_of_every_company_goes_on_after_a_failure(office: Office) -> None:
    broken = '\n[companies.aaa.hubspot]\nurl = "http://127.0.0.1:9"\napi_version = "2026-09"\nauth = "token"\n'
    office.configure(lambda text: text + broken + 'access_token = "env:NOT_SET_ANYWHERE"\n')
    ended = office.run("sync", "--json")
    first, second = ended.document["runs"]
    assert ended.code == 2
    assert first["company"] == "aaa"
    assert "NOT_SET_ANYWHERE is not set" in first["error"]["sentence"]
    assert list(second) == SUMMARY_KEYS
    assert ended.sentence == first["error"]["sentence"]


def test_plan_prints_every_change_and_writes_nothing(office: Office) -> None:
    before = office.systems.digests()
    ended = office.run("plan", "acme", "--json")
    assert ended.code == 0
    plan = ended.document
    assert list(plan) == ["schema", "plan_id", "company", "digest", "changes"]
    assert len(plan["digest"]) >= 16
    assert all(list(change) == CHANGE_KEYS for change in plan["changes"])
    assert {change["held_by"] for change in plan["changes"]} == {"level"}
    assert all(change["rule"] or change["reason"] for change in plan["changes"])
    assert office.systems.digests() == before


def test_plan_for_people_groups_by_record(office: Office) -> None:
    changes = office.run("plan", "acme", "--json").document["changes"]
    ended = office.run("plan", "acme", "--all")
    records = {change["record_id"] for change in changes if change["record_id"]}
    assert ended.code == 0
    assert all(record in ended.out for record in records)
    assert "held by level" in ended.out
    assert f"changes {len(records)} records" in ended.out


def test_sync_waits_for_a_person_and_push_is_the_approval(writing_office: Office) -> None:
    waiting = writing_office.run("sync", "acme", "--json")
    assert waiting.code == 3
    assert waiting.document["status"] == "stopped"
    assert waiting.document["pushed"] == {"hubspot": 0, "salesforce": 0}
    assert waiting.sentence.startswith(f"acme: plan {waiting.document['plan_id']} waits")

    plan_id = waiting.document["plan_id"]
    other = writing_office.run("push", "acme", "--plan", str(plan_id + 1), "--json")
    assert (other.code, other.document["error"]["code"]) == (3, 3)

    pushed = writing_office.run("push", "acme", "--plan", str(plan_id), "--json")
    assert pushed.code == 0, pushed.err
    assert all(count > 0 for count in pushed.document["pushed"].values())

    after = writing_office.run("sync", "acme", "--json")
    assert after.code == 0, after.err
    assert after.document["pushed"] == {"hubspot": 0, "salesforce": 0}
    assert writing_office.run("plan", "acme").out == "acme: nothing to change\n"


def test_a_paused_company_reads_and_does_not_write(writing_office: Office) -> None:
    writing_office.configure(approval="never")
    assert writing_office.run("pause", "acme", "--json").document == {"schema": 1, "company": "acme", "paused": True}
    paused = writing_office.run("sync", "acme", "--json").document
    assert paused["people"]["new"] > 0
    assert paused["pushed"] == {"hubspot": 0, "salesforce": 0}
    refused = writing_office.run("push", "acme")
    assert (refused.code, "leadloop resume acme" in refused.sentence) == (3, True)

    assert writing_office.run("resume", "acme").code == 0
    assert sum(writing_office.run("sync", "acme", "--json").document["pushed"].values()) > 0


def test_release_says_whether_somebody_was_held(office: Office) -> None:
    person = office.run("plan", "acme", "--json").document["changes"][0]["person"]
    answer = office.run("release", "acme", person, "--json")
    assert (answer.code, answer.document) == (0, {"schema": 1, "company": "acme", "released": False})
    assert office.run("release", "acme", person).out == "acme: this person was not held\n"
    assert office.run("release", "acme", "nobody@nowhere.example").code == 2


def test_explain_tells_one_person(office: Office) -> None:
    change = office.run("plan", "acme", "--json").document["changes"][0]
    told = office.run("explain", "acme", change["record_id"], "--json")
    assert told.code == 0
    assert told.document["schema"] == 1
    assert told.document["person"] == change["person"]
    assert told.document["timeline"]
    assert "Timeline" in office.run("explain", "acme", change["record_id"]).out


def test_report_funnel_in_three_forms(office: Office) -> None:
    document = office.run("report", "acme", "funnel", "--json").document
    assert (document["schema"], document["report"]) == (1, "funnel")
    assert document["people"] >= 50
    rows = list(csv.DictReader(io.StringIO(office.run("report", "acme", "funnel", "--csv").out)))
    assert next(row["value"] for row in rows if row["part"] == "people") == str(document["people"])
    shown = office.run("report", "acme", "funnel").out
    assert re.search(rf"^people +{document['people']}\b", shown, re.MULTILINE)
    assert "Playbook " in shown
    assert "People with a living record in a CRM" in shown


def test_a_report_as_a_page(office: Office) -> None:
    page = office.folder / "funnel.html"
    ended = office.run("report", "acme", "funnel", "--until", "2026-02-01", "--html", str(page))
    assert (ended.code, ended.out, ended.sentence) == (0, "", f"wrote {page}")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "until 2026-02-01" in text
    refused = office.run("report", "acme", "funnel", "--html", str(office.folder / "nowhere" / "funnel.html"))
    assert refused.code == 2
    assert "cannot be written" in refused.sentence


def test_report_funnel_since_a_day(office: Office) -> None:
    document = office.run("report", "acme", "funnel", "--since", "2026-01-31", "--json").document
    assert document["since"] == "2026-01-31T00:00:00+00:00"


def test_report_recycle_in_three_forms(office: Office) -> None:
    document = office.run("report", "acme", "recycle", "--json").document
    assert (document["schema"], document["report"]) == (1, "recycle")
    assert list(document["origins"]) == ["path", "rule", "source", "promise"]
    total = document["total"]
    assert 0 <= total["given_back"] <= total["hand_offs"]
    assert "hand-offs" in office.run("report", "acme", "recycle").out
    assert list(csv.DictReader(io.StringIO(office.run("report", "acme", "recycle", "--csv").out)))


def test_report_leaks_in_three_forms(office: Office) -> None:
    document = office.run("report", "acme", "leaks", "--json").document
    assert (document["schema"], document["report"], document["new"]) == (1, "leaks", 0)
    rows = list(csv.DictReader(io.StringIO(office.run("report", "acme", "leaks", "--csv").out)))
    assert len(rows) == document["inherited"] > 0
    assert re.search(rf"^inherited leaks +{document['inherited']}\s*$", office.run("report", "acme", "leaks").out, re.M)


def test_go_live_asks_before_it_starts(office: Office) -> None:
    asked = office.run("go-live", "acme")
    assert asked.code == 3
    assert "week by week" in asked.out
    assert "--accept" in asked.sentence

    live = office.run("go-live", "acme", "--accept", "--since", "2026-01-31T12:00:00+01:00", "--json")
    assert live.code == 0
    assert datetime.fromisoformat(live.document["live_since"]) == datetime.fromisoformat("2026-01-31T11:00:00+00:00")
    assert office.run("report", "acme", "leaks", "--json").document["live_since"] == "2026-01-31T11:00:00+00:00"


def test_go_live_refuses_when_the_configuration_says_since_when(office: Office) -> None:
    office.configure(lambda text: text.replace('level = "', 'live_since = 2026-02-01T00:00:00Z\nlevel = "', 1))
    refused = office.run("go-live", "acme", "--accept", "--json")
    assert refused.code == 2
    assert "live_since" in refused.document["error"]["sentence"]


def test_evaluate_decides_and_changes_nothing_twice(office: Office) -> None:
    ended = office.run("evaluate", "acme", "--json")
    assert ended.code == 0
    assert ended.document == {
        "schema": 1, "company": "acme", "changed": 0, "stage_moves": 0, "handed_off": 0, "recycled": 0,
    }  # fmt: skip


def test_backfill_says_the_cost_first_and_loads(empty_office: Office) -> None:
    unknown = empty_office.run("backfill", "acme", "--system", "hubspot", "--object", "contacts", "--json")
    assert unknown.code == 0
    assert "not known" in unknown.sentence
    contacts = unknown.document["pulled"]["hubspot"]["contacts"]
    assert unknown.document["pulled"] == {"hubspot": {"contacts": contacts}}

    known = empty_office.run("backfill", "acme", "--system", "hubspot", "--object", "contacts")
    assert f"about {contacts} records" in known.sentence
    assert re.fullmatch(
        r"acme: nothing new since \d{4}-\d\d-\d\d \d\d:\d\d: everything up to then was loaded before\n", known.out
    )
    everything = empty_office.run("backfill", "acme")
    assert everything.out.startswith("acme: loaded salesforce: ")
    assert " 0" not in everything.out
    assert "nothing new since" in empty_office.run("backfill", "acme").out


def test_evaluate_after_a_backfill_asks_who_set_what_it_has_to_know(empty_office: Office) -> None:
    assert empty_office.run("backfill", "acme").code == 0
    ended = empty_office.run("evaluate", "acme", "--json")  # people of this world have a lifecycle that someone set
    assert (ended.code, ended.err) == (0, "")
    assert ended.document["stage_moves"] > 0


def test_db_upgrade_and_check(empty_office: Office) -> None:
    first = empty_office.run("db", "upgrade", "--json").document
    again = empty_office.run("db", "upgrade", "--json").document
    assert first["before"] is None
    assert first["after"] == again["before"] == again["after"]
    checked = empty_office.run("db", "check", "--json")
    assert (checked.code, checked.document) == (0, {"schema": 1, "ok": True, "companies": {"acme": []}})


def test_db_check_finds_what_is_broken(office: Office) -> None:
    with sqlite3.connect(office.folder / "store.db") as connection:
        connection.execute("UPDATE link SET person_id = person_id + 1000000")
    connection.close()
    checked = office.run("db", "check", "--json")
    assert (checked.code, checked.document["ok"]) == (1, False)
    assert checked.document["companies"]["acme"]
