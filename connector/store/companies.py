"""Companies, runs, definitions and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from connector.ports.companies import CompanyState, RunRecord
from connector.ports.findings import Finding as FoundCause
from connector.store.counters import reserve
from connector.store.database import Database
from connector.store.lease import hold_lease
from connector.store.sql import insert, insert_new, table
from connector.store.tables.company import Company, Definition, Finding, Run

_company = table(Company)
_run = table(Run)
_definition = table(Definition)
_finding = table(Finding)
NO_COMPANY = 0
SEVERITIES = ("error", "warning", "note")
# Whether a cause was there is asked for every object in every run, and building a question takes longer than asking it.
_IS_OPEN_NAMED = (
    *(_finding.c[name] == bindparam(f"k_{name}") for name in ("company", "name")),
    _finding.c.settled_at.is_(None),
)
_OPEN_NAMED = select(_finding.c.name).where(*_IS_OPEN_NAMED)


class SqlCompanyStore:
    """``ports.companies.CompanyStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, name: str) -> CompanyState | None:
        """The company, if it was ever mentioned."""
        return self._find(name)

    def company(self, name: str) -> CompanyState:
        """The company, created at its first mention (one transaction)."""
        known = self._find(name)
        if known is not None:
            return known
        with self._database.begin() as connection:
            company_id = reserve(connection, NO_COMPANY, "company")
            insert_new(connection, _company, [{"id": company_id, "name": name}])
        created = self._find(name)
        assert created is not None
        return created

    def lease(self, state: CompanyState) -> AbstractContextManager[None]:
        """Hold the company for writing; ``Busy`` when another process does."""
        return hold_lease(self._database, state.company_id, state.name)

    def set_live(self, company: int, since: datetime | None) -> None:
        """Store ``live_since``."""
        self._set(company, live_since=since)

    def set_paused(self, company: int, at: datetime | None) -> None:
        """Stop or go on pushing."""
        self._set(company, paused_at=at)

    def approve_first_push(self, company: int, at: datetime) -> None:
        """A person has approved a plan once."""
        self._set(company, first_push_approved_at=at)

    def start_run(self, company: int, kind: str, at: datetime, digests: Mapping[str, Mapping[str, Any]]) -> int:
        """A new run with the rules it is decided by (one transaction).

        Whoever starts one holds the company's lease, so a run that still says "running" died.
        """
        with self._database.begin(company) as connection:
            connection.execute(
                update(_run)
                .where(_run.c.company == company, _run.c.status == "running")
                .values(status="stopped", ended_at=at)
            )
            run_id = reserve(connection, company, "run")
            rows = [
                {"digest": entry["digest"], "kind": name, "body": entry["body"], "first_used_at": at}
                for name, entry in digests.items()
            ]
            insert_new(connection, _definition, rows)
            values = {f"{name}_digest": entry["digest"] for name, entry in digests.items()}
            connection.execute(
                _run.insert().values(
                    company=company, run_id=run_id, kind=kind, status="running", started_at=at, **values
                )
            )
        return run_id

    def end_run(self, company: int, run_id: int, at: datetime, status: str, counts: Mapping[str, Any]) -> None:
        """The run is over (one transaction)."""
        with self._database.begin(company) as connection:
            connection.execute(
                update(_run)
                .where(_run.c.company == company, _run.c.run_id == run_id)
                .values(status=status, ended_at=at, counts=dict(counts))
            )

    def runs(self, company: int, limit: int = 20) -> list[RunRecord]:
        """The latest runs, newest first."""
        query = select(_run).where(_run.c.company == company).order_by(_run.c.run_id.desc()).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            RunRecord(row.run_id, row.kind, row.status, row.started_at, row.ended_at, row.counts or {}) for row in rows
        ]

    def last_start(self, company: int, kind: str, statuses: Sequence[str]) -> datetime | None:
        """When the latest run of this kind that came to one of these ends began."""
        mine = _run.c.company == company, _run.c.kind == kind, _run.c.status.in_(statuses)
        query = select(_run.c.started_at).where(*mine).order_by(_run.c.run_id.desc()).limit(1)
        return self._one(query)

    def first_start(self, company: int, kind: str) -> datetime | None:
        """When the first run of this kind began."""
        mine = _run.c.company == company, _run.c.kind == kind
        return self._one(select(_run.c.started_at).where(*mine).order_by(_run.c.run_id).limit(1))

    def _one(self, query: Select[Any]) -> datetime | None:
        with self._database.read() as connection:
            found: datetime | None = connection.execute(query).scalar_one_or_none()
        return found

    def _find(self, name: str) -> CompanyState | None:
        with self._database.read() as connection:
            row = connection.execute(select(_company).where(_company.c.name == name)).one_or_none()
        if row is None:
            return None
        return CompanyState(row.id, row.name, row.live_since, row.paused_at, row.first_push_approved_at)

    def _set(self, company: int, **values: Any) -> None:
        with self._database.begin(company) as connection:
            connection.execute(update(_company).where(_company.c.id == company).values(**values))


class SqlFindingStore:
    """``ports.findings.FindingStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, company: int, finding: FoundCause, at: datetime) -> None:
        """The cause exists now (one transaction)."""
        with self._database.begin(company) as connection:
            statement = insert(connection, _finding).values(
                company=company,
                name=finding.name,
                severity=finding.severity,
                code=finding.code,
                remedy=finding.remedy,
                count=finding.count,
                first_at=at,
                last_at=at,
                settled_at=None,
            )
            new = statement.excluded
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["company", "name"],
                    set_={
                        "severity": new.severity,
                        "remedy": new.remedy,
                        "count": new.count,
                        "last_at": new.last_at,
                        "settled_at": None,
                    },
                )
            )

    def settle(self, company: int, name: str, at: datetime) -> None:
        """The cause is gone (one transaction, none when it was not there)."""
        named = {"k_company": company, "k_name": name}
        with self._database.read() as connection:
            known = connection.execute(_OPEN_NAMED, named).one_or_none()
        if known is None:
            return
        with self._database.begin(company) as connection:
            connection.execute(update(_finding).where(*_IS_OPEN_NAMED).values(settled_at=at), named)

    def open_findings(self, company: int) -> list[FoundCause]:
        """Every cause that exists, the worst first."""
        query = select(_finding).where(_finding.c.company == company, _finding.c.settled_at.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found = [FoundCause(row.name, row.severity, row.code, row.remedy, row._mapping["count"]) for row in rows]
        return sorted(found, key=lambda entry: (SEVERITIES.index(entry.severity), entry.name))
