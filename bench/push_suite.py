"""Pushing: the plain lane's calls and CPU against a bare loop with the same bodies, and the guarded lane's calls."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.parts import Part, markdown_table
from bench.processes import Cost, run
from bench.profiles import Profiled, as_markdown, in_words, profile_pull
from bench.stub import running

SEED = 1
PROFILED_MAX = 5_000
GOALS = {"push_owned_calls_ratio": 1.05, "push_contested_calls_ratio": 1.05, "push_owned_cpu_ratio": 3.0}
FORMULA = (
    "3 ⌈n/25⌉ (Salesforce: re-read, conditional writes, read-back) and 3 ⌈n/100⌉ + ⌈n/50⌉ (HubSpot: the same,"
    " and the history of what was contested)"
)


def pushes(people: int, pairs: int, tell: Callable[[str], None]) -> Part:
    """Both lanes of so many people to both systems."""
    ratios: list[float] = []
    owned: dict[str, Any] = {}
    for number in range(pairs):
        floor, owned = _pair(people)
        ratios.append(owned["push_cpu_s"] / floor.cpu_s)
        tell(f"push: pair {number + 1} of {pairs}: {ratios[-1]:.2f}")
    contested = _pushed(people, "contested")
    profile = _profiled(min(people, PROFILED_MAX))
    numbers = {
        "push_owned_calls_ratio": round(owned["calls"] / owned["least"], 3),
        "push_owned_calls": owned["calls"],
        "push_owned_calls_least": owned["least"],
        "push_owned_cpu_ratio": round(statistics.median(ratios), 2),
        "push_owned_cpu_s": owned["push_cpu_s"],
        "push_owned_plan_cpu_s": owned["plan_cpu_s"],
        "push_contested_calls_ratio": round(contested["calls"] / contested["least"], 3),
        "push_contested_calls": contested["calls"],
        "push_contested_calls_formula": contested["least"],
        "push_contested_cpu_s": contested["push_cpu_s"],
        "pushed_people": people,
    }
    rows = [(name, f"{numbers[name]}x", "", f"{goal}x") for name, goal in GOALS.items()]
    remains = [f"`{name}` is at {numbers[name]}x, to {goal}x." for name, goal in GOALS.items() if numbers[name] > goal]
    if numbers["push_owned_cpu_ratio"] > GOALS["push_owned_cpu_ratio"]:
        remains.append(f"Of what planning and pushing take (a profile, so roughly): {in_words(profile)}.")
    text = (
        f"Our own fields of {people:,} people to both systems (plain lane): {owned['calls']} calls, at least"
        f" {owned['least']} (200 and 100 records a write, read back by 2,000 and by 100).\n\n{_requests(owned)}\n\n"
        f"CPU of the product's push (intent, journal and read-back are stored) against a bare loop that sends the same"
        f" bodies and reads them back: {', '.join(f'{ratio:.2f}' for ratio in ratios)}.\n\n"
        f"One shared field (guarded lane): {contested['calls']} calls, by the formula {contested['least']}:"
        f" {FORMULA}.\n\n{_requests(contested)}\n\nWhere the CPU of planning and pushing goes:"
        f"\n\n{as_markdown(profile)}"
    )
    return Part(numbers, rows, text, remains)


def _pair(people: int) -> tuple[Cost, dict[str, Any]]:
    with running(SEED, people, with_ours=True) as url:
        floor = run("bench.floors.pushing", url, people)
        assert floor.answer == 2 * people
    return floor, _pushed(people, "owned")


def _pushed(people: int, lane: str) -> dict[str, Any]:
    with TemporaryDirectory(prefix="leadloop-bench-") as folder, running(SEED, people, with_ours=True) as url:
        answer = run("bench.pushing", url, Path(folder) / "push.db", lane).answer
    assert answer["written"] == {"hubspot": people, "salesforce": people}, answer["stopped"]
    return dict(answer)


def _profiled(people: int) -> Profiled:
    with TemporaryDirectory(prefix="leadloop-bench-") as folder, running(SEED, people, with_ours=True) as url:
        saved = Path(folder) / "profile"
        run("bench.pushing", url, Path(folder) / "push.db", "owned", saved)
        return profile_pull("push_owned", saved, people)


def _requests(pushed: Mapping[str, Any]) -> str:
    counted = ((route, str(count)) for route, count in sorted(pushed["requests"].items()))
    return markdown_table([("request", "count"), *counted])
