"""``leadloop route-test``: tells the path and why the others were not taken, and changes nothing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from connector.decide.routing import RULES
from tests.cli.conftest import Office

ROUTING = """
[fallback]
member = "{fallback}"

[[territories]]
name = "everywhere"
when = {{ field = "has_email", is = true }}
pool = "default"
"""


def staffed(office: Office) -> Office:
    """The office with a roster in which everybody may take hand-offs."""
    mappings = office.folder / "mapping"
    mappings.mkdir()
    office.configure(lambda text: text.replace('level = "', 'mappings = "mapping"\nlevel = "', 1))
    assert office.run("team", "acme", "--write").code == 0
    team = mappings / "team.toml"
    team.write_text(team.read_text(encoding="utf-8").replace("weight = 0", "weight = 1"), encoding="utf-8")
    fallback = json.loads(office.run("team", "acme", "--json").out)["colleagues"][0]["member"]
    (mappings / "routing.toml").write_text(ROUTING.format(fallback=fallback), encoding="utf-8")
    return office


def addresses(store: Path) -> list[str]:
    query = "select email from person where email is not null and merged_into is null order by person_id limit 8"
    with sqlite3.connect(store) as connection:
        return [row[0] for row in connection.execute(query)]


def everything(store: Path) -> list[str]:
    with sqlite3.connect(store) as connection:
        return list(connection.iterdump())


def test_it_tells_every_rule_in_order_and_changes_nothing(office: Office) -> None:
    staffed(office)
    store = office.folder / "store.db"
    before = everything(store)
    for address in addresses(store):
        ended = office.run("route-test", "acme", address, "--json")
        assert ended.code == 0, ended.err
        document = ended.document
        assert (document["schema"], document["company"]) == (1, "acme")
        path = document["path"]
        assert [each["rule"] for each in path] == list(RULES)
        taken = [each["rule"] for each in path if each["taken"]]
        assert taken == [document["rule"]]
        place = RULES.index(document["rule"])
        assert all(each["asked"] for each in path[: place + 1])
        assert all(each["why"].startswith("not asked:") for each in path[place + 1 :])
        assert document["to"] != "nobody"
        assert ended.out == office.run("route-test", "acme", address, "--json").out
    assert everything(store) == before


def test_it_is_told_in_words_and_a_person_is_found_by_any_id(office: Office) -> None:
    staffed(office)
    address = addresses(office.folder / "store.db")[0]
    document = office.run("route-test", "acme", address, "--json").document
    told = office.run("route-test", "acme", document["person"])
    assert told.code == 0
    assert document["to"] in told.out
    assert "-> " in told.out
    assert "the person is on no open opportunity" in told.out or "owns the person's open opportunity" in told.out


def test_nobody_of_that_name_and_no_roster_are_one_sentence(office: Office) -> None:
    address = addresses(office.folder / "store.db")[0]
    ended = office.run("route-test", "acme", address)
    assert ended.code == 2
    assert "nobody can be handed to" in ended.sentence
    assert "team.toml" in ended.sentence
    assert office.run("route-test", "acme", "nobody@nowhere.example").code == 2
