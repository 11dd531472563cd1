"""Pulling: the three ways against their floors, where the time goes, what it takes in memory, and with latency."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.pairs import Paired, pair_lines, paired
from bench.parts import Part, markdown_table
from bench.processes import Cost, run
from bench.profiles import as_markdown, profile_pull
from bench.stub import running
from connector.store.database import Database
from connector.store.migrate import upgrade

WAYS = {
    "pull_hubspot_rest": ("hubspot", "rest"),
    "pull_salesforce_rest": ("salesforce", "rest"),
    "pull_salesforce_bulk": ("salesforce", "bulk"),
}
SEED = 1
TO_REACH, GOAL = 3.0, 2.0
ABOVE_IMPORTS_MB, ABOVE_SMALL_MB = 40, 8
LATENCY_MS = 100
Tell = Callable[[str], None]

COUNTED = (
    "What counts as pulled: the records are landed in the store, committed page by page together with their watermark,"
    " through the real adapter (HubSpot's through its SDK), with the hash that tells a change, the guard that keeps an"
    " older version from replacing a newer one, and the raw fields as they came. The floor upserts the same records"
    " as typed rows, in one transaction, without any of this. Mapping, identity and decisions come after the pull and"
    " are not in it, nor are their imports: a whole run loads the playbook as well."
    " Each run is a process of its own against one server of pre-rendered bytes (no TLS, no latency, no limits), with"
    " its imports; *beyond start* leaves out what does not grow with the records. Stored rows are counted and must"
    " be the same."
)


def pulls(records: int, pairs: int, tell: Tell) -> Part:
    """Each way paired with its floor; the stored rows of both are counted and must be all."""
    with served(records) as (url, files):
        measured = [_way(name, records, pairs, (url, files), tell) for name in WAYS]
    numbers = {key: value for one in measured for key, value in one.numbers().items()}
    rows = [(one.name, f"{one.ratio}x", f"{TO_REACH}x", f"{GOAL}x") for one in measured]
    remains = [
        f"`{one.name}` is at {one.ratio}x, to {GOAL}x; without the {one.start_s} s of CPU that a run starts with,"
        f" {one.ratio_beyond_start}x."
        for one in measured
        if one.ratio > GOAL
    ]
    text = f"{records:,} records, medians of {pairs} pairs.\n\n{markdown_table(pair_lines(measured))}\n\n{COUNTED}"
    return Part({**numbers, "records": records, "pairs": pairs}, rows, text, remains)


def _way(name: str, records: int, pairs: int, served_by: tuple[str, Files], tell: Tell) -> Paired:
    system, way = WAYS[name]
    url, files = served_by

    def checked(cost: Cost) -> Cost:
        rows = cost.answer["rows"] if isinstance(cost.answer, dict) else cost.answer
        assert rows == records, f"{rows} rows are stored of {records}"
        return cost

    def product() -> Cost:
        return checked(run("bench.pulling", system, url, files.empty_store(), way))

    def floor() -> Cost:
        return checked(run(f"bench.floors.{system}_{way}", url, files.new()))

    return paired(name, product, floor, pairs, tell)


def profiles(records: int) -> Part:
    """Where the time goes."""
    with served(records) as (url, files):
        found = []
        for name, (system, way) in WAYS.items():
            saved = files.new()
            run("bench.pulling", system, url, files.empty_store(), way, saved)
            found.append(profile_pull(name, saved, records))
    return Part({}, text="\n\n".join(as_markdown(one) for one in found))


def memory(records: int, records_many: int, tell: Tell) -> Part:
    """Peak megabytes of each way, small and (HubSpot) large, and of the same process after its imports."""
    rows = [("pull", "records", "after imports MB", "peak MB", "above")]
    numbers: dict[str, float] = {}
    for name, (system, way) in WAYS.items():
        for key, count in (("100k", records), ("1m", records_many)):
            with served(count) as (url, files):
                cost = run("bench.pulling", system, url, files.empty_store(), way)
            assert cost.answer["rows"] == count
            peak, imports = round(cost.rss_mb, 1), round(cost.answer["ready_mb"], 1)
            tell(f"memory of {name} at {count:,} records: {peak} MB")
            rows.append((name, f"{count:,}", str(imports), str(peak), f"{peak - imports:.1f}"))
            short = "" if system == "hubspot" else f"_{name.removeprefix('pull_')}"
            numbers |= {f"rss{short}_{key}_mb": peak, f"rss{short}_imports_mb": imports}
    small, many, imports = (numbers[f"rss_{key}_mb"] for key in ("100k", "1m", "imports"))
    goals = imports + ABOVE_IMPORTS_MB, small + ABOVE_SMALL_MB
    return Part(
        {**numbers, "records_many": records_many},
        [
            ("rss_100k_mb", str(small), "", f"{goals[0]:.1f} (imports {imports} + {ABOVE_IMPORTS_MB})"),
            ("rss_1m_mb", str(many), "", f"{goals[1]:.1f} (above + {ABOVE_SMALL_MB})"),
        ],
        markdown_table(rows),
        [
            f"`{key}` is at {value} MB, to {goal:.1f}."
            for key, value, goal in (("rss_100k_mb", small, goals[0]), ("rss_1m_mb", many, goals[1]))
            if value > goal
        ],
    )


def latency(records: int) -> Part:
    """Wall time of a pull from a server that takes 100 ms for each answer, against pages times latency."""
    pages = -(-records // 100)
    with served(records, latency_ms=LATENCY_MS) as (url, files):
        cost = run("bench.pulling", "hubspot", url, files.empty_store(), "rest")
    assert cost.answer["rows"] == records
    ratio = round(cost.answer["pull_wall_s"] / (pages * LATENCY_MS / 1_000), 3)
    calls_ratio = round(cost.answer["calls"] / pages, 3)
    text = (
        f"{records:,} contacts, {pages} pages, {LATENCY_MS} ms each: {cost.answer['pull_wall_s']:.1f} s after the"
        f" imports, in {cost.answer['calls']} calls (the schema, the server's time and the pages)."
    )
    numbers = {"pull_latency_ratio": ratio, "pull_calls_ratio": calls_ratio}
    rows = [
        ("pull_latency_ratio", f"{ratio}x", "", "1.05x"),
        ("pull_calls_ratio", f"{calls_ratio}x", "", "1.02x"),
    ]
    remains = [f"`{name}` is at {numbers[name]}x, to {goal}x." for name, goal in GOALS.items() if numbers[name] > goal]
    return Part(numbers, rows, text, remains)


GOALS = {"pull_latency_ratio": 1.05, "pull_calls_ratio": 1.02}


@contextmanager
def served(records: int, *, changed: int = 0, latency_ms: int = 0) -> Iterator[tuple[str, Files]]:
    """A stub with so many records of each vendor, and fresh files to store them in."""
    with (
        TemporaryDirectory(prefix="leadloop-bench-") as folder,
        running(SEED, records, changed=changed, latency_ms=latency_ms) as url,
    ):
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
