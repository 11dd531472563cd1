"""One run of a company: its lease, its record, its adapters; and what every command needs before that.

Decides nothing of what a run does. Whatever happens inside, the run is ended and the adapters are closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from msgspec.structs import replace
from sqlalchemy.exc import DatabaseError

from connector.app.world import World
from connector.config import CompanySettings, Settings, SystemSettings
from connector.errors import BadConfiguration
from connector.playbook import Loaded
from connector.ports.adapter import Adapter
from connector.ports.companies import CompanyState
from connector.ports.connection import Connect, Connection
from connector.ports.findings import Finding, FindingStore
from connector.store.companies import SqlCompanyStore
from connector.store.database import Database, unreachable
from connector.store.migrate import require_current, revision, upgrade
from connector.sync.post_office import addressing_of
from connector.sync.run import Run


@dataclass
class Runs:
    """The runs of every configured company, in one database."""

    settings: Settings
    connectors: Mapping[str, Connect]
    world: World
    database: Database
    companies: SqlCompanyStore
    findings: FindingStore
    _ready: bool = False

    def prepare(self) -> None:
        """An empty database gets its tables; one with another schema is refused with the remedy."""
        if self._ready:
            return
        try:
            if revision(self.database) is None:
                upgrade(self.database)
            require_current(self.database)
            self._ready = True
        except DatabaseError as error:
            raise unreachable(error) from error

    def state(self, company: str) -> CompanyState:
        """What is stored of a configured company; a ``live_since`` of the configuration wins."""
        settings = self.settings.company(company)
        state = self.companies.company(company)
        return replace(state, live_since=settings.live_since or state.live_since)

    def load(self, settings: CompanySettings) -> Loaded:
        """The company's mapping and playbook files over the default ones."""
        return self.world.read_files(settings.mappings, systems=tuple(sorted(self.connectors)))

    @contextmanager
    def running(self, company: str, kind: str, *, connected: bool = True) -> Iterator[tuple[Run, dict[str, Any]]]:
        """Lease, run record, adapters; whatever happens, the run is ended and the adapters are closed."""
        settings = self.settings.company(company)
        loaded = self.load(settings)
        adapters = self._connect(settings, loaded) if connected else {}
        outcome: dict[str, Any] = {"status": "stopped", "counts": {}}
        try:
            self.prepare()
            state = self.state(company)
            with self.companies.lease(state):
                run = self._start(settings, loaded, state, adapters, kind=kind)
                try:
                    yield run, outcome
                finally:
                    self.companies.end_run(
                        state.company_id, run.run_id, self.world.clock.now(), outcome["status"], outcome["counts"]
                    )
        finally:
            for adapter in adapters.values():
                adapter.close()

    def _keep(self, company: str, entry: SystemSettings, key: str, value: str) -> None:
        """A replaced secret goes back to its file; where that cannot be, a person has to see to it."""
        company_id, now = self.companies.company(company).company_id, self.world.clock.now()
        name = f"secret_replaced:{entry.system}.{key}"
        if entry.keep(key, value):
            self.findings.settle(company_id, name, now)
            return
        remedy = (
            f"{entry.system} has replaced it and {entry.place} {key} cannot be written: keep it in a file that may be "
            'written ("file:PATH"), and connect the app once more'
        )
        self.findings.report(company_id, Finding(name, "error", "secret_replaced", remedy, 1), now)

    def _start(
        self,
        settings: CompanySettings,
        loaded: Loaded,
        state: CompanyState,
        adapters: Mapping[str, Adapter],
        *,
        kind: str,
    ) -> Run:
        digests = {
            "playbook": {"digest": loaded.playbook.digest, "body": loaded.playbook.body},
            "mapping": {"digest": loaded.mapping.digest, "body": loaded.mapping_body},
        }
        addressing = addressing_of(settings.messages, loaded.playbook.messages, self.world.channels)
        now = self.world.clock.now()
        run_id = self.companies.start_run(state.company_id, kind, now, digests)
        return Run(
            company_id=state.company_id,
            company=settings.name,
            run_id=run_id,
            now=now,
            zone=settings.zone,
            clock=self.world.clock,
            ids=self.world.ids,
            executor=self.world.executor,
            adapters=adapters,
            mapping=loaded.mapping,
            playbook=loaded.playbook,
            levels={system: entry.level for system, entry in settings.systems.items()},
            live_since=state.live_since,
            note=self.world.note,
            addressing=addressing,
            environment=settings.environment,
        )

    def _connect(self, settings: CompanySettings, loaded: Loaded) -> dict[str, Adapter]:
        if not settings.systems:
            raise BadConfiguration(
                "no system is connected", where=f"config.toml: [companies.{settings.name}]", remedy="add one"
            )
        adapters: dict[str, Adapter] = {}
        for system, entry in sorted(settings.systems.items()):
            keys = {each.object: each.key for each in loaded.mapping.of_system(system) if each.key is not None}
            connection = Connection(
                company=settings.name,
                system=system,
                url=entry.url,
                api_version=entry.api_version,
                auth=entry.auth,
                secret=entry.secret,
                clock=self.world.clock,
                executor=self.world.executor,
                key_fields=keys,
                options=entry.options,
                transport=self.world.transports.get(system),
                keep=partial(self._keep, settings.name, entry),
            )
            adapters[system] = self.connectors[system](connection)
        return adapters
