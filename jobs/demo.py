"""``leadloop demo``: the whole loop on two simulated CRMs, over real HTTP, without any credentials.

Wiring only: starts the systems, writes the company's folder, plays the plot, checks, shows. Exit code 1 only when
one of Leadloop's own promises, a count or a field of the schema does not hold.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters import hubspot, salesforce
from adapters.simulator.world import World, generate
from connector.app import App
from connector.app import World as Surroundings
from connector.cli.output import print_document, print_drawing, say
from connector.errors import BadConfiguration
from connector.ids import SeededIds
from jobs.demo_checks import judge
from jobs.demo_company import SALESFORCE_SETTINGS, secrets_set, write_company
from jobs.demo_loop import Played, Plot
from jobs.demo_picture import draw_demo
from jobs.demo_serve import serve_demo
from jobs.demo_story import Told, tell_all
from jobs.demo_systems import Systems, running_systems

CONNECTORS = {"salesforce": salesforce.connect, "hubspot": hubspot.connect}


@dataclass(frozen=True)
class DemoOptions:
    """What was asked for. ``leave_out``: fields of ours that the seed does not install (a broken schema)."""

    people: int = 500
    seed: int = 0
    serve: bool = False
    keep: Path | None = None
    as_json: bool = False
    leave_out: tuple[str, ...] = ()


def run(*, people: int, seed: int, serve: bool, keep: Path | None, as_json: bool) -> int:
    """The command; gives its exit code."""
    return show(DemoOptions(people, seed, serve, keep, as_json))


def show(options: DemoOptions) -> int:
    """Play, check and print; 0 when everything that was checked holds, else 1."""
    began = time.perf_counter()
    world = generate(people=options.people, seed=options.seed)
    with running_systems(options.seed, world.now) as systems, secrets_set(), _folder(options.keep) as folder:
        told = play(options, world, systems, folder)
        told.played.seconds["all"] = round(time.perf_counter() - began, 1)
        _print(told, as_json=options.as_json)
        if options.serve:
            serve_demo(systems, folder)
    return 1 if told.verdict.failures else 0


def play(options: DemoOptions, world: World, systems: Systems, folder: Path) -> Told:
    """The plot and what there is to tell of it, without printing."""
    lines: list[str] = []
    played = Played(options.people, options.seed)
    with _listening(lines):
        _seed(systems, world, played, options.leave_out)
        settings = write_company(folder, world, systems.urls)
        # A SeededIds gives the same keys for the same seed: both final states follow from it.
        around = Surroundings(clock=systems.clock, ids=SeededIds(f"demo {options.seed}"), note=lines.append)
        with closing(App(settings, CONNECTORS, around)) as app:
            Plot(world, systems, app, played, _progress).play()
            began = time.perf_counter()
            verdict = judge(app, systems, played, lines, folder)
            played.seconds["checks"] = round(time.perf_counter() - began, 1)
            return tell_all(app, systems, world, played, verdict)


def _seed(systems: Systems, world: World, played: Played, leave_out: tuple[str, ...]) -> None:
    systems.controls["salesforce"].post("settings", SALESFORCE_SETTINGS)
    bodies = {"salesforce": world.salesforce_seed, "hubspot": world.hubspot_seed}
    for name, body in bodies.items():
        _progress(f"seeding {name} ...")
        answer = systems.controls[name].post("seed", {**body, "leave_out": list(leave_out)})
        played.seeded[name] = dict(answer["records"])


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The company's folder: a temporary one, or the one that was named, which must be empty or new."""
    if keep is None:
        with TemporaryDirectory(prefix="leadloop-demo-") as name:
            yield Path(name)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise BadConfiguration("not an empty folder", where="--keep", remedy="name a new or an empty one")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


@contextmanager
def _listening(lines: list[str]) -> Iterator[None]:
    """Collect whatever any library logs while the demo runs: none of it may hold a secret or a person's value."""
    handler = _Collector(lines)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class _Collector(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        say(line)


def _print(told: Told, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = told.as_json()
        print_document(document)
        return
    print_drawing(lambda console: draw_demo(told, console))
