"""The daemon and the simulators as real processes: they start, work over HTTP, and end when they are asked to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.wire import ConnectionLost, Request
from connector.errors import Busy
from connector.store.database import Database
from jobs.leader import leading
from jobs.simulator import PROFILES, serving

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATIENCE_S = 120.0
SECRETS = ("simulator-secret", "simulator-token")
ENVIRONMENT = {"TEST_SF_ID": "simulator", "TEST_SF_SECRET": SECRETS[0], "TEST_HS_TOKEN": SECRETS[1]}

CONFIG = """
[store]
url = "{store}"

[companies.acme]
[companies.acme.salesforce]
url = "{salesforce}"
api_version = "67.0"
auth = "client_credentials"
client_id = "env:TEST_SF_ID"
client_secret = "env:TEST_SF_SECRET"
[companies.acme.hubspot]
url = "{hubspot}"
api_version = "2026-09"
auth = "token"
access_token = "env:TEST_HS_TOKEN"
searches_per_second = 1000

[companies.broken.hubspot]
url = "{hubspot}"
api_version = "2026-09"
auth = "token"
access_token = "env:NOT_SET_ANYWHERE"

[schedule]
hot = "never"
sync = "every 2 hours"
"""


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of the command line; ended by SIGTERM at the latest when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", *arguments],
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(PATIENCE_S, process.kill)  # nobody waits for ever on a process that hangs
    watchdog.start()
    with process:
        try:
            yield process
        finally:
            watchdog.cancel()
            if process.poll() is None:
                process.terminate()


def ended(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
    """End a process by a signal; its exit code and what it still wrote to stderr."""
    process.send_signal(number)
    assert process.stderr is not None
    rest = process.stderr.read()
    return process.wait(), rest


def document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The first JSON document on stdout."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if line == "}\n":
            break
    return json.loads(printed)


def lines_until(process: subprocess.Popen[str], event: str) -> list[dict[str, Any]]:
    """The log up to and with an event."""
    assert process.stderr is not None
    lines: list[dict[str, Any]] = []
    for line in process.stderr:
        assert not [secret for secret in SECRETS if secret in line]
        lines.append(json.loads(line))
        if lines[-1]["event"] == event:
            return lines
    raise AssertionError(f"the process ended without {event}: {lines}")


@pytest.fixture(scope="module")
def simulators() -> Iterator[dict[str, Any]]:
    """``leadloop simulator`` as a process, with the demo company in it."""
    with running("simulator", "--port-salesforce", "0", "--port-hubspot", "0", "--people", "50", "--json") as process:
        yield document(process)
        code, err = ended(process)
        assert (code, err.splitlines()[-1]) == (0, "both simulators have stopped")


@pytest.fixture
def config(simulators: dict[str, Any], tmp_path: Path) -> Path:
    """A configuration of two companies, one of which cannot work."""
    urls = {system: simulators[system]["url"] for system in ("salesforce", "hubspot")}
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(store="sqlite:///store.db", **urls), encoding="utf-8")
    return path


def test_the_simulators_serve_the_seeded_company(simulators: dict[str, Any]) -> None:
    assert simulators["schema"] == 1
    url = f"{simulators['hubspot']['url']}/crm/objects/2026-09/contacts"
    answer = requests.get(url, headers={"Authorization": f"Bearer {simulators['hubspot']['access_token']}"}, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["results"]
    clock = requests.get(f"{simulators['salesforce']['url']}/_simulator/clock", timeout=10).json()["now"]
    later = requests.get(f"{simulators['salesforce']['url']}/_simulator/clock", timeout=10).json()["now"]
    assert later > clock  # it follows the machine's time


def test_the_daemon_works_off_what_is_due_and_ends_on_sigterm(config: Path) -> None:
    with running("--config", str(config), "daemon") as first:
        lines = lines_until(first, "run ended")
        refused = subprocess.run(
            [sys.executable, "-m", "connector.cli", "--config", str(config), "daemon"],
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
        )
        code, rest = ended(first)
    synced = lines[-1]
    assert (synced["company"], synced["status"], synced["written"]) == ("acme", "ok", 0)
    assert [line["sentence"] for line in lines if line.get("company") == "broken"] == [
        "config.toml: [companies.broken.hubspot] access_token: the environment variable NOT_SET_ANYWHERE is not set; "
        "set it and run again."
    ]
    assert refused.returncode == 3
    assert "another daemon works on this store" in refused.stderr.splitlines()[-1]
    assert (code, json.loads(rest.splitlines()[-1])["event"]) == (0, "stopped")

    with running("--config", str(config), "daemon") as second:
        lines_until(second, "started")
        lines_until(second, "failed")  # the broken company; the other one is not due again
        code, rest = ended(second, signal.SIGINT)
    assert code == 0
    assert "run ended" not in rest


def test_sigterm_during_a_run_leaves_it_between_two_batches(config: Path, simulators: dict[str, Any]) -> None:
    asked_before = requests_seen(simulators)
    with running("--config", str(config), "daemon") as daemon:
        lines_until(daemon, "started")
        while daemon.poll() is None and requests_seen(simulators) == asked_before:
            pass
        code, rest = ended(daemon)
    events = [json.loads(line)["event"] for line in rest.splitlines()]
    assert code == 0
    assert events[-2:] == ["left between two batches", "stopped"]
    with running("--config", str(config), "sync", "acme", "--json") as process:
        summary = document(process)
        assert summary["people"]["new"] >= 50
        assert process.wait() == 0


def requests_seen(simulators: dict[str, Any]) -> int:
    """Requests to the simulators' APIs so far."""
    urls = [f"{simulators[system]['url']}/_simulator/requests" for system in ("salesforce", "hubspot")]
    return sum(len(requests.get(url, timeout=10).json()["requests"]) for url in urls)


def test_a_bad_schedule_is_one_sentence(config: Path) -> None:
    config.write_text(config.read_text("utf-8").replace("every 2 hours", "every so often"), "utf-8")
    with running("--config", str(config), "daemon") as process:
        _, err = process.communicate()
    assert process.returncode == 2
    assert err.startswith("config.toml: [schedule] sync: not an interval; ")


def test_one_leader_for_each_store(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    with leading(first) as still_leading:
        still_leading()
        with pytest.raises(Busy, match="another daemon works on this store"), leading(second):
            pass
    with leading(second):
        pass
    first.close()
    second.close()


def lead_until_it_dies(leader: Database, operator: Database) -> None:
    """Lead, lose the connection, and look whether it still holds."""
    with leading(leader) as still_leading:
        still_leading()
        with operator.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        still_leading()


def test_a_leader_whose_connection_died_knows_it(postgres_url: str) -> None:
    leader, operator = Database(postgres_url), Database(postgres_url)
    with pytest.raises(Busy, match="lost"):
        lead_until_it_dies(leader, operator)
    with leading(operator):
        pass
    leader.close()
    operator.close()


def test_an_unknown_fault_profile() -> None:
    with running("simulator", "--faults", "flakey") as process:
        _, err = process.communicate()
    assert process.returncode == 2
    assert 'did you mean "flaky"' in err


def test_a_port_that_is_taken(simulators: dict[str, Any]) -> None:
    port = simulators["hubspot"]["url"].rpartition(":")[2]
    with running("simulator", "--port-salesforce", port, "--port-hubspot", "0") as process:
        _, err = process.communicate()
    assert process.returncode == 3
    assert f"port {port} cannot be used" in err


def test_the_flaky_profile_fails_every_twentieth_request() -> None:
    core = HubSpotSimulator(now=NOW)
    server = serving(core, 0, PROFILES["flaky"])
    server.stop()
    request = Request("GET", "/crm/objects/2026-09/contacts", headers={"authorization": f"Bearer {SECRETS[1]}"})
    answers = [_status(core, request) for _ in range(100)]
    assert [number for number, status in enumerate(answers, 1) if status != 200] == [20, 40, 60, 80, 100]
    assert {status for status in answers if status != 200} == {503, 0}


def _status(core: HubSpotSimulator, request: Request) -> int:
    try:
        return core.handle(request).status
    except ConnectionLost:
        return 0
