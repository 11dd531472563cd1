"""What follows from a native sync: where a field is written, and what the file may say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.native_sync import EVERYWHERE, NativeSyncRules, Sides, sides_in_force
from connector.errors import BadConfiguration
from connector.playbook import load
from connector.ports.outbox import LinkView, PersonView
from connector.sync.desired import Wanted
from tests.playbook.folder import SYSTEMS, write

DEFAULT = load(None, systems=SYSTEMS)
WANTED = Wanted(mapping=DEFAULT.mapping, users={}, ladder=DEFAULT.playbook.ladder, zone=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("mode", "is_seen", "runs"),
    [("auto", True, True), ("auto", False, False), ("on", False, True), ("off", True, False)],
)
def test_the_switch_goes_before_what_was_seen(mode: str, is_seen: bool, runs: bool) -> None:
    rules = NativeSyncRules(mode, {"owner": "green"})
    assert rules.runs(is_seen) is runs
    assert sides_in_force(rules, is_seen) == (Sides({"owner": "green"}) if runs else EVERYWHERE)


def test_the_default_sides() -> None:
    sides = Sides(DEFAULT.playbook.native_sync.sides)
    by_name = {name: sides.side_of(name, field.policy) for name, field in DEFAULT.mapping.canonical.items()}
    assert (by_name["owner"], by_name["status"], by_name["phone"]) == ("salesforce", "salesforce", "salesforce")
    assert (by_name["lead_status"], by_name["lifecycle"]) == ("hubspot", "hubspot")
    assert (by_name["score"], by_name["why"]) == (None, None), "our own fields are written everywhere"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('native_sync = "maybe"\n', 'native_sync: "maybe" is not one of auto, on, off'),
        (
            '[one_side]\nownr = "salesforce"\n',
            "ownr: is neither a shared field of fields.toml nor a group; did",
        ),
        ('[one_side]\nowner = "salesfroce"\n', '"salesfroce" is not one of'),
        ('[copies.salesfroce.Task]\nfrom = "hubspot"\n', "salesfroce: unknown system; did you mean"),
        ('[copies.salesforce.Task]\nform = "hubspot"\n', "form: unknown key"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load(write(tmp_path, identity=text), systems=SYSTEMS)
    assert "identity.toml" in caught.value.sentence()
    assert sentence in caught.value.sentence()


def test_a_company_has_its_own_fields_written_in_one_system(tmp_path: Path) -> None:
    folder = write(tmp_path, identity='[one_side]\nleadloop = "salesforce"\nscore = "both"\n')
    sides = Sides(load(folder, systems=SYSTEMS).playbook.native_sync.sides)
    assert (sides.side_of("grade", "leadloop"), sides.side_of("score", "leadloop")) == ("salesforce", None)
    assert sides.side_of("lifecycle", "forward") == "hubspot", "the rest of the defaults stands"


class _Row(dict[str, Any]):
    """A person's row in which everything not named is empty."""

    def __missing__(self, name: str) -> None:
        return None


def wished(sides: Sides, *places: tuple[str, str]) -> set[tuple[str, str]]:
    """(object, canonical field) of everything that one person's records should hold."""
    row = _Row(stage="qualified_lead", stage_since=1, published_score=50)
    links = tuple(_link(number, *place) for number, place in enumerate(places, 1))
    person = PersonView(1, row, links)
    wanted = replace(WANTED, sides=sides)
    return {(link.object, wish.name) for link in links for wish in wanted.fields(person, link).values()}


def _link(number: int, system: str, name: str) -> LinkView:
    return LinkView(number, 1, system, name, "person", str(number), "key", True, None, None, {}, {})


RULES = Sides({**DEFAULT.playbook.native_sync.sides, "leadloop": "salesforce"})
LEAD, CONTACT, IN_HUBSPOT = ("salesforce", "Lead"), ("salesforce", "Contact"), ("hubspot", "contacts")


def test_a_field_is_written_on_its_side_only() -> None:
    everywhere, one_side = wished(EVERYWHERE, LEAD, IN_HUBSPOT), wished(RULES, LEAD, IN_HUBSPOT)
    assert {("Lead", "owner"), ("contacts", "owner"), ("Lead", "score"), ("contacts", "score")} <= everywhere
    assert {("Lead", "owner"), ("Lead", "score"), ("Lead", "status"), ("contacts", "lifecycle")} <= one_side
    assert {name for where, name in one_side if where == "contacts"} == {"lead_status", "lifecycle"}


def test_where_nothing_of_the_person_can_hold_it_on_that_side_it_is_written_on_the_other() -> None:
    assert ("contacts", "owner") in wished(RULES, IN_HUBSPOT), "no record in Salesforce yet"
    by_contact = wished(RULES, CONTACT, IN_HUBSPOT)
    assert ("contacts", "owner") in by_contact, "a Contact's owner is never written"
    assert ("contacts", "score") not in by_contact
