"""Where the time of a pull or a push goes: a profiled run in a process of its own, its own time summed by part."""

from __future__ import annotations

import pstats
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.parts import markdown_table

PARTS = (
    ("SQLite itself", ("'sqlite3.",)),
    ("reading JSON and CSV", ("{orjson.loads}", "msgspec", "{built-in method _csv", "bulk.py", "json/")),
    ("writing JSON and hashing", ("{orjson.dumps}", "hashlib", "_blake2")),
    ("sockets", ("'_socket.socket'", "socket.py", "'select.poll'")),
    ("the store (connector/store)", ("connector/store",)),
    ("the loop (connector/sync)", ("connector/sync",)),
    ("decisions (connector/decide)", ("connector/decide",)),
    ("adapters", ("/adapters/",)),
    ("SDKs and HTTP", ("urllib3", "requests", "hubspot", "simple_salesforce", "http/client", "tenacity", "email/")),
    ("SQLAlchemy", ("sqlalchemy",)),
)
REST = "everything else (conversions, the interpreter)"
LINES = 8


@dataclass(frozen=True)
class Profiled:
    """Shares of the profiled time by part, largest first; and the dearest functions."""

    name: str
    records: int
    shares: list[tuple[str, float]]
    functions: list[tuple[str, float]]


def profile_pull(name: str, saved: Path, records: int) -> Profiled:
    """After the imports, per own time of each function. A profiler slows calls down, so shares are rough."""
    stats: Any = vars(pstats.Stats(str(saved)))["stats"]
    times = {_name(place): own for place, (_, _, own, _, _) in stats.items()}
    whole = sum(times.values())
    shares: dict[str, float] = {}
    for function, own in times.items():
        shares[_part(function)] = shares.get(_part(function), 0.0) + own / whole
    dearest = sorted(times.items(), key=lambda item: -item[1])[:LINES]
    return Profiled(
        name,
        records,
        sorted(shares.items(), key=lambda item: -item[1]),
        [(_short(item), own / whole) for item, own in dearest],
    )


def _name(place: tuple[str, int, str]) -> str:
    file, _line, function = place
    return function if file == "~" else f"{file}:{function}"


def _short(function: str) -> str:
    """Without the folders of one machine."""
    if function.startswith(("{", "<")):
        return function
    return "/".join(function.split("/")[-2:])


def _part(function: str) -> str:
    return next((part for part, signs in PARTS if any(sign in function for sign in signs)), REST)


def in_words(one: Profiled, least: float = 0.03) -> str:
    """The shares that matter, largest first."""
    return ", ".join(f"{part} {share:.0%}" for part, share in one.shares if share >= least)


def as_markdown(one: Profiled) -> str:
    """A table of shares, and the dearest functions."""
    shares = [("part", "share"), *((part, f"{share:.0%}") for part, share in one.shares if share >= 0.01)]
    dearest = ", ".join(f"`{function}` {share:.0%}" for function, share in one.functions)
    return f"**{one.name}**, {one.records:,} records:\n\n{markdown_table(shares)}\n\nDearest by own time: {dearest}."
