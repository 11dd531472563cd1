"""A company with both simulators behind real HTTP, and the command line run on it.

Every output is searched for secrets.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from adapters.simulator.world import generate
from connector.cli.commands import run
from jobs.simulator import PROFILES, serving

if TYPE_CHECKING:
    from tests.cli.pair import Pair

SALESFORCE_SECRET = "canary-salesforce-5b1f"
HUBSPOT_TOKEN = "simulator-token"  # the portal's only one
SECRETS = (SALESFORCE_SECRET, HUBSPOT_TOKEN)
ENVIRONMENT = {"TEST_SF_ID": "simulator", "TEST_SF_SECRET": SALESFORCE_SECRET, "TEST_HS_TOKEN": HUBSPOT_TOKEN}
UNLIMITED = {"search_limit": 100_000, "burst_limit": 100_000}

CONFIG = """
[store]
url = "sqlite:///store.db"

[companies.acme]
level = "{level}"
approval = "{approval}"

[companies.acme.salesforce]
url = "{salesforce}"
api_version = "67.0"
auth = "client_credentials"
client_id = "env:TEST_SF_ID"
client_secret = "env:TEST_SF_SECRET"
lag_s = 1

[companies.acme.hubspot]
url = "{hubspot}"
api_version = "2026-09"
auth = "token"
access_token = "env:TEST_HS_TOKEN"
searches_per_second = 1000
"""


@dataclass(frozen=True)
class Ended:
    """One finished command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The only line on stderr."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass
class Systems:
    """Both simulators with their servers."""

    salesforce: SimulatorServer
    hubspot: SimulatorServer

    def control(self, system: str, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask a control plane."""
        server: SimulatorServer = getattr(self, system)
        answer = server.answer(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def records(self, system: str, object_name: str) -> dict[str, dict[str, Any]]:
        """The living records of an object."""
        server: SimulatorServer = getattr(self, system)
        dump = json.loads(server.answer(Request("GET", "/_simulator/dump")).body)
        found: dict[str, dict[str, Any]] = dump["records"].get(object_name, {})
        return found

    def digests(self) -> list[str]:
        """The whole state of both, as two fingerprints."""
        answers = [server.answer(Request("GET", "/_simulator/digest")) for server in (self.salesforce, self.hubspot)]
        return [json.loads(answer.body)["digest"] for answer in answers]


@dataclass
class Office:
    """A folder with a configuration, and the command line run in it."""

    folder: Path
    systems: Systems
    capsys: pytest.CaptureFixture[str]
    level: str = "observe"
    approval: str = "first"
    ended: list[Ended] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, change: Callable[[str], str] = str, **settings: str) -> None:
        """Write the configuration; ``change`` edits its text."""
        values = {"level": self.level, "approval": self.approval}
        values |= {"salesforce": self.systems.salesforce.url, "hubspot": self.systems.hubspot.url}
        self.config.write_text(change(CONFIG.format(**{**values, **settings})), encoding="utf-8")

    def run(self, *arguments: str) -> Ended:
        """Run one command and search what it printed."""
        code = run(["--config", str(self.config), *arguments])
        printed = self.capsys.readouterr()
        assert not [secret for secret in SECRETS if secret in printed.out + printed.err]
        return Ended(code, printed.out, printed.err)

    def sync(self) -> Ended:
        """One sync that must work."""
        ended = self.run("sync", "acme", "--json")
        assert ended.code == 0, ended.err
        return ended


@contextmanager
def served() -> Iterator[Systems]:
    """Both simulators with the demo company of fifty people, at the machine's time."""
    now = datetime.now(UTC)
    world = generate(people=50, seed=1, now=now)
    salesforce, hubspot = SalesforceSimulator(seed=1, now=now), HubSpotSimulator(seed=1, now=now)
    with serving(salesforce, 0, PROFILES["none"]) as first, serving(hubspot, 0, PROFILES["none"]) as second:
        systems = Systems(first, second)
        systems.control("salesforce", "settings", {"client_secret": SALESFORCE_SECRET})
        systems.control("hubspot", "settings", UNLIMITED)
        systems.control("salesforce", "seed", world.salesforce_seed)
        systems.control("hubspot", "seed", world.hubspot_seed)
        yield systems


@pytest.fixture(scope="session")
def read_systems() -> Iterator[Systems]:
    """Simulators that no test writes to."""
    with served() as systems:
        yield systems


@pytest.fixture
def systems() -> Iterator[Systems]:
    """Simulators of this test alone."""
    with served() as own:
        yield own


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets that the configuration names."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LEADLOOP_CONFIG", raising=False)


@pytest.fixture
def empty_office(read_systems: Systems, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    """A configured company of which nothing was read yet; it may only observe."""
    office = Office(tmp_path, read_systems, capsys)
    office.configure()
    return office


@pytest.fixture(scope="session")
def synced_store(read_systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store after one sync that observed."""
    folder = tmp_path_factory.mktemp("synced")
    values = {"salesforce": read_systems.salesforce.url, "hubspot": read_systems.hubspot.url}
    (folder / "config.toml").write_text(CONFIG.format(level="observe", approval="first", **values), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        assert run(["--config", str(folder / "config.toml"), "sync", "acme", "--json"]) == 0
    return folder / "store.db"


@pytest.fixture
def office(empty_office: Office, synced_store: Path) -> Office:
    """The company after its first sync, which was held by its level."""
    shutil.copy(synced_store, empty_office.folder / "store.db")
    return empty_office


@pytest.fixture
def writing_office(systems: Systems, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    """A company that may write everything after a person's approval; its simulators are its own."""
    office = Office(tmp_path, systems, capsys, level="full")
    office.configure()
    return office


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Pair]:
    """One person in both CRMs, with the store on either database."""
    from tests.cli.pair import paired  # it needs what is above

    url = "sqlite:///store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with paired(tmp_path, capsys, url) as made:
        yield made
