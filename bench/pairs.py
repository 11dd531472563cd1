"""Paired runs, A B A B: the machine drifts, so only the ratio of neighbours means anything."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.processes import Cost

Work = Callable[[], Cost]


@dataclass(frozen=True)
class Paired:
    """What the product and the floor cost, pair by pair."""

    name: str
    product: list[Cost]
    floor: list[Cost]

    @property
    def ratios(self) -> list[float]:
        return [one.cpu_s / other.cpu_s for one, other in zip(self.product, self.floor, strict=True)]

    @property
    def ratio(self) -> float:
        return round(statistics.median(self.ratios), 2)

    @property
    def ratio_beyond_start(self) -> float:
        """Without imports, rules and the opening of the store, which do not grow with the records."""
        own = [cost.cpu_s - ready_s(cost.answer) for cost in self.product]
        return round(statistics.median(one / cost.cpu_s for one, cost in zip(own, self.floor, strict=True)), 2)

    @property
    def start_s(self) -> float:
        """CPU seconds that every run of the product starts with."""
        return round(statistics.median(ready_s(cost.answer) for cost in self.product), 2)

    def numbers(self) -> dict[str, float]:
        """For ``results.json``."""
        name = self.name
        return {
            name: self.ratio,
            f"{name}_beyond_start": self.ratio_beyond_start,
            f"{name}_cpu_s": self.median("product", "cpu_s"),
            f"{name}_wall_s": self.median("product", "wall_s"),
            f"{name}_floor_cpu_s": self.median("floor", "cpu_s"),
        }

    def median(self, side: str, figure: str) -> float:
        costs: list[Cost] = getattr(self, side)
        return round(statistics.median(getattr(cost, figure) for cost in costs), 2)


def ready_s(answer: Any) -> float:
    return float(answer["ready_cpu_s"])


def paired(name: str, product: Work, floor: Work, count: int, tell: Callable[[str], None]) -> Paired:
    """``count`` pairs, the floor first."""
    result = Paired(name, [], [])
    for number in range(count):
        result.floor.append(floor())
        result.product.append(product())
        tell(f"{name}: pair {number + 1} of {count}: {result.ratios[-1]:.2f}")
    return result


PAIR_COLUMNS = ("what", "floor CPU s", "CPU s", "of it start", "wall s", "floor MB", "MB", "ratios", "beyond start")


def pair_lines(measured: Sequence[Paired]) -> list[tuple[str, ...]]:
    """A table of medians, with every pair's ratio."""
    rows: list[tuple[str, ...]] = [PAIR_COLUMNS]
    for one in measured:
        floor_cpu, cpu, wall = (
            one.median("floor", "cpu_s"),
            one.median("product", "cpu_s"),
            one.median("product", "wall_s"),
        )
        memory = one.median("floor", "rss_mb"), one.median("product", "rss_mb")
        ratios = ", ".join(f"{ratio:.2f}" for ratio in one.ratios)
        figures = (floor_cpu, cpu, one.start_s, wall, *memory)
        rows.append((one.name, *map(str, figures), ratios, f"{one.ratio_beyond_start}x"))
    return rows
