"""One schedule from its seed: a storm in which nothing may go wrong, then calm in which everything must settle.

Safety: faults, crashes and edits at any request and commit. Liveness: all of them stop, and within some runs there is
nothing left to write. Silence: two more runs, which write nothing.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from adapters import hubspot, salesforce
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import FaultPlan, Request
from connector.app import App, World
from connector.config import Settings, parse_settings
from connector.errors import LeadloopError
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.playbook import Loaded, load
from connector.rules.toml import Table
from tests.places import fast_folder
from tests.simulation.checks_of_state import Watermarks
from tests.simulation.colleagues import LATE_MAX_S
from tests.simulation.company import COMPANY, LIVE_SINCE, START, owners, populate, write_mapping
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import CHECKS
from tests.simulation.nature import Crash, Nature, SharedTime
from tests.simulation.sabotages import SABOTAGES
from tests.simulation.swarm import Swarm, swarm
from tests.simulation.witness import Witness
from tests.templates import migrated

CANARY = "canary-client-secret-7f3a"
SECRETS = {"SIM_CLIENT_ID": "simulator", "SIM_CLIENT_SECRET": CANARY, "SIM_TOKEN": "simulator-token"}
CANARIES = (CANARY, "simulator-token")
SYSTEMS = ("hubspot", "salesforce")

CALM_PAUSES_S = (900, 400, 400, 4_000, 8_000, 16_000, 90_000, 90_000, 600, 600, 600)
"""Between the runs of the calm: past late commits, then past the rests of refused values (an hour to a day)."""
QUIET_RUNS = 2
SILENT_RUNS = 2
SILENT_PAUSE_S = 30
SILENCE_S = 300

QUIET_OBJECTS = {
    "hubspot": "form_submissions list_memberships email_events emails tasks notes communications leads teams",
    "salesforce": "EmailMessage Campaign CampaignMember Group GroupMember LeadStatus Organization",
}
"""What the company of a schedule has no record of."""
DUE = """SELECT due_at AS due FROM follow_up UNION SELECT accept_due_at FROM follow_up
         UNION SELECT attempts_due_at FROM follow_up
         UNION SELECT due_at FROM track_touch UNION SELECT late_at FROM track_touch"""
READ_ALL_EVERY = 5
TOUCHES_EVERY = 3


@dataclass(frozen=True)
class Outcome:
    """What a schedule came to. ``trace`` is the hash of everything that happened."""

    seed: int
    violations: tuple[str, ...]
    trace: str
    mixture: Swarm
    counts: dict[str, int]


@lru_cache(maxsize=4)
def _files_read(everything: bool, touches: bool) -> Callable[..., Loaded]:
    """How the company's files are read, once for all schedules: with the objects of which it has no record, or without,
    and with or without human touches to be made.

    They cost a request each in every run and nothing else, so one schedule in five reads them.
    """
    read: list[Loaded] = []

    def read_files(folder: Path | None, *, systems: tuple[str, ...]) -> Loaded:
        if not read:
            loaded = load(folder, systems=systems)
            if not everything:
                objects = loaded.mapping.objects.items()
                quiet = {key: frozenset(names.split()) for key, names in QUIET_OBJECTS.items()}
                used = frozenset({"tasks"}) if touches else frozenset()
                kept = {key: each for key, each in objects if key[1] not in quiet[key[0]] - used}
                loaded = replace(loaded, mapping=replace(loaded.mapping, objects=kept))
            read.append(loaded)
        return read[0]

    return read_files


@dataclass
class Product:
    """The product as one process after another on the same database."""

    settings: Settings
    nature: Nature
    transports: dict[str, object]
    skew_s: float
    seed: int
    touches: bool = False
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    _app: App | None = None

    def read_everything(self) -> None:
        """What an operator does after a field has become visible again."""
        self._open().backfill(COMPANY)

    def run_once(self) -> None:
        """One ``sync``; whatever ends it, the next one starts from what is stored."""
        try:
            self._open().sync(COMPANY)
        except Crash:
            self._bury()
        except LeadloopError as error:
            self.errors.append(error.sentence())
        except Exception:
            self.broken.append(traceback.format_exc())
            self._bury()

    def close(self) -> None:
        """The end of the process."""
        if self._app is not None:
            self._app.close()
            self._app = None

    def _bury(self) -> None:
        self.close()
        self.nature.revive()

    def _open(self) -> App:
        if self._app is None:
            world = World(
                clock=SharedTime(self.nature, self.skew_s),
                ids=SeededIds(f"{self.seed}:{self.nature.life}"),
                executor=SerialExecutor(),
                transports=self.transports,
                checkpoint=self.nature.checkpoint,
                note=self.notes.append,
                read_files=_files_read(self.seed % READ_ALL_EVERY == 0, self.touches),
            )
            connectors: Any = {"hubspot": hubspot.connect, "salesforce": salesforce.connect}
            self._app = App(self.settings, connectors, world)
        return self._app


def run_schedule(seed: int, sabotage: str | None = None, **kinds: Any) -> Outcome:
    """Play one schedule in a folder of its own. ``kinds`` replace what the seed has picked of the mixture."""
    spoiled = SABOTAGES[sabotage]() if sabotage else nullcontext()
    with _folder() as folder, spoiled:
        return _Schedule(seed, folder, kinds).play()


class _Schedule:
    def __init__(self, seed: int, folder: Path, kinds: dict[str, Any]) -> None:
        self.seed = seed
        random = Random(f"schedule {seed}")
        asked = {"touches": seed % TOUCHES_EVERY == TOUCHES_EVERY - 1, **kinds}
        self.mixture = dataclasses.replace(swarm(random), **asked)
        self.database = folder / "leadloop.db"
        migrated(self.database)
        self.salesforce = SalesforceSimulator(seed=seed, now=START)
        self.hubspot = HubSpotSimulator(seed=seed, now=START)
        self.witness = Witness(self.salesforce, self.hubspot, self.database)
        self.nature = Nature(self.salesforce, self.hubspot, self.witness, self.mixture, random)
        self._furnish(random)
        self.product = self._product(folder)
        self.found: list[str] = []
        self.watermarks = Watermarks(self.database, self.salesforce, self.hubspot)
        self.nature.look = self._look

    def play(self) -> Outcome:
        """All three phases, then every check."""
        self._storm()
        quiet = self._calm()
        self._pass_due_times()
        silent_from = len(self.witness.sent)
        for _ in range(SILENT_RUNS):
            self.nature.advance(SILENT_PAUSE_S)
            self.product.run_once()
        self.product.close()
        self.watermarks.close()
        evidence = Evidence(
            witness=self.witness,
            salesforce=self.salesforce,
            hubspot=self.hubspot,
            database=self.database,
            quiet=quiet,
            silent_from=silent_from,
            texts=[*self.product.notes, *self.product.errors, *self.product.broken],
            broken=self.product.broken,
            canaries=CANARIES,
        )
        with evidence:
            for check in CHECKS:
                self.found += check(evidence)
        counts = {
            "requests": self.witness.requests,
            "writes": len(self.witness.sent),
            "crashes": self.nature.crashes,
            "touches": len(self.witness.touches),
            "created": sum(touch.field == "Id" and touch.author == "ours" for touch in self.witness.touches),
        }
        unique = tuple(dict.fromkeys(self.found))
        self.witness.note(_digest(self.salesforce), _digest(self.hubspot))
        return Outcome(self.seed, unique, self.witness.trace, self.mixture, counts)

    def _storm(self) -> None:
        for _ in range(self.mixture.cycles):
            self._toggle_visibility()
            self.product.run_once()
            self.nature.advance(self.nature.random.uniform(1, self.mixture.pause_s))
            for _ in range(self.nature.random.randrange(6)):
                self.nature.colleagues.act(self.nature.now())

    def _calm(self) -> bool:
        """Whether the runs fell quiet: nothing written, nothing in flight."""
        self.nature.stormy = self.nature.lively = False
        self.salesforce.faults = FaultPlan()
        self.hubspot.faults = FaultPlan()
        self.salesforce.org.settings.merge({"hidden_fields": []})
        self.salesforce.org.schema.hidden_fields = frozenset()
        self.product.errors.clear()
        if self.mixture.hides:
            self.nature.advance(LATE_MAX_S)
            self.product.read_everything()
        quiet = 0
        for pause_s in CALM_PAUSES_S:
            self.nature.advance(pause_s)
            before = len(self.witness.sent)
            self.product.run_once()
            quiet = quiet + 1 if len(self.witness.sent) == before else 0
            if quiet >= QUIET_RUNS and not self._rests():
                break
        self.found += [f"I3 a run without faults failed: {sentence}" for sentence in self.product.errors]
        return quiet > 0

    def _pass_due_times(self) -> None:
        """A promise that falls due is a change of substance: let none do so in the silence."""
        for _ in range(len(CALM_PAUSES_S)):
            now = self.nature.now() + timedelta(seconds=self.mixture.skew_s)  # dates in the store are by our clock
            first, last = (int((now + timedelta(seconds=s)).timestamp() * 1_000_000) for s in (-7_200, SILENCE_S))
            connection = sqlite3.connect(self.database)
            (due,) = connection.execute(
                f"SELECT max(due) FROM ({DUE}) WHERE due BETWEEN ? AND ?", (first, last)
            ).fetchone()
            connection.close()
            if due is None:
                return
            self.nature.advance(7_200 + SILENCE_S)
            self.product.run_once()

    def _rests(self) -> bool:
        """Whether a refused value waits for its next try."""
        connection = sqlite3.connect(self.database)
        query = "SELECT count(*) FROM reject WHERE direction = 'out' AND state = 'open'"
        (count,) = connection.execute(query).fetchone()
        connection.close()
        return bool(count)

    def _toggle_visibility(self) -> None:
        """An administrator takes a field from our sight for a while, and gives it back."""
        if not self.mixture.hides:
            return
        hidden = self.nature.random.choice(([], ["Lead.Phone"], ["Lead.Title", "Contact.Title"]))
        body = {"hidden_fields": hidden}
        _control(self.salesforce, "settings", body)

    def _look(self) -> None:
        self.found += self.watermarks.check()

    def _furnish(self, random: Random) -> None:
        seeds = populate(random, touches=self.mixture.touches)
        _control(self.salesforce, "seed", {"leadloop_fields": True, "records": seeds.salesforce})
        contacts = {"contacts": seeds.hubspot}
        _control(self.hubspot, "seed", {"leadloop_fields": True, "owners": owners(), "records": contacts})
        _control(self.salesforce, "settings", {"client_secret": CANARY})
        settings: dict[str, Any] = {"search_lag_s": self.mixture.search_lag_s}
        if self.mixture.normalises:
            settings["normalise"] = {"contacts.phone": "digits", "contacts.jobtitle": "lower"}
            _control(self.salesforce, "settings", {"normalise": {"Lead.Title": "trim", "Contact.Title": "trim"}})
        _control(self.hubspot, "settings", settings)
        self.witness.skip_history()

    def _product(self, folder: Path) -> Product:
        before, after = self.nature.before, self.nature.after
        transports: dict[str, object] = {
            "salesforce": InProcessAdapter(self.salesforce, before=before("salesforce"), after=after("salesforce")),
            "hubspot": InProcessPool(self.hubspot, before=before("hubspot"), after=after("hubspot")),
        }
        nowhere, touches = "http://127.0.0.1:1", self.mixture.touches
        settings = settings_of(folder, self.database, (nowhere, nowhere), LIVE_SINCE, touches=touches)
        if self.mixture.knows_app:
            options: Any = settings.companies[COMPANY].systems["hubspot"].options
            options["app_id"] = str(self.hubspot.portal.settings["app_id"])
        return Product(settings, self.nature, transports, self.mixture.skew_s, self.seed, touches)


def document_of(database: Path, salesforce_url: str, hubspot_url: str, live_since: datetime) -> dict[str, Any]:
    """The company's ``config.toml`` as a table."""
    company = {
        "mappings": "mapping",
        "timezone": "UTC",
        "level": "full",
        "approval": "never",
        "live_since": live_since,
        "salesforce": {
            "url": salesforce_url,
            "api_version": "67.0",
            "auth": "client_credentials",
            "client_id": "env:SIM_CLIENT_ID",
            "client_secret": "env:SIM_CLIENT_SECRET",
        },
        "hubspot": {
            "url": hubspot_url,
            "api_version": "2026-09",
            "auth": "token",
            "access_token": "env:SIM_TOKEN",
        },
    }
    return {"store": {"url": f"sqlite:///{database}"}, "companies": {COMPANY: company}}


def settings_of(
    folder: Path, database: Path, urls: tuple[str, str], live_since: datetime, *, touches: bool = False
) -> Settings:  # fmt: skip
    """The typed settings, with the mapping folder written beside them."""
    os.environ.update(SECRETS)
    write_mapping(folder / "mapping", touches=touches)
    document = document_of(database, *urls, live_since)
    return parse_settings(Table(document, "config.toml"), folder / "config.toml", SYSTEMS)


@contextmanager
def _folder() -> Iterator[Path]:
    # A commit must not wait for a disk: the store syncs fully, and there are thousands of commits.
    with tempfile.TemporaryDirectory(prefix="leadloop-schedule-", dir=fast_folder()) as name:
        yield Path(name)


def _control(simulator: Any, route: str, body: dict[str, Any]) -> None:
    answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
    assert answer.status < 300, answer.body


def _digest(simulator: Any) -> bytes:
    body: bytes = simulator.handle(Request("GET", "/_simulator/digest")).body
    return body
