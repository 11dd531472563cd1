"""The second pull of an object of which few records have changed, in a process of its own.

``python -m bench.changing <system> <url> <file> <bulk|rest>`` prints one JSON line.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import orjson

from bench.pulling import OBJECTS, connected, reading
from connector.cli.collecting import collect_rarely, keep_imported
from connector.store.companies import SqlFindingStore
from connector.store.database import Database
from connector.store.landing import SqlLandingStore
from connector.sync.pull import pull


def change(system: str, url: str, file: str, way: str) -> dict[str, Any]:
    """Everything, and then what has changed since."""
    database = Database(f"sqlite:///{file}")
    adapter = connected(system, url, {"bulk": way == "bulk"} if system == "salesforce" else {}, {})
    landing, findings = SqlLandingStore(database), SqlFindingStore(database)
    run, address = reading({system: adapter}), (system, OBJECTS[system])
    collect_rarely()
    keep_imported()
    pull(run, landing, findings)
    calls, began = adapter.usage().calls, time.process_time()
    changed = pull(run, landing, findings)[system][address[1]]
    done = {"calls": adapter.usage().calls - calls, "cpu_s": round(time.process_time() - began, 3)}
    adapter.close()
    database.close()
    return {**done, "changed": changed}


if __name__ == "__main__":
    print(orjson.dumps(change(*sys.argv[1:])).decode())
