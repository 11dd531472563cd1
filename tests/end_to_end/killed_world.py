"""Both simulators over real HTTP and the real program, which is killed at chosen write requests.

Decides when the program dies and what people edit meanwhile; what must hold then is the simulation's own evidence.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import ConnectionLost, Request, Response
from tests.simulation.company import (
    ADA,
    COMPANY,
    FIELDS_TOML,
    ROUTING_TOML,
    TEAM_TOML,
    TWO_WAY,
    hand_raise,
    owners,
    populate,
)
from tests.simulation.evidence import Evidence
from tests.simulation.witness import Sent, Witness

ROOT = Path(__file__).resolve().parents[2]
RUN_MAX_S = 120
UNHURRIED = {"search_limit": 100_000, "burst_limit": 100_000}  # pace and refusals have tests of their own
SECRETS = {"KILL_CLIENT_ID": "simulator", "KILL_CLIENT_SECRET": "simulator-secret", "KILL_TOKEN": "simulator-token"}

CONFIG = """
[store]
url = "sqlite:///{database}"

[companies.{company}]
mappings = "mapping"
timezone = "UTC"
level = "full"
approval = "never"
live_since = {live_since}

[companies.{company}.salesforce]
url = "{salesforce}"
api_version = "67.0"
auth = "client_credentials"
client_id = "env:KILL_CLIENT_ID"
client_secret = "env:KILL_CLIENT_SECRET"

[companies.{company}.hubspot]
url = "{hubspot}"
api_version = "2026-09"
auth = "token"
access_token = "env:KILL_TOKEN"
searches_per_second = 1000
"""


@dataclass(frozen=True)
class Death:
    """The program dies at its ``number``-th write request, ``before`` or ``after`` the CRM has acted."""

    number: int
    moment: str


@dataclass
class KilledWorld:
    """One company, both CRMs as servers, the program run again and again."""

    folder: Path
    seed: int
    life: int = 0
    killed: list[Death] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        self.salesforce = SalesforceSimulator(seed=self.seed, now=now)
        self.hubspot = HubSpotSimulator(seed=self.seed, now=now)
        self.database = self.folder / "leadloop.db"
        self.witness = Witness(self.salesforce, self.hubspot, self.database)
        self.servers = [self._server(self.salesforce, "salesforce"), self._server(self.hubspot, "hubspot")]
        self._death: Death | None = None
        self._writes = 0
        self._edits = 0
        self._sent: Sent | None = None
        self._process: subprocess.Popen[str] | None = None
        self._furnish(now)

    def __enter__(self) -> KilledWorld:
        for server in self.servers:
            server.start()
        self._write_files()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.stop()

    def run(self, death: Death | None = None) -> int:
        """The program once; its exit code (negative: killed)."""
        self.life += 1
        self._death, self._writes = death, 0
        command = [sys.executable, "-m", "connector.cli", "--config", str(self.folder / "config.toml"), "sync", COMPANY]
        environment = {**os.environ, **SECRETS}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said, _ = self._process.communicate(timeout=RUN_MAX_S)
        self.said.append(said)
        return self._process.returncode

    def writes_of_last_run(self) -> int:
        """Write requests of the latest run."""
        return sum(sent.life == self.life for sent in self.witness.sent)

    def edit_what_was_in_flight(self) -> bool:
        """A person changes a two-way field of a record that the killed request was about."""
        for sent in reversed(self.witness.sent):
            for row in sent.rows:
                names = [name for name in sorted(row.fields) if (sent.system, row.object, name) in TWO_WAY]
                if row.record_id is not None and names:
                    self._edit(sent.system, row.object, row.record_id, names[0])
                    return True
        return False

    def edit_everywhere(self) -> None:
        """People give every contact and Lead a new phone number, in one CRM each."""
        for contact in list(self.hubspot.portal.collections["contacts"].records.values()):
            self._edit("hubspot", "contacts", contact.id, "phone")
        for record_id in list(self.salesforce.org.tables["Contact"].rows):
            self._edit("salesforce", "Contact", record_id, "Title")

    def evidence(self, silent_from: int) -> Evidence:
        """Everything, for the checks."""
        return Evidence(
            witness=self.witness,
            salesforce=self.salesforce,
            hubspot=self.hubspot,
            database=self.database,
            quiet=True,
            silent_from=silent_from,
            texts=self.said,
            broken=[],
            canaries=("simulator-secret", "simulator-token"),
        )

    def _server(self, simulator: Any, system: str) -> SimulatorServer:
        return SimulatorServer(simulator, before=self._before(simulator, system), after=self._after(system))

    def _before(self, simulator: Any, system: str) -> Callable[[Request], None]:
        def happen(request: Request) -> None:
            simulator.clock.set(datetime.now(UTC))
            self.witness.step += 1
            self._sent = self.witness.begin(system, request, self.life)
            if self._sent is not None:
                self._writes += 1
                if self._is_due("before"):
                    self._kill()
                    raise ConnectionLost

        return happen

    def _after(self, system: str) -> Callable[[Request, Response | None], None]:
        def happen(request: Request, response: Response | None) -> None:
            self.witness.step += 1
            sent, self._sent = self._sent, None
            self.witness.drain(None if sent is None else sent.position)
            if sent is None:
                return
            sent.status = 0 if response is None else response.status
            sent.heard = response is not None
            if self._is_due("after"):
                sent.heard = False
                self._kill()

        return happen

    def _is_due(self, moment: str) -> bool:
        return self._death is not None and self._death == Death(self._writes, moment)

    def _kill(self) -> None:
        assert self._process is not None
        assert self._death is not None
        self.killed.append(self._death)
        self._death = None  # first: the next run starts as soon as this one is dead
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(RUN_MAX_S)

    def _edit(self, system: str, object_name: str, record_id: str, name: str) -> None:
        self._edits += 1
        simulator: Any = self.salesforce if system == "salesforce" else self.hubspot
        simulator.clock.set(datetime.now(UTC))
        phone = TWO_WAY[system, object_name, name] == "phone"
        value = f"+1777{self._edits:07d}" if phone else f"Head of Sales {self._edits}"
        body: dict[str, Any] = {"object": object_name, "id": record_id}
        body |= {"by": ADA, "fields": {name: value}} if system == "salesforce" else {"properties": {name: value}}
        _control(simulator, "edit", body)
        self.witness.step += 1
        self.witness.drain()

    def _furnish(self, now: datetime) -> None:
        seeds = populate(Random(self.seed))
        for row in seeds.hubspot:
            if "recent_conversion_date" in row["properties"]:
                row["properties"] |= hand_raise(now - timedelta(hours=1))
        _control(self.salesforce, "seed", {"leadloop_fields": True, "records": _dated(seeds.salesforce)})
        contacts = [{"properties": row["properties"]} for row in seeds.hubspot]
        records = {"contacts": contacts}
        _control(self.hubspot, "seed", {"leadloop_fields": True, "owners": owners(), "records": records})
        _control(self.hubspot, "settings", {"search_lag_s": 0, **UNHURRIED})
        self.witness.skip_history()

    def _write_files(self) -> None:
        mapping = self.folder / "mapping"
        mapping.mkdir()
        for name, text in (("fields", FIELDS_TOML), ("team", TEAM_TOML), ("routing", ROUTING_TOML)):
            (mapping / f"{name}.toml").write_text(text, encoding="utf-8")
        live_since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = CONFIG.format(
            database=self.database,
            company=COMPANY,
            live_since=live_since,
            salesforce=self.servers[0].url,
            hubspot=self.servers[1].url,
        )
        (self.folder / "config.toml").write_text(text, encoding="utf-8")


def _dated(records: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The seeds without their stamps: these worlds live in the machine's own time."""
    return {
        name: [{key: value for key, value in row.items() if key != "CreatedDate"} for row in rows]
        for name, rows in records.items()
    }


def _control(simulator: Any, route: str, body: dict[str, Any]) -> None:
    answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
    assert answer.status < 300, answer.body
