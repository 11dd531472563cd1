"""Bad input gets one sentence that says where and what to do, exit code 2 or 3, and no secret."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.cli.commands import run
from connector.cli.failures import failure_of
from tests.cli.conftest import Office

LITERAL = "canary-literal-77aa"


def replacing(old: str, new: str) -> Callable[[str], str]:
    """An edit of the configuration."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (replacing("level =", "levle ="), ("config.toml: [companies.acme] levle", '"level"')),
        (replacing("[store]\n", "[stroe]\n"), ("config.toml: stroe", '"store"')),
        (replacing('"observe"', '"observ"'), ("[companies.acme] level", '"observe"')),
        (replacing("[store]", "[store"), ("config.toml", "line 2")),
        (replacing("env:TEST_SF_SECRET", "env:NOT_SET_HERE"), ("NOT_SET_HERE is not set", "client_secret")),
        (replacing("env:TEST_SF_SECRET", LITERAL), ("a literal secret is refused", "client_secret", "env:NAME")),
        (replacing("env:TEST_HS_TOKEN", "file:missing.txt"), ("cannot be read", "access_token", "missing.txt")),
        (replacing("http://127.0.0.1:", "http://crm.example:"), ("plain http", "[companies.acme.salesforce] url")),
        (replacing("http://127.0.0.1:", "ftp://127.0.0.1:"), ("not an address", "[companies.acme.salesforce] url")),
        (replacing("sqlite:///store.db", "mysql://host/x"), ("SQLite and PostgreSQL", "[store] url")),
        (replacing('approval = "first"', 'timezone = "Mars/Base"'), ("no time zone", "timezone")),
    ],
)
def test_a_mistake_in_the_configuration(
    empty_office: Office, change: Callable[[str], str], told: tuple[str, ...]
) -> None:
    empty_office.configure(change)
    ended = empty_office.run("sync", "acme")
    assert (ended.code, ended.out) == (2, "")
    assert [part for part in told if part not in ended.sentence] == []
    assert LITERAL not in ended.err


def test_an_error_is_one_document_too(empty_office: Office) -> None:
    ended = empty_office.run("sync", "nobody", "--json")
    assert ended.code == 2
    assert ended.document == {"schema": 1, "error": {"sentence": ended.sentence, "code": 2}}
    assert "companies here: acme" in ended.sentence


def test_no_configuration(empty_office: Office) -> None:
    empty_office.config.unlink()
    ended = empty_office.run("sync")
    assert ended.code == 2
    assert "config.toml: no such file" in ended.sentence
    assert "--config" in ended.sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "nobody"),
        ("push", "nobody"),
        ("backfill", "nobody"),
        ("evaluate", "nobody"),
        ("explain", "nobody", "someone"),
        ("report", "nobody", "funnel"),
        ("report", "nobody", "leaks"),
        ("go-live", "nobody"),
        ("pause", "nobody"),
    ],
)
def test_a_company_that_is_not_configured(empty_office: Office, arguments: tuple[str, ...]) -> None:
    ended = empty_office.run(*arguments)
    assert ended.code == 2
    assert 'no company "nobody"' in ended.sentence


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("snyc",), "Did you mean 'sync'"),
        (("plan",), "Missing argument 'company'"),
        (("sync", "acme", "--jsno"), "--json"),
        (("report", "acme", "funel"), "'funnel'"),
        (("report", "acme", "funnel", "--csv", "--json"), "exclude each other"),
        (("report", "acme", "leaks", "--since", "2026-01-01"), "leave it out"),
        (("report", "acme", "funnel", "--since", "yesterday"), "not a date or time"),
        (("push", "acme", "--plan", "seven"), "--plan"),
    ],
)
def test_wrong_usage(empty_office: Office, arguments: tuple[str, ...], told: str) -> None:
    ended = empty_office.run(*arguments)
    assert ended.code == 2
    assert told in ended.err.splitlines()[-1]


def test_a_person_nobody_knows_is_not_repeated(office: Office) -> None:
    ended = office.run("explain", "acme", "private.person@example.com")
    assert ended.code == 2
    assert "private.person" not in ended.err
    assert "company acme" in ended.sentence


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[canonical]\nphone = { type = "phone", polcy = "two_way" }\n', ("fields.toml", "polcy", '"policy"')),
        ("[salesforce.Lead.fields]\nPhone = { raed = 'phone' }\n", ("fields.toml", "raed", '"read"')),
    ],
)
def test_a_mistake_in_the_mapping(empty_office: Office, text: str, told: tuple[str, ...]) -> None:
    mappings = empty_office.folder / "mappings"
    mappings.mkdir()
    (mappings / "fields.toml").write_text(text, encoding="utf-8")
    empty_office.configure(replacing('level = "', 'mappings = "mappings"\nlevel = "'))
    ended = empty_office.run("sync", "acme")
    assert ended.code == 2
    assert [part for part in told if part not in ended.sentence] == []


def test_a_dead_server(empty_office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    empty_office.configure(hubspot=f"http://127.0.0.1:{port}")
    ended = empty_office.run("sync", "acme", "--json")
    assert ended.code == 3
    assert "hubspot" in ended.sentence
    assert "acme" in ended.sentence
    assert ended.document["error"]["code"] == 3


def test_credentials_that_salesforce_refuses(empty_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SF_SECRET", LITERAL)
    ended = empty_office.run("sync", "acme")
    assert ended.code == 3
    assert "salesforce" in ended.sentence
    assert LITERAL not in ended.err


def test_a_token_that_hubspot_has_revoked(writing_office: Office) -> None:
    writing_office.systems.control("hubspot", "settings", {"revoked_tokens": ["simulator-token"]})
    ended = writing_office.run("sync", "acme")
    assert ended.code == 3
    assert "hubspot" in ended.sentence
    assert "access token" in ended.sentence


def test_a_database_of_a_newer_program(office: Office) -> None:
    with sqlite3.connect(office.folder / "store.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    refused = office.run("sync", "acme")
    assert refused.code == 2
    assert "newer version of leadloop; update leadloop" in refused.sentence
    upgrading = office.run("db", "upgrade", "--json")
    assert upgrading.code == 2
    assert "newer version of leadloop" in upgrading.document["error"]["sentence"]


def test_a_database_that_cannot_be_opened(empty_office: Office) -> None:
    empty_office.configure(replacing("sqlite:///store.db", "sqlite:///no/such/folder/store.db"))
    ended = empty_office.run("report", "acme", "funnel")
    assert ended.code == 3
    assert "[store] url" in ended.sentence


HOLDER = """
import sys
from connector.store.database import Database
from connector.store.lease import hold_lease
with hold_lease(Database(sys.argv[1]), 1, "acme"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process_working(store: Path) -> Iterator[None]:
    """A process that holds the company's lease for the length of the block."""
    command = [sys.executable, "-c", HOLDER, f"sqlite:///{store}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate()


def test_two_processes_at_once(office: Office) -> None:
    with another_process_working(office.folder / "store.db"):
        ended = office.run("sync", "acme")
        assert ended.code == 3
        assert "another leadloop process is working on this company" in ended.sentence
        assert office.run("report", "acme", "funnel").code == 0
    assert office.run("sync", "acme").code == 0


def test_an_unexpected_error_keeps_its_message_to_itself() -> None:
    failure = failure_of(ValueError(LITERAL))
    assert failure.code == 3
    assert "ValueError" in failure.sentence
    assert LITERAL not in failure.sentence


def test_verbose_shows_where_an_unexpected_error_came_from_and_no_value(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ValueError(LITERAL)

    monkeypatch.setattr("connector.app.App.leaks", explode)
    quiet = empty_office.run("report", "acme", "leaks")
    loud = empty_office.run("--verbose", "report", "acme", "leaks")
    assert (quiet.code, loud.code) == (3, 3)
    assert "--verbose" in quiet.sentence
    assert "in explode" in loud.err
    assert LITERAL not in quiet.err + loud.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("backfill", "acme", "--object", "Laed"),
            '--object: "Laed" is not mapped in fields.toml; did you mean "Lead".',
        ),
        (
            ("backfill", "acme", "--system", "sugar"),
            '--system: "sugar" is not mapped in fields.toml; valid: hubspot, salesforce.',
        ),
        (("evaluate", "acme", "--playbook", "nowhere"), "nowhere: no such folder; create it, or correct the path"),
        (("report", "acme", "funel"), "Invalid value for 'name': 'funel' is not one of"),
        (("plan", "acme"), "acme: nothing was read yet; run leadloop backfill acme first."),
    ],
)
def test_what_was_meant_is_said(empty_office: Office, arguments: tuple[str, ...], told: str) -> None:
    assert empty_office.run(*arguments).err.startswith(told)


def test_a_folder_is_no_configuration(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["--config", str(tmp_path), "sync"]) == 2
    assert capsys.readouterr().err.endswith("cannot be read (IsADirectoryError); name a text file in UTF-8.\n")


@pytest.mark.parametrize("beginning", [b"no database at all" * 100, b""])
def test_a_damaged_database(office: Office, beginning: bytes) -> None:
    store = office.folder / "store.db"
    store.write_bytes(beginning + store.read_bytes()[len(beginning) : 20_000] + b"x" * 300_000)
    for arguments in (("sync", "acme"), ("report", "acme", "funnel"), ("db", "check")):
        ended = office.run(*arguments)
        assert (ended.code, "put the last backup in its place" in ended.sentence) == (3, True), ended.err


def test_a_new_store_is_its_owners_alone(empty_office: Office) -> None:
    assert empty_office.run("report", "acme", "funnel").code == 0
    files = sorted(empty_office.folder.glob("store.db*"))
    assert files
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
