"""The command line as a real process: quick to start, interruptible, quiet about secrets in its log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ENVIRONMENT, SECRETS, Office

HEAVY = [
    *("sqlalchemy", "alembic", "rich", "structlog", "apscheduler"),
    *("simple_salesforce", "hubspot", "requests", "urllib3"),
]
DECLARED = f"""
import sys
from pathlib import Path

import pytest
from connector.cli.commands import build
import typer
typer.main.get_command(build())
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""


def leadloop(*arguments: str) -> subprocess.Popen[str]:
    """A process of the command line. Started in the background, the tests themselves ignore Ctrl-C; it must not."""
    return subprocess.Popen(
        [sys.executable, "-m", "connector.cli", *arguments],
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def test_declaring_the_commands_imports_nothing_heavy() -> None:
    ended = subprocess.run([sys.executable, "-c", DECLARED], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_help_lists_what_exists() -> None:
    out, _ = (process := leadloop("--help")).communicate()
    assert process.returncode == 0
    commands = {line.split()[0] for line in out.partition("Commands:")[2].splitlines() if line.startswith("  ")}
    assert {"backfill", "sync", "plan", "push", "evaluate", "explain", "report", "go-live"} <= commands
    assert {"pause", "resume", "demo", "simulator", "daemon", "db"} <= commands


def test_version() -> None:
    out, _ = (process := leadloop("--version")).communicate()
    assert (process.returncode, out.split()[0]) == (0, "leadloop")


def test_no_command_shows_the_help() -> None:
    out, err = (process := leadloop()).communicate()
    assert (process.returncode, out) == (2, "")
    assert "Commands:" in err


def test_an_interrupted_sync_says_that_the_state_is_safe(empty_office: Office) -> None:
    process = leadloop("--config", str(empty_office.config), "--verbose", "sync", "acme", "--json")
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert json.loads(first)["event"] == "progress"
    assert process.returncode == 130
    assert err.strip().splitlines()[-1] == "interrupted; the state is safe, run again."
    assert json.loads(out)["error"]["code"] == 130
    assert empty_office.run("sync", "acme").code == 0


def test_the_log_is_lines_of_json_without_secrets(empty_office: Office) -> None:
    process = leadloop("--config", str(empty_office.config), "--verbose", "sync", "acme", "--json")
    out, err = process.communicate()
    lines = [json.loads(line) for line in err.splitlines()]
    assert process.returncode == 0
    assert json.loads(out)["schema"] == 1
    assert len(lines) > 10
    assert {"at", "level", "event", "step"} == set(lines[0])
    assert not [secret for secret in SECRETS if secret in out + err]
    assert "@" not in err


@pytest.mark.parametrize("form", [["--json"], ["--csv"], []])
def test_a_reader_that_leaves_early_is_no_error(office: Office, form: list[str]) -> None:
    process = leadloop("--config", str(office.config), "report", "acme", "funnel", *form)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without a full device")
@pytest.mark.parametrize("form", [["--json"], []])
def test_a_full_disk_under_the_output_is_one_sentence(office: Office, form: list[str]) -> None:
    command = [sys.executable, "-m", "connector.cli", "--config", str(office.config), "report", "acme", "funnel", *form]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command, env={**os.environ, **ENVIRONMENT}, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 3
    assert (
        ended.stderr
        == "stdout: the output cannot be written (No space left on device); make room or name another file.\n"
    )


def test_the_configuration_may_be_named_by_the_environment(office: Office) -> None:
    command = [sys.executable, "-m", "connector.cli", "report", "acme", "funnel", "--json"]
    environment = {**os.environ, **ENVIRONMENT, "LEADLOOP_CONFIG": str(office.config)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ended.returncode, json.loads(ended.stdout)["report"]) == (0, "funnel")
