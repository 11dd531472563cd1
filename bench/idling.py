"""What a sync costs when nothing has changed: requests that both simulators saw, against one per object and two more.

``python -m bench.idling <people>`` prints one JSON line.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from adapters import hubspot, salesforce
from adapters.simulator.world import generate
from connector.app import App, World
from connector.ids import SeededIds
from connector.playbook import load
from jobs.demo_company import COMPANY, SALESFORCE_SETTINGS, secrets_set, write_company
from jobs.demo_systems import Systems, running_systems
from jobs.demo_wire import Wire, read_wire

CONNECTORS = {"salesforce": salesforce.connect, "hubspot": hubspot.connect}
SYSTEMS = tuple(CONNECTORS)
BETWEEN = timedelta(minutes=30)
SYNCS = 4
BEYOND_PER_SYSTEM = 2


def idle(people: int, seed: int = 1) -> dict[str, Any]:
    """Connect, push, let it come to rest, and count the last sync."""
    world = generate(people=people, seed=seed)
    with running_systems(seed, world.now) as systems, secrets_set(), TemporaryDirectory() as folder:
        systems.controls["salesforce"].post("settings", SALESFORCE_SETTINGS)
        for name, body in (("salesforce", world.salesforce_seed), ("hubspot", world.hubspot_seed)):
            systems.controls[name].post("seed", body)
        settings = write_company(Path(folder), world, systems.urls)
        with closing(App(settings, CONNECTORS, World(clock=systems.clock, ids=SeededIds("idle")))) as app:
            app.backfill(COMPANY)
            app.go_live(COMPANY)
            app.plan(COMPANY)
            systems.clock.sleep(60)
            app.push(COMPANY, over_guard=True)
            wires = [_synced(app, systems) for _ in range(SYNCS)]
        objects = sum(
            len(load(settings.company(COMPANY).mappings, systems=SYSTEMS).mapping.of_system(name)) for name in SYSTEMS
        )
        routes = systems.counts()
    last = wires[-1]
    return {
        "calls": sum(last.requests.values()),
        "by_system": dict(last.requests),
        "writes": len(last.writes),
        "allowed": objects + BEYOND_PER_SYSTEM * len(SYSTEMS),
        "objects": objects,
        "routes": routes,
    }


def _synced(app: App, systems: Systems) -> Wire:
    systems.clock.sleep(BETWEEN.total_seconds())
    before = read_wire(systems)
    app.sync(COMPANY)
    return read_wire(systems).since(before)


if __name__ == "__main__":
    print(orjson.dumps(idle(int(sys.argv[1]))).decode())
