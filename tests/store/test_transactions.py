"""A transaction commits as a whole or not at all, and two processes that write take turns instead of failing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url, text

from connector.errors import BadConfiguration, Busy
from connector.model import Watermark
from connector.ports.findings import Finding
from connector.ports.landing import LandedPage
from connector.store.companies import SqlCompanyStore, SqlFindingStore
from connector.store.counters import next_seq, reserve
from connector.store.database import Database, open_engine
from connector.store.landing import SqlLandingStore
from connector.store.lease import hold_lease
from tests.store.fuse import COMPANY, Died, Fuse

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@contextmanager
def another_process(database: Database, what: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease or an open transaction."""
    command = [sys.executable, "-m", "tests.store.holder", database.url, what]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "held"
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)
        process.stdin.close()
        process.stdout.close()


def write(database: Database) -> None:
    with database.begin(COMPANY) as connection:
        connection.execute(text("INSERT INTO mark VALUES (1)"))


def die_with_a_number(database: Database) -> None:
    with database.begin(COMPANY) as connection:
        next_seq(connection, COMPANY)
        raise Died


def fail(database: Database) -> None:
    with database.begin(COMPANY) as connection:
        connection.execute(text("UPDATE company SET playbook_digest = 'lost'"))
        raise ZeroDivisionError


def digest(database: Database) -> str | None:
    with database.read() as connection:
        return connection.execute(text("SELECT playbook_digest FROM company")).scalar_one()


def test_nothing_of_a_failed_transaction_stays(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        fail(database)
    assert digest(database) is None


def test_a_process_that_dies_before_the_commit_leaves_nothing_and_after_it_everything(
    database: Database, fuse: Fuse
) -> None:
    landing, page = SqlLandingStore(database), LandedPage("blue", "c", "c", (), (), {"after": "7"}, NOW, NOW)
    fuse.light("before commit")
    with pytest.raises(Died):
        landing.land(COMPANY, page)
    assert landing.watermark(COMPANY, "blue", "c") is None
    fuse.light("after commit")
    with pytest.raises(Died):
        landing.land(COMPANY, page)
    assert landing.watermark(COMPANY, "blue", "c") == Watermark({"after": "7"}, NOW)


def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    # Both read before they write: without BEGIN IMMEDIATE, SQLite answers "database is locked" at once.
    with another_process(database, "write") as process:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        with database.begin() as connection:
            connection.execute(text("SELECT count(*) FROM company")).scalar_one()
            connection.execute(text("UPDATE company SET playbook_digest = coalesce(playbook_digest, '') || 'm'"))
        process.wait(timeout=10)
    assert sorted(digest(database) or "") == ["h", "m"]


def test_a_transaction_on_sqlite_holds_the_write_lock_from_its_first_read(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    path = make_url(sqlite_url).database or ""
    with database.begin() as connection, closing(sqlite3.connect(path, timeout=0)) as second:
        connection.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            second.execute("BEGIN IMMEDIATE")
    database.close()


def test_sqlite_is_durable_before_a_request_leaves(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()


def test_a_company_has_one_writing_process(database: Database) -> None:
    with another_process(database, "lease"):
        with pytest.raises(Busy, match="acme: another leadloop process is working on this company; wait for it"):
            hold_lease(database, COMPANY, "acme").__enter__()
        with hold_lease(database, 2, "other"):  # another company is not slowed down
            pass
    with hold_lease(database, COMPANY, "acme"):
        pass


def test_a_killed_process_frees_the_lease(database: Database) -> None:
    with another_process(database, "lease") as process:
        process.kill()
        process.wait(timeout=10)
        for _ in range(200):
            # A server notices the lost connection a moment later than the operating system frees a file lock.
            try:
                with hold_lease(database, COMPANY, "acme"):
                    return
            except Busy:
                with database.read() as connection:
                    if not database.is_sqlite:
                        connection.execute(text("SELECT pg_sleep(0.05)"))
        pytest.fail("the lease of a dead process is still held")


def test_a_company_cannot_be_leased_twice_in_one_process(database: Database) -> None:
    """Two jobs of one daemon share a database: the second must not think that it holds the company."""
    with hold_lease(database, COMPANY, "acme"):
        with pytest.raises(Busy), hold_lease(database, COMPANY, "acme"):
            pass
        assert COMPANY in database.fences, "the first still holds it"
    with hold_lease(database, COMPANY, "acme"):
        pass


def test_whoever_lost_the_lease_cannot_write(postgres_url: str) -> None:
    database, killer = Database(postgres_url), Database(postgres_url)
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE mark (company INTEGER)"))
    end = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    with hold_lease(database, COMPANY, "acme"):
        with killer.begin() as connection:
            connection.execute(end)
        with hold_lease(killer, COMPANY, "acme"):
            for _ in range(2):  # trying again does not bring the lease back
                with pytest.raises(Busy, match="the lease was lost with its database connection; run again"):
                    write(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM mark")).scalar_one() == 0
    with hold_lease(database, COMPANY, "acme"):  # the lost one is forgotten
        pass
    database.close()
    killer.close()


def test_counters_are_gapless_and_a_lost_transaction_gives_its_numbers_back(database: Database) -> None:
    with database.begin(COMPANY) as connection:
        assert [next_seq(connection, COMPANY) for _ in range(3)] == [1, 2, 3]
        assert reserve(connection, COMPANY, "person", 5) == 1
        assert reserve(connection, COMPANY, "person") == 6
        assert next_seq(connection, 2) == 1
    with pytest.raises(Died):
        die_with_a_number(database)
    with database.begin(COMPANY) as connection:
        assert next_seq(connection, COMPANY) == 4


def test_a_company_is_made_at_its_first_mention_only(database: Database) -> None:
    companies = SqlCompanyStore(database)
    first = companies.company("second")
    assert companies.company("second") == first
    assert first.live_since is None
    companies.set_live(first.company_id, NOW)
    companies.set_paused(first.company_id, NOW)
    assert (companies.company("second").live_since, companies.company("second").paused_at) == (NOW, NOW)


def test_a_run_that_never_ended_is_stopped_by_the_next(database: Database) -> None:
    """Only one process works on a company: what still says "running" when the next run starts, died."""
    companies = SqlCompanyStore(database)
    rules = {"playbook": {"digest": "p", "body": {}}, "mapping": {"digest": "m", "body": {}}}
    died = companies.start_run(COMPANY, "sync", NOW, rules)
    now = companies.start_run(COMPANY, "plan", NOW, rules)
    assert [(run.run_id, run.status) for run in companies.runs(COMPANY)] == [(now, "running"), (died, "stopped")]
    companies.end_run(COMPANY, now, NOW, "ok", {"planned": 2})
    newest = companies.runs(COMPANY)[0]
    assert (newest.status, newest.ended_at, newest.counts) == ("ok", NOW, {"planned": 2})


def test_a_finding_is_one_row_per_cause_until_it_is_settled(database: Database) -> None:
    findings = SqlFindingStore(database)
    findings.report(COMPANY, Finding("b", "warning", "code", "do this", 3), NOW)
    findings.report(COMPANY, Finding("b", "warning", "code", "do that", 5), NOW)
    findings.report(COMPANY, Finding("a", "error", "code", "do it", 1), NOW)
    assert [(each.name, each.remedy, each.count) for each in findings.open_findings(COMPANY)] == [
        ("a", "do it", 1),
        ("b", "do that", 5),
    ]
    findings.settle(COMPANY, "a", NOW)
    findings.settle(COMPANY, "never seen", NOW)
    assert [each.name for each in findings.open_findings(COMPANY)] == ["b"]
    findings.report(COMPANY, Finding("a", "error", "code", "do it", 1), NOW)
    assert [each.name for each in findings.open_findings(COMPANY)] == ["a", "b"]


@pytest.mark.parametrize("url", ["mysql://host/db", "no address", "sqlite"])
def test_another_database_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(BadConfiguration, match=r"\[store\] url: .*; write sqlite:///leadloop.db or postgresql"):
        open_engine(url)


def test_who_only_reads_keeps_no_writer_waiting_and_sees_one_moment(database: Database) -> None:
    other, company = Database(database.url), text("SELECT playbook_digest FROM company")
    try:
        with database.read() as reading:
            before = reading.execute(company).scalars().first()
            with other.begin(COMPANY) as writing:  # would wait ten seconds and give up, if reading took the write lock
                writing.execute(text("UPDATE company SET playbook_digest = 'new'"))
            seen = reading.execute(company).scalars().first()
        with database.read() as reading:
            after = reading.execute(company).scalars().first()
    finally:
        other.close()
    assert after == "new" != before
    if database.is_sqlite:
        assert seen == before
