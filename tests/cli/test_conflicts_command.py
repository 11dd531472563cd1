"""`leadloop conflicts` over HTTP on both databases: shown, taken, planned, pushed, and then silence."""

from __future__ import annotations

from tests.cli.pair import EMAIL, Pair


def test_a_conflict_is_shown_taken_planned_pushed_and_gone(pair: Pair) -> None:
    for _ in range(2):
        assert pair.run("sync", "acme", "--json").code == 0
    assert pair.run("conflicts", "acme").out == "acme: no conflict waits for a person\n"
    pair.quarrel()
    summary = pair.run("sync", "acme", "--json")
    assert (summary.code, summary.document["conflicts"]) == (1, 1)

    listed = pair.run("conflicts", "acme", EMAIL, "--cause", "both_changed", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert list(listed.document) == ["schema", "company", "open", "taken", "causes", "conflicts"]
    (conflict,) = listed.document["conflicts"]
    assert {(side["system"], side["value"]) for side in conflict["sides"]} == {
        ("salesforce", "+15550002"),
        ("hubspot", "+15550003"),
    }
    assert (conflict["field"], conflict["email"], conflict["state"]) == ("phone", EMAIL, "open")
    assert "--take" in listed.document["causes"][0]["remedy"]
    told = pair.run("conflicts", "acme").out
    assert "both_changed" in told
    assert f'salesforce Lead {pair.lead} "+15550002"' in told

    number, before = str(conflict["id"]), pair.office.systems.digests()
    taken = pair.run("conflicts", "acme", "--id", number, "--take", "salesforce", "--by", "Rita", "--json")
    assert (taken.code, taken.document["taken"], taken.document["refused"]) == (0, [conflict["id"]], [])
    again = pair.run("conflicts", "acme", "--id", number, "--take", "salesforce", "--json")
    assert (again.code, again.document["taken"], again.document["already"]) == (0, [], [conflict["id"]])
    assert pair.office.systems.digests() == before, "deciding writes to no CRM"

    changes = [one for one in pair.run("plan", "acme", "--json").document["changes"] if one["field"] == "phone"]
    assert [(one["system"], one["before"], one["after"]) for one in changes] == [("hubspot", "+15550003", "+15550002")]
    assert changes[0]["reason"] == f"Rita took the value of salesforce (conflict {number})"
    assert pair.run("push", "acme", "--json").code == 0
    assert pair.phones() == ("+15550002", "+15550002")
    for _ in range(2):
        quiet = pair.run("sync", "acme", "--json").document
    assert (quiet["pushed"], quiet["conflicts"]) == ({"hubspot": 0, "salesforce": 0}, 0)
    (over,) = pair.run("conflicts", "acme", "--settled", "--json").document["conflicts"]
    assert (over["state"], over["settled_by"], over["taken"]["by"]) == ("settled", "taken", "Rita")
    assert "Rita" in pair.run("explain", "acme", EMAIL).out

    late = pair.run("conflicts", "acme", "--id", number, "--take", "hubspot", "--json")
    assert (late.code, late.document["taken"]) == (1, [])
    assert f"conflict {number} has changed since it was noticed" in late.sentence
    clear = pair.run("conflicts", "acme", EMAIL, "--apart", "--json")
    assert (clear.code, clear.document) == (0, {"schema": 1, "company": "acme", "apart": False})
