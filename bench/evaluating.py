"""The product's evaluation in a process of its own.

``python -m bench.evaluating <rescore|compare|quick> <file> <as_of>``; each prints one JSON line.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bench.floors.evaluation import STATEMENT
from connector.app import App, World
from connector.clock import MovedClock, from_micros
from connector.config import CompanySettings, Settings
from connector.playbook import load
from connector.store.database import Database
from connector.store.evaluate import Evaluations

COMPANY = 1
SYSTEMS = ("salesforce", "hubspot")
TOUCHED = 500
REPEATS = 15
COMPARED = (
    *("person_id", "scope_rule", "junk_rule", "fit_milli", "engagement_milli", "readiness_milli", "total_milli"),
    "grade_open",
)


def rescore(file: str, as_of: int) -> dict[str, Any]:
    """Full evaluation: compute everybody, store what changed."""
    database = Database(f"sqlite:///{file}")
    definitions = load(None, systems=SYSTEMS).playbook.definitions
    ready_cpu_s = time.process_time()
    return {"ready_cpu_s": ready_cpu_s, "rows": len(Evaluations(database).rescore(COMPANY, definitions, as_of))}


def compare(file: str, as_of: int) -> dict[str, Any]:
    """Every person by both statements; the number of people, and of those who differ in any column."""
    definitions = load(None, systems=SYSTEMS).playbook.definitions
    evaluations = Evaluations(Database(f"sqlite:///{file}"))
    floor = sqlite3.connect(file).execute(f"{STATEMENT} ORDER BY person_id", {"company": COMPANY, "as_of": as_of})
    people = different = 0
    for chunk in evaluations.evaluate_in_chunks(COMPANY, definitions, as_of):
        for verdict, row in zip(chunk, floor.fetchmany(len(chunk)), strict=True):
            people += 1
            different += tuple(getattr(verdict, name) for name in COMPARED) != row
    return {"rows": people, "different": different + len(floor.fetchall())}


def quick(file: str, as_of: int) -> dict[str, Any]:
    """Milliseconds for 500 people and for one explanation, medians; ``cold``: of people never read before.

    Whoever is evaluated in a sync has just been written, so the plain figures are of people read before.
    """
    with closing(_app(file, as_of)) as app:
        definitions = load(None, systems=SYSTEMS).playbook.definitions
        count = len(app.evaluations._people_after(COMPANY, -1, 2**31))
        chance = random.Random(1)

        def touched() -> Callable[[], object]:
            people = sorted(chance.sample(range(1, count + 1), TOUCHED))
            return lambda: app.evaluations.evaluate(COMPANY, definitions, as_of, people=people)

        def explained() -> Callable[[], object]:
            person = f"bench-{chance.randrange(1, count + 1)}"
            return lambda: app.explain("bench", person)

        first_ms, first_explain_ms = _ms(touched()), _ms(explained())
        of_500, of_one = (
            [_cold_and_warm(touched()) for _ in range(REPEATS)],
            [_cold_and_warm(explained()) for _ in range(REPEATS)],
        )
        return {
            "evaluate_500_ms": statistics.median(warm for _cold, warm in of_500),
            "explain_ms": statistics.median(warm for _cold, warm in of_one),
            "evaluate_500_cold_ms": statistics.median(cold for cold, _warm in of_500),
            "explain_cold_ms": statistics.median(cold for cold, _warm in of_one),
            "evaluate_500_first_ms": first_ms,
            "explain_first_ms": first_explain_ms,
        }


def _cold_and_warm(work: Callable[[], object]) -> tuple[float, float]:
    return _ms(work), _ms(work)


def _app(file: str, as_of: int) -> App:
    """The application over the generated store; nothing is connected."""
    company = CompanySettings("bench", None, ZoneInfo("UTC"), "sandbox", None, "never", {})
    settings = Settings(Path(file).with_name("config.toml"), f"sqlite:///{file}", {"bench": company}, {}, "")
    now = from_micros(as_of - 1).astimezone(UTC)
    return App(settings, dict.fromkeys(SYSTEMS), World(clock=MovedClock(now)))  # type: ignore[arg-type]


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round((time.perf_counter() - began) * 1_000, 2)


def main(what: str, file: str, as_of: str) -> None:
    works = {"rescore": rescore, "compare": compare, "quick": quick}
    print(orjson.dumps(works[what](file, int(as_of))).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
