"""The demo, over real HTTP: it holds, it is the same twice, and it notices what it says it would notice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from rich.console import Console

from adapters.simulator.wire import Request, Response
from adapters.simulator.world import ANSWERS, SUGGESTED_NOW, generate
from connector.app import App
from connector.app import World as Surroundings
from connector.config import read_settings
from connector.errors import BadConfiguration
from connector.ids import SeededIds
from jobs.demo import CONNECTORS, DemoOptions, play, run, show
from jobs.demo_checks import Verdict, judge
from jobs.demo_company import COMPANY, secrets_set, write_company
from jobs.demo_picture import draw_demo
from jobs.demo_serve import serve_demo
from jobs.demo_story import Told
from jobs.demo_systems import Systems, running_systems
from jobs.demo_wire import lost_edits, read_wire
from jobs.stopping import Stop

PEOPLE = 50
CONTACTS = "/crm/objects/2026-09/contacts"
TOKEN = {"Authorization": "Bearer simulator-token"}


@dataclass(frozen=True)
class Staged:
    """A demo that was played, with its systems still running."""

    told: Told
    systems: Systems
    folder: Path

    def judged_again(self) -> Verdict:
        settings = read_settings(self.folder / "config.toml", ("salesforce", "hubspot"))
        around = Surroundings(clock=self.systems.clock, ids=SeededIds("again"))
        with closing(App(settings, CONNECTORS, around)) as app:
            return judge(app, self.systems, self.told.played, [], self.folder)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    folder = tmp_path_factory.mktemp("demo")
    world = generate(people=PEOPLE, seed=0)
    with running_systems(0, world.now) as systems, secrets_set():
        yield Staged(play(DemoOptions(PEOPLE), world, systems, folder), systems, folder)


@pytest.fixture
def systems() -> Iterator[Systems]:
    with running_systems(1, SUGGESTED_NOW) as running:
        yield running


def printed(*, people: int = PEOPLE, seed: int = 0) -> tuple[int, dict[str, Any]]:
    stdout = io.StringIO()
    with redirect_stdout(stdout):
        code = run(people=people, seed=seed, serve=False, keep=None, as_json=True)
    return code, json.loads(stdout.getvalue())


def test_every_promise_and_every_count_holds(staged: Staged):
    verdict = staged.told.verdict
    assert verdict.failures == []
    assert [check.number for check in verdict.promises if check.ok is None] == [10, 11]
    by_name = {one.name: one.in_the_systems for one in verdict.comparisons}
    assert by_name["people handed off"] == len({given.person for given in staged.told.hand_offs}) > 5
    assert by_name["people recycled"] == len(staged.told.recycled) > 0
    assert set(by_name["people by stage"]) == {"name", "suspect", "lead", "qualified_lead", "prospect", "customer"}


def test_silence_after_the_week_although_scores_move(staged: Staged):
    second, third, fourth = staged.told.played.syncs
    assert all(count > 0 for count in second.wire.written().values())
    assert second.summary.handed_off > 0
    assert second.summary.recycled > 0
    assert [sum(sync.wire.written().values()) for sync in (third, fourth)] == [0, 0]
    assert all(count > 0 for count in fourth.wire.requests.values())
    assert fourth.summary.unpublished > 0


def test_nothing_is_written_before_the_push_and_the_plan_says_what_will_be(staged: Staged):
    played = staged.told.played
    assert played.before_approval is not None
    assert played.push_wire is not None
    assert played.plan is not None
    assert played.before_approval.writes == ()
    planned = {(entry.row.system, entry.action_id) for entry in played.plan.entries}
    written = played.push_wire.written()
    for system in ("salesforce", "hubspot"):
        assert written[system] >= sum(1 for name, _ in planned if name == system) > 0


def test_follow_up_promises_are_kept_and_broken(staged: Staged):
    tally = staged.told.funnel.follow_up
    assert tally.kept > 0
    assert tally.broken > 0
    assert staged.told.leaks.new == 0


def test_the_picture_fits_and_ends_with_the_verdict(staged: Staged):
    target = io.StringIO()
    draw_demo(staged.told, Console(file=target, width=100, color_system=None, highlight=False, markup=False))
    lines = [line.rstrip() for line in target.getvalue().splitlines()]
    assert max(len(line) for line in lines) <= 100
    assert len(lines) < 195
    assert lines[-1].startswith("Leadloop kept its promises: 10 of 12")
    assert any(line.startswith("digest of both") for line in lines[-10:])


def test_one_seed_gives_one_history_and_another_seed_another(staged: Staged):
    code, same = printed()
    assert code == 0
    assert same["schema"] == 1
    assert same["digest"] == staged.told.digest
    assert same["digests"] == dict(staged.told.verdict.digests)
    other_code, other = printed(seed=1)
    assert other_code == 0
    assert other["digest"] != same["digest"]


def test_a_count_that_differs_from_the_systems_is_noticed(staged: Staged):
    control = staged.systems.controls["hubspot"]
    graded = {
        key: record["leadloop_grade"]
        for key, record in control.get("dump")["records"]["contacts"].items()
        if record.get("leadloop_grade") == "B" and record.get("leadloop_person")
    }
    record_id = min(graded)
    edit = {"object": "contacts", "id": record_id, "by": 5_100_011}
    control.post("edit", {**edit, "properties": {"leadloop_grade": "D", "leadloop_stage": "customer"}})
    try:
        failures = staged.judged_again().failures
    finally:
        before = {"leadloop_grade": "B", "leadloop_stage": "qualified_lead"}
        control.post("edit", {**edit, "properties": before})
    assert any("differs from the systems" in failure for failure in failures)
    assert staged.judged_again().failures == []


def test_a_secret_in_the_company_folder_is_noticed(staged: Staged):
    leak = staged.folder / "notes.txt"
    leak.write_text("token simulator-token", encoding="utf-8")
    try:
        failures = staged.judged_again().failures
    finally:
        leak.unlink()
    assert [failure[:20] for failure in failures] == ["promise 12 is broken"]


def test_a_write_in_a_quiet_sync_is_noticed(staged: Staged):
    played = staged.told.played
    loud = [*played.syncs[:2], replace(played.syncs[2], wire=played.syncs[0].wire)]
    failures = replace(staged, told=replace(staged.told, played=replace(played, syncs=loud))).judged_again().failures
    assert [failure[:19] for failure in failures] == ["promise 6 is broken"]


def test_a_field_that_is_missing_in_a_system_is_a_finding_and_fails_the_demo():
    stdout = io.StringIO()
    with redirect_stdout(stdout):
        code = show(DemoOptions(PEOPLE, as_json=True, leave_out=("leadloop_expected_value",)))
    document = json.loads(stdout.getvalue())
    assert code == 1
    assert any("leadloop_expected_value" in finding for finding in document["findings"])


def test_a_folder_in_use_is_not_written_over(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadConfiguration, match="not an empty folder"):
        show(DemoOptions(PEOPLE, keep=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_clock_of_the_demo_moves_both_systems(systems: Systems):
    systems.clock.sleep(90.5)
    systems.clock.move_to(SUGGESTED_NOW)  # never back
    expected = systems.clock.now()
    assert (expected - SUGGESTED_NOW).total_seconds() == 90.5
    for name, url in systems.urls.items():
        told = requests.get(f"{url}/_simulator/clock", timeout=10).json()["now"]
        assert told.startswith(expected.strftime("%Y-%m-%dT%H:%M:30")), name


def a_contact(systems: Systems) -> str:
    row = {"id": "71", "properties": {"email": "a@b.example"}}
    systems.controls["hubspot"].post("seed", {"records": {"contacts": [row]}})
    return "71"


def write_title(systems: Systems, record_id: str, title: str) -> None:
    """By the API, as an integration does."""
    body = {"inputs": [{"id": record_id, "properties": {"jobtitle": title}}]}
    url = f"{systems.urls['hubspot']}{CONTACTS}/batch/update"
    assert requests.post(url, json=body, headers=TOKEN, timeout=10).status_code == 200


def test_writes_are_counted_from_the_wire_with_what_was_sent_again(systems: Systems):
    before = read_wire(systems)
    record_id = a_contact(systems)
    for _ in range(2):
        write_title(systems, record_id, "CFO")
    url = f"{systems.urls['hubspot']}{CONTACTS}"
    reading = {"inputs": [{"id": record_id}], "properties": ["jobtitle"]}
    requests.post(f"{url}/batch/read", json=reading, headers=TOKEN, timeout=10)
    assert requests.delete(f"{url}/{record_id}", headers=TOKEN, timeout=10).status_code == 204
    wire = read_wire(systems).since(before)
    assert wire.requests == {"salesforce": 0, "hubspot": 4}
    assert len(wire.writes) == 3
    assert wire.resent == 1
    assert wire.deletes == 1


def test_a_persons_value_that_we_wrote_over_is_lost(systems: Systems):
    record_id = a_contact(systems)
    person = {"object": "contacts", "id": record_id, "properties": {"jobtitle": "Owner"}, "by": 5_100_011}
    systems.controls["hubspot"].post("edit", person)
    assert lost_edits(systems, 0) == 0
    write_title(systems, record_id, "CFO")
    assert lost_edits(systems, 0) == 1
    assert lost_edits(systems, 1) == 0


def test_the_week_shows_each_of_the_nine_subjects(staged: Staged):
    nine = {subject.title: dict(subject.said) for subject in staged.told.nine}
    assert len(nine) == 9
    assert all(nine.values()), "every subject has something to say of this company"
    assert nine["Definitions"]["checked"].startswith("0 errors")
    given = dict(part.rsplit(" ", 1) for part in nine["Routing"]["given to"].split(", "))
    assert sum(map(int, given.values())) == len(staged.told.hand_offs)
    assert 'territory "dach"' in nine["Routing"]["territory"]
    assert nine["Routing"]["skill"].startswith(tuple(given.name for given in staged.told.hand_offs))
    assert "lacks the skill spanish" in nine["Routing"]["skill"]
    who, _, to = nine["Hand-off and follow-up"]["who left"].partition("; their open leads were given to ")
    assert who in given
    assert who not in to
    assert f"{who} (salesforce)" in nine["Hand-off and follow-up"]["told"]
    tracks = dict(part.rsplit(" ", 1) for part in nine["Nurture"]["tracks"].split(", "))
    assert sum(map(int, tracks.values())) > 0
    assert "have another grade; nothing is written" in nine["Backtest"]["a second playbook"]
    asked, ruled_out, with_answers = (nine["Scoring"][story] for story in ANSWERS)
    assert "14 points of readiness" in asked
    assert "specific" in asked
    assert ruled_out.endswith("never. Disqualified by that answer.")
    assert "28 points of readiness, qualified lead, grade A" in with_answers
    assert nine["Scoring"]["ask next"].partition(": ")[2].startswith("Which product are you looking at?")
    assert "too few for a model (floor: 1000 people and 120 wins)" in nine["Expected value"]["no model"]
    assert nine["Backtest"]["on the past"].startswith("Too little is decided")  # of 50 people
    assert "a HubSpot list" in nine["Nurture"]["put on"]
    assert "; missing: " in nine["Nurture"]["for example"]
    assert "Not now, later: recycled 1" in nine["Recycle and rejection"]["given back"]
    assert "although nobody had been called" in nine["Recycle and rejection"]["refused"]


def test_the_company_of_the_demo_is_an_ordinary_one(staged: Staged):
    settings = read_settings(staged.folder / "config.toml", ("salesforce", "hubspot"))
    company = settings.company(COMPANY)
    assert company.approval == "first"
    assert company.live_since is None
    assert "simulator-token" not in (staged.folder / "config.toml").read_text(encoding="utf-8")


def test_served_the_daemon_takes_over_with_the_machines_time(tmp_path: Path):
    world = generate(people=PEOPLE, seed=0)
    stop, seen = Stop(), []

    def after(request: Request, response: Response | None) -> None:
        if not request.path.startswith("/_simulator/"):
            seen.append(request.path)
            stop.ask()

    with running_systems(0, world.now) as systems, secrets_set():
        write_company(tmp_path, world, systems.urls)
        for server in systems.servers.values():
            server.after = after
        assert serve_demo(systems, tmp_path, stop) == 0
        assert seen
        assert (tmp_path / "secrets.env").stat().st_mode & 0o077 == 0
        assert systems.clock.now() > world.now
