"""The product's own pull in a process of its own: real adapter, real landing store, watermarks and all.

What a pull needs is imported, and the mapping read; the rules of the playbook, which a whole run goes on with, are not.

``python -m bench.pulling <system> <url> <file> <bulk|rest> [profile]`` prints one JSON line.
"""

# ruff: noqa: E402

from __future__ import annotations

from connector.cli.collecting import collect_rarely, keep_imported

collect_rarely()  # before the heavy imports, as the command line does

import cProfile
import resource
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
from msgspec.structs import replace

from connector.clock import SystemClock
from connector.executor import ThreadExecutor
from connector.ports.adapter import Adapter
from connector.ports.connection import Connect, Connection
from connector.rules import mapping_file, toml
from connector.rules.toml import Table
from connector.store.companies import SqlFindingStore
from connector.store.database import Database
from connector.store.landing import SqlLandingStore
from connector.store.migrate import require_current
from connector.sync.pull import backfill
from connector.sync.reading import Reading

OBJECTS = {"hubspot": "contacts", "salesforce": "Lead"}
VERSIONS = {"hubspot": "2026-09", "salesforce": "67.0"}
COMPANY = 1
SHIPPED = Path(__file__).parents[1] / "mappings" / "default" / "fields.toml"


def connected(system: str, url: str, options: Mapping[str, object], key_fields: Mapping[str, str]) -> Adapter:
    connect: Connect = import_module(
        f"adapters.{system}"
    ).connect  # only the one that is needed, by name as in the product
    return connect(
        Connection(
            company="bench",
            system=system,
            url=url,
            api_version=VERSIONS[system],
            auth="token",
            secret=lambda key: "bench",
            clock=SystemClock(),
            executor=ThreadExecutor(),
            key_fields=key_fields,
            options=options,
        )
    )


def reading(adapters: Mapping[str, Adapter]) -> Reading:
    """What a pull is handed: of the mapping that is shipped one object of each system."""
    shipped = mapping_file.parse(Table(toml.load(SHIPPED), SHIPPED.name), systems=tuple(OBJECTS), digest=SHIPPED.name)
    objects = {address: shipped.objects[address] for address in OBJECTS.items() if address[0] in adapters}
    return Reading(
        company_id=COMPANY,
        company="bench",
        now=datetime.now(UTC),
        adapters=adapters,
        mapping=replace(shipped, objects=objects),
        note=lambda line: None,
    )


def rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pull(system: str, url: str, file: str, way: str, profiled: str = "") -> dict[str, Any]:
    """Everything into an empty store; the profile of what comes after the imports goes to the file ``profiled``."""
    database = Database(f"sqlite:///{file}")
    require_current(database)
    adapter = connected(system, url, {"bulk": way == "bulk"} if system == "salesforce" else {}, {})
    landing, findings = SqlLandingStore(database), SqlFindingStore(database)
    run = reading({system: adapter})
    address = system, OBJECTS[system]
    keep_imported()
    ready = {"ready_cpu_s": time.process_time(), "ready_mb": rss_mb()}
    profile, began = cProfile.Profile(time.process_time), time.perf_counter()
    if profiled:
        profile.runcall(backfill, run, landing, findings, wanted=[address])
        profile.dump_stats(profiled)
    else:
        backfill(run, landing, findings, wanted=[address])
    ready["pull_wall_s"] = time.perf_counter() - began
    rows, calls = landing.landed(COMPANY, *address), adapter.usage().calls
    adapter.close()
    database.close()
    return {**ready, "rows": rows, "calls": calls, "peak_mb": rss_mb()}


if __name__ == "__main__":
    print(orjson.dumps(pull(*sys.argv[1:])).decode())
