"""`leadloop errors` over HTTP on both databases: refused by a validation rule, shown, mended, retried, gone."""

from __future__ import annotations

from typing import Any

from tests.cli.pair import ADA, EMAIL, Pair

RULE = {"object": "Lead", "blank": "Website"}


def rule(pair: Pair, *rules: dict[str, str]) -> None:
    pair.office.systems.control("salesforce", "settings", {"validation_rules": list(rules)})


def listed(pair: Pair, *arguments: str) -> dict[str, Any]:
    ended = pair.run("errors", "acme", *arguments, "--json")
    assert (ended.code, ended.err) == (0, ""), ended.err
    return ended.document


def test_a_refused_record_is_shown_mended_retried_and_gone(pair: Pair) -> None:
    rule(pair, RULE)
    refused = pair.run("sync", "acme", "--json")
    assert (refused.code, refused.document["failed"]) == (1, 1)

    found = listed(pair)
    assert list(found) == ["schema", "company", "open", "retry", "ignored", "causes", "errors"]
    (cause,) = found["causes"]
    assert (cause["code"], cause["system"], cause["object"]) == (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "salesforce",
        "Lead",
    )
    assert "validation rule" in cause["remedy"]
    (error,) = found["errors"]
    assert (error["record_id"], error["field"], error["state"], error["attempts"]) == (pair.lead, "*", "open", 1)
    told = pair.run("errors", "acme").out
    assert pair.lead in told
    assert EMAIL not in told

    resting = pair.run("sync", "acme", "--json")
    assert (resting.code, resting.document["pushed"]["salesforce"]) == (0, 0)

    fill = {"object": "Lead", "id": pair.lead, "fields": {"Website": "northwind.example"}, "by": ADA}
    pair.office.systems.control("salesforce", "edit", fill)
    again = pair.run("errors", "acme", EMAIL, "--cause", cause["code"], "--retry", "--json")
    assert (again.code, again.document["action"], again.document["count"]) == (0, "retry", 1)
    assert listed(pair)["errors"][0]["state"] == "retry"
    pushed = pair.run("sync", "acme", "--json")
    assert (pushed.code, pushed.document["pushed"]["salesforce"]) == (0, 1)
    assert pair.office.systems.records("salesforce", "Lead")[pair.lead]["Leadloop_Id__c"]
    assert listed(pair)["errors"] == []
    assert pair.run("errors", "acme").out == "acme: 0 errors are open, 0 are ignored\n"


def test_a_retry_is_one_try(pair: Pair) -> None:
    rule(pair, RULE)
    assert pair.run("sync", "acme", "--json").code == 1
    pair.run("errors", "acme", "--retry")
    assert pair.run("sync", "acme", "--json").code == 1
    (error,) = listed(pair)["errors"]
    assert (error["state"], error["attempts"]) == ("open", 2)
    assert pair.run("sync", "acme", "--json").code == 0, "it rests again"
