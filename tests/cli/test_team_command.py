"""``leadloop team``: shows who works at the company and writes a roster that loads."""

from __future__ import annotations

from connector.playbook import load
from tests.cli.conftest import Office

SYSTEMS = ("hubspot", "memory", "salesforce")


def test_the_roster_is_seeded_from_both_systems_and_a_second_time_changes_nothing(office: Office) -> None:
    mappings = office.folder / "mapping"
    mappings.mkdir()
    office.configure(lambda text: text.replace('level = "', 'mappings = "mapping"\nlevel = "', 1))
    office.sync()
    shown = office.run("team", "acme", "--json")
    assert shown.code == 0, shown.err
    colleagues = {each["name"]: each for each in shown.document["colleagues"]}
    assert colleagues["Nora Whitfield"]["ids"].keys() == {"hubspot", "salesforce"}
    assert colleagues["Paul Drummond"]["active"] is False
    assert not list(mappings.iterdir())
    written = office.run("team", "acme", "--write")
    assert written.code == 0, written.err
    playbook = load(mappings, systems=SYSTEMS).playbook
    assert playbook.routing.fallback
    assert {member.weight for member in playbook.team} == {0}
    assert all(set(member.ids) == {"hubspot", "salesforce"} for member in playbook.team)
    assert "Paul Drummond" not in {member.name for member in playbook.team}
    before = (mappings / "team.toml").read_bytes()
    assert "needs nothing" in office.run("team", "acme", "--write").out
    assert (mappings / "team.toml").read_bytes() == before


def test_a_known_member_gets_the_id_that_is_missing_and_keeps_the_comments(office: Office) -> None:
    mappings = office.folder / "mapping"
    mappings.mkdir()
    office.configure(lambda text: text.replace('level = "', 'mappings = "mapping"\nlevel = "', 1))
    found = office.run("team", "acme", "--json").document["colleagues"]
    nora = next(each for each in found if each["name"] == "Nora Whitfield")
    text = f'# ours\n[[members]]\nname = "Nora"\nrole = "sdr"\nsalesforce_user_id = "{nora["ids"]["salesforce"]}"\n'
    (mappings / "team.toml").write_text(text, encoding="utf-8")
    (mappings / "routing.toml").write_text('[fallback]\nmember = "Nora"\n', encoding="utf-8")
    assert office.run("team", "acme", "--write").code == 0
    first = load(mappings, systems=SYSTEMS).playbook.team[0]
    assert (first.name, dict(first.ids)) == ("Nora", nora["ids"])
    assert (mappings / "team.toml").read_text(encoding="utf-8").startswith("# ours\n")


def test_writing_needs_a_folder(office: Office) -> None:
    office.configure()
    ended = office.run("team", "acme", "--write")
    assert ended.code == 2
    assert "mappings" in ended.sentence
