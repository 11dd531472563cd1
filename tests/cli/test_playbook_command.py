"""``leadloop playbook``: the definitions in plain English, their contradictions, and the signature of both teams."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import tomlkit

from connector.cli.commands import run
from connector.playbook import load
from connector.playbook.shown import SECTIONS
from tests.cli.conftest import Ended, Office
from tests.rules.inventor import Inventor

SYSTEMS = ("hubspot", "memory", "salesforce")
CONFIG = '[companies.acme]\nmappings = "acme"\ntimezone = "Europe/Berlin"\n'
TEAM = '[[members]]\nname = "Max"\nrole = "sdr"\nsalesforce_user_id = "005B"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and an empty mapping folder; nothing else is there, not even a store."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "acme").mkdir()
    return tmp_path


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ended:
    code = run(arguments)
    printed = capsys.readouterr()
    return Ended(code, printed.out, printed.err)


def own(folder: Path, **documents: str) -> None:
    for name, text in documents.items():
        (folder / "acme" / f"{name}.toml").write_text(text, encoding="utf-8")


def test_the_default_playbook_is_shown_without_any_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = command(capsys, "playbook", "show")
    assert (shown.code, shown.err) == (0, "")
    for name in SECTIONS:
        assert f"[{name}]" in shown.out
    words = " ".join(shown.out.split())
    for sentence in (
        "path Q1: asked for contact in the last 30 days and fits",
        "hand_raise: 20 for each hand raise, full for 14 days and half until day 45, at most 20",
        "A: 75 points or more; goes to sales at once",
        '"never" disqualifies: Will never need it',
        "first contact within 1 business hour",
        "no stage is left within 24 hours of its entry",
        "timing: Not now, later: recycle (back to marketing)",
    ):
        assert sentence in words
    assert list(tmp_path.iterdir()) == [], "reading definitions leaves nothing behind"


def test_one_section_and_as_a_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = command(capsys, "playbook", "show", "acme", "--section", "grades", "--section", "fit", "--json")
    assert (shown.code, shown.document["schema"], shown.document["company"]) == (0, 1, "acme")
    assert [each["name"] for each in shown.document["sections"]] == ["fit", "grades"]
    grades = {each["id"]: each["text"] for each in shown.document["sections"][1]["items"]}
    assert grades["B"] == "50 to below 75 points; stays with marketing"
    wrong = command(capsys, "playbook", "show", "--section", "grade")
    assert (wrong.code, wrong.sentence) == (2, '--section: no section "grade"; did you mean "grades".')


OWN_QUESTION = {
    "fields": """[canonical]
q_color = { type = "choice", policy = "latest" }

[hubspot.contacts.fields]
color = "q_color"
""",
    "qualifying": """[questions.q_color]
text = "Which colour?"
answers = ["Red", "blue", "Weiß"]
stale_days = 90
""",
}
"""What random playbooks ask on their own."""


@pytest.mark.parametrize("seed", range(5))
def test_show_names_every_rule_of_any_playbook(folder: Path, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    inventor = Inventor(seed)
    own(folder, scoring=tomlkit.dumps(inventor.scoring()), stages=tomlkit.dumps(inventor.stages()), **OWN_QUESTION)
    playbook = load(folder / "acme", systems=SYSTEMS).playbook
    shown = command(capsys, "playbook", "show", "acme", "--json")
    ids = {item["id"] for section in shown.document["sections"] for item in section["items"]}
    model, stages = playbook.definitions.scoring, playbook.definitions.stages
    assert {rule.id for _axis, rule in model.rules()} <= ids
    assert {rule.id for rule in stages.junk} | {rule.id for rule in stages.exclusions} <= ids
    assert {grade.name for grade in model.grades} | {track.name for track in playbook.tracks} <= ids
    assert set(playbook.promises) | set(playbook.rules.reasons) | {each.field for each in playbook.questions} <= ids
    lines = [line for section in shown.document["sections"] for item in section["items"] for line in item["lines"]]
    paths = {line.split(":")[0] for line in lines}
    assert {f"path {path.id}" for stage in stages.stages for path in stage.paths} <= paths


def test_check_says_what_is_wrong_and_ends_with_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = command(capsys, "playbook", "check", "acme", "--json")
    assert found.code == 2
    assert list(found.document) == ["schema", "findings"]
    assert {tuple(each) for each in found.document["findings"]} == {("severity", "file", "table", "key", "message")}
    first = found.document["findings"][0]
    assert (first["severity"], first["file"], first["table"]) == ("error", "default/routing.toml", "fallback")
    own(folder, team=TEAM, routing='[fallback]\nmember = "Max"\n')
    told = command(capsys, "playbook", "check", "acme")
    assert told.code == 0, told.out
    assert "acme: 0 errors, " in told.out
    assert "warning default/stages.toml: [agreement] agreed_on" in told.out


def test_a_mistake_that_keeps_the_files_from_loading_is_a_finding_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(folder, stages="[exits]\nlock_day = 31\n")
    sentence = 'acme/stages.toml: [exits] lock_day: unknown key; did you mean "lock_days".'
    told = command(capsys, "playbook", "check", "acme")
    assert (told.code, told.out, told.sentence) == (2, "", sentence)
    found = command(capsys, "playbook", "check", "acme", "--json")
    assert (found.code, found.sentence) == (2, sentence)
    assert json.loads(found.out) == {
        "schema": 1,
        "findings": [
            {
                "severity": "error",
                "file": "acme/stages.toml",
                "table": "exits",
                "key": "lock_day",
                "message": 'unknown key; did you mean "lock_days"',
            }
        ],
    }


def test_both_teams_sign_and_a_later_change_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own(folder, stages="# ours\n[exits]\nlock_days = 31   # a month\n")
    signed = command(capsys, "playbook", "agree", "acme", "--marketing", "Mia", "--sales", "Sam", "--json")
    assert (signed.code, signed.err) == (0, "")
    text = (folder / "acme" / "stages.toml").read_text(encoding="utf-8")
    assert text.startswith("# ours\n[exits]\nlock_days = 31   # a month\n")
    written = tomllib.loads(text)["agreement"]
    assert (written["marketing"], written["sales"], written["digest"]) == ("Mia", "Sam", signed.document["digest"])
    assert (written["review_by"] - written["agreed_on"]).days == 90
    show = ("playbook", "show", "acme", "--section", "agreement")
    assert f"agreed on {written['agreed_on']} by Mia and Sam" in command(capsys, *show).out
    own(folder, scoring="[hysteresis]\ndays = 4\n")
    assert f"changed since agreed on {written['agreed_on']}" in command(capsys, *show).out
    found = command(capsys, "playbook", "check", "acme", "--json").document["findings"]
    assert [each["key"] for each in found if each["table"] == "agreement"] == ["digest"]


def test_signing_needs_a_folder_and_two_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = command(capsys, "playbook", "agree", "acme", "--marketing", " ", "--sales", "Sam")
    assert (told.code, told.sentence) == (
        2,
        "an agreement needs a name for each team; write --marketing NAME --sales NAME.",
    )
    (folder / "config.toml").write_text("[companies.acme]\n", encoding="utf-8")
    told = command(capsys, "playbook", "agree", "acme", "--marketing", "Mia", "--sales", "Sam")
    assert (told.code, told.sentence[:60]) == (2, "config.toml: [companies.acme]: no folder for its playbook; w")


def test_a_store_tells_how_many_people_a_fact_is_known_of(office: Office) -> None:
    found = office.run("playbook", "check", "acme", "--json").document["findings"]
    low = [each for each in found if each["key"] == "none"]
    assert low, "hardly anybody in the synced company has a bounce"
    assert all("of people have" in each["message"] for each in low)


def test_hand_offs_are_weighed_against_the_team(office: Office) -> None:
    found = office.run("playbook", "capacity", "acme", "--json")
    assert (found.code, found.document["schema"], found.document["edge"]) == (0, 1, 75)
    assert len(found.document["cuts"]) == 101
    told = office.run("playbook", "capacity", "acme")
    assert "at 75 you would hand over" in told.out
    assert "your 0 reps can work 0" in told.out
    assert office.run("sync", "acme", "--json").code == 0, "nothing was left behind"


def test_a_second_playbook_is_compared_and_changes_nothing(office: Office) -> None:
    own = office.folder / "next"
    own.mkdir()
    (own / "scoring.toml").write_text("[fit]\nmax = 10\n[publishing]\npoints_moved = 6\n", encoding="utf-8")
    store = office.folder / "store.db"
    before = store.read_bytes()
    found = office.run("evaluate", "acme", "--playbook", str(own), "--json")
    assert (found.code, found.err) == (0, "")
    assert list(found.document) == [
        *("schema", "company", "live", "shadow", "people", "rungs", "grades", "hand_offs", "movers"),
    ]
    assert found.document["live"] != found.document["shadow"]
    assert found.document["rungs"], "with a fit of 10 at most many qualify no more"
    assert all(each["person"] and each["live"] != each["shadow"] for each in found.document["movers"])
    assert store.read_bytes() == before
    office.configure(lambda text: text.replace('level = "', 'shadow = "next"\nlevel = "', 1))
    told = office.run("evaluate", "acme", "--shadow")
    assert told.code == 0
    assert "nothing was changed" in told.out
    assert "hand-offs a week, second playbook:" in told.out


def test_without_a_second_playbook_there_is_nothing_to_compare(office: Office) -> None:
    office.configure()
    told = office.run("evaluate", "acme", "--shadow")
    assert (told.code, told.sentence[:52]) == (2, "config.toml: [companies.acme]: no second playbook; w")
