"""Pulling: the three ways against their floors, and what a hundred thousand and a million records take in memory."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.pairs import Paired, paired
from bench.processes import Cost, run
from bench.stub import running
from connector.store.database import Database
from connector.store.migrate import upgrade

WAYS = {
    "pull_hubspot_rest": ("hubspot", "rest"),
    "pull_salesforce_rest": ("salesforce", "rest"),
    "pull_salesforce_bulk": ("salesforce", "bulk"),
}
SEED = 1


@dataclass(frozen=True)
class Pulls:
    """``records`` per pull; memory is measured at ``records`` and at ``records_many``."""

    records: int
    records_many: int
    pairs: int
    tell: Callable[[str], None]

    def measure(self) -> list[Paired]:
        """Each way paired with its floor; the stored rows of both are counted and must be all."""
        with served(self.records) as (url, files):
            return [self._way(name, url, files) for name in WAYS]

    def _way(self, name: str, url: str, files: Files) -> Paired:
        system, way = WAYS[name]
        floor_module = f"bench.floors.{system}_{way}"

        def product() -> Cost:
            return self._checked(run("bench.pulling", system, url, files.empty_store(), way))

        def floor() -> Cost:
            return self._checked(run(floor_module, url, files.new()))

        return paired(name, product, floor, self.pairs, self.tell)

    def _checked(self, cost: Cost) -> Cost:
        rows = cost.answer["rows"] if isinstance(cost.answer, dict) else cost.answer
        assert rows == self.records, f"{rows} rows are stored of {self.records}"
        return cost

    def memory(self) -> dict[str, Any]:
        """Peak megabytes of the HubSpot pull, small and large, and of the same process after its imports."""
        figures: dict[str, Any] = {}
        for key, records in (("rss_100k_mb", self.records), ("rss_1m_mb", self.records_many)):
            with served(records) as (url, files):
                cost = run("bench.pulling", "hubspot", url, files.empty_store(), "rest")
            assert cost.answer["rows"] == records
            figures |= {key: round(cost.rss_mb, 1), "rss_imports_mb": round(cost.answer["ready_mb"], 1)}
            self.tell(f"memory at {records:,} records: {cost.rss_mb:.0f} MB")
        return figures


@contextmanager
def served(records: int) -> Iterator[tuple[str, Files]]:
    """A stub with so many records of each vendor, and fresh files to store them in."""
    with TemporaryDirectory(prefix="leadloop-bench-") as folder, running(SEED, records) as url:
        yield url, Files(Path(folder))


class Files:
    """Fresh files: for a floor one that does not exist yet, for the product an empty store with its tables."""

    def __init__(self, folder: Path) -> None:
        self._names = (folder / f"{number}.db" for number in itertools.count())
        self._template = next(self._names)
        database = Database(f"sqlite:///{self._template}")
        upgrade(database)
        database.close()

    def new(self) -> Path:
        return next(self._names)

    def empty_store(self) -> Path:
        return Path(shutil.copyfile(self._template, next(self._names)))
