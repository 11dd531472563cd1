"""The daemon's other jobs as a real process: the weekly mail, the second playbook, the nightly comparison."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.app import App
from connector.clock import SystemClock
from connector.config import read_settings
from jobs.daemon import companies_due
from jobs.scheduler import read_schedules
from tests.house.tree import ROOT
from tests.jobs.test_daemon_process import CONFIG, ENVIRONMENT, document, ended, lines_until, running
from tests.messages.receivers import Inbox

ONLY = '[schedule]\nsync = "never"\nhot = "never"\nreconcile = "never"\nshadow = "never"\nweekly = "never"\n'
MESSAGES = """
[companies.acme.messages]
smtp_url = "env:TEST_SMTP_URL"
from = "leadloop@acme.example"
marketing = "mia@seller.example"
"""
TEAM = """
[[members]]
name = "Max"
role = "manager"
salesforce_user_id = "005000000000103AAA"
email = "max@seller.example"
"""
LEADERS = ["max@seller.example", "mia@seller.example"]


@dataclass
class Holding(Inbox):
    """A mail server that has the first letter and does not say so until it is let."""

    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name
        answer = await super().handle_DATA(server, session, envelope)
        if not self.arrived.is_set():
            self.arrived.set()
            await asyncio.get_running_loop().run_in_executor(None, self.release.wait)
        return answer


@pytest.fixture
def simulators() -> Iterator[dict[str, Any]]:
    with running("simulator", "--port-salesforce", "0", "--port-hubspot", "0", "--people", "60", "--json") as process:
        yield document(process)
        ended(process)


def configured(folder: Path, urls: dict[str, str], schedule: str, *, shadow: bool = False) -> Path:
    """A configuration of one company; ``schedule``: the lines that differ from doing nothing."""
    text = CONFIG.format(store="sqlite:///store.db", **urls)
    text = text[: text.index("[companies.broken")] + MESSAGES
    own = 'level = "assign"\nmappings = "own"\n' + ('shadow = "next"\n' if shadow else "")
    text = text.replace("[companies.acme]\n", f"[companies.acme]\n{own}")
    kept = [line for line in ONLY.splitlines() if line.split(" ")[0] not in schedule]
    (folder / "own").mkdir()
    (folder / "own" / "team.toml").write_text(TEAM, encoding="utf-8")
    (folder / "own" / "routing.toml").write_text('[fallback]\nmember = "Max"\n', encoding="utf-8")
    path = folder / "config.toml"
    path.write_text("\n".join([text, *kept, schedule]), encoding="utf-8")
    return path


def weekly_due(path: Path) -> list[str]:
    settings = read_settings(path, ("hubspot", "salesforce"))
    (schedule,) = read_schedules(settings)
    app = App(settings, {})
    found = companies_due(app, schedule, SystemClock().now())
    app.close()
    return found


def told_to(inbox: Inbox) -> list[str]:
    return sorted(str(letter["To"]) for letter in inbox.letters)


def test_both_leaders_get_the_week_once_although_the_daemon_is_killed_while_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"salesforce": "http://127.0.0.1:9", "hubspot": "http://127.0.0.1:9"}
    path = configured(tmp_path, nowhere, 'weekly = "0 7 * * mon"')
    inbox = Holding()
    with inbox:
        monkeypatch.setitem(ENVIRONMENT, "TEST_SMTP_URL", inbox.url)
        with running("--config", str(path), "daemon") as first:
            assert inbox.arrived.wait(60)
            first.send_signal(signal.SIGKILL)
            first.wait()
        inbox.release.set()
        assert len(inbox.letters) == 1
        assert weekly_due(path) == ["acme"]  # that run never ended
        with running("--config", str(path), "daemon") as second:
            lines = lines_until(second, "weekly figures told")
            assert (lines[-1]["count"], lines[-1]["failed"]) == (1, 0)
            assert ended(second)[0] == 0
        assert told_to(inbox) == LEADERS
        assert weekly_due(path) == []
        with running("--config", str(path), "daemon") as third:
            lines_until(third, "started")
            assert "weekly figures told" not in ended(third)[1]
        assert told_to(inbox) == LEADERS
    subjects = {str(letter["Subject"]) for letter in inbox.letters}
    assert len(subjects) == 1
    assert subjects.pop().startswith("acme: the week ")


def writes(simulators: dict[str, Any]) -> int:
    """Write requests that both systems have seen."""
    count = 0
    for system in ("salesforce", "hubspot"):
        seen = requests.get(f"{simulators[system]['url']}/_simulator/requests", timeout=10).json()["requests"]
        paths = [entry["path"].rstrip("/") for entry in seen if entry["method"] != "GET"]
        count += sum(not path.endswith(("search", "/read", "/query", "token")) for path in paths)
    return count


def asked(path: Path, *arguments: str) -> dict[str, Any]:
    with running("--config", str(path), *arguments, "--json") as process:
        return document(process)


def test_a_second_playbook_is_compared_by_the_daemon_told_in_the_weekly_mail_and_pushes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulators: dict[str, Any]
) -> None:
    urls = {system: simulators[system]["url"] for system in ("salesforce", "hubspot")}
    path = configured(tmp_path, urls, 'shadow = "0 4 * * *"\nweekly = "0 7 * * mon"', shadow=True)
    (tmp_path / "next").mkdir()
    scoring = (ROOT / "mappings" / "default" / "scoring.toml").read_text(encoding="utf-8")
    for edge, lower in ((75, 40), (50, 20), (25, 10)):
        assert f"\nat_least = {edge}\n" in scoring
        scoring = scoring.replace(f"\nat_least = {edge}\n", f"\nat_least = {lower}\n")
    (tmp_path / "next" / "scoring.toml").write_text(scoring, encoding="utf-8")
    with Inbox() as inbox:
        monkeypatch.setitem(ENVIRONMENT, "TEST_SMTP_URL", inbox.url)
        asked(path, "sync", "acme")
        before = writes(simulators)
        by_hand = asked(path, "evaluate", "acme", "--shadow")
        with running("--config", str(path), "daemon") as daemon:
            lines = lines_until(daemon, "weekly figures told")
            ended(daemon)
        (compared,) = [line for line in lines if line["event"] == "second playbook compared"]
        letter = next(each for each in inbox.letters if each["To"] == LEADERS[0])
    regraded = sum(each["people"] for each in by_hand["grades"])
    assert regraded > 0
    assert f"give {regraded} another grade" in compared["sentence"]
    told = letter.get_content().replace("\r\n", " ").replace("\n", " ")
    assert compared["sentence"][1:] in told
    assert "see leadloop evaluate acme --shadow" in told
    week = asked(path, "report", "acme", "week")
    assert any("the second playbook would put" in sentence for sentence in week["sentences"])
    coverage = json.dumps(asked(path, "report", "acme", "coverage"))
    assert "shadow_differs" in coverage
    assert writes(simulators) == before


def test_the_daemon_compares_everything_by_its_schedule_and_says_what_it_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulators: dict[str, Any]
) -> None:
    urls = {system: simulators[system]["url"] for system in ("salesforce", "hubspot")}
    path = configured(tmp_path, urls, 'reconcile = "every second"')
    monkeypatch.setitem(ENVIRONMENT, "TEST_SMTP_URL", "smtp://127.0.0.1:9")
    with running("--config", str(path), "daemon") as daemon:
        lines_until(daemon, "started")
        assert "reconciled" not in ended(daemon)[1]  # nothing was read yet: there is nothing to compare
    asked(path, "sync", "acme")
    before = writes(simulators)
    with running("--config", str(path), "daemon") as daemon:
        line = lines_until(daemon, "reconciled")[-1]
        while line["object"] != "contacts":
            line = lines_until(daemon, "reconciled")[-1]
        ended(daemon)
    assert line["count"] > 0
    assert line["sentence"] == "nothing differs; 1 requests"
    assert writes(simulators) == before
