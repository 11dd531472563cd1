"""What each source brought and cost: counts by group of the closed list, and money per lead, qualified and customer.

Pure arithmetic. What a month cost is shared out by its days, so that any period can be asked for.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import fields

from connector.playbook.sources_file import Sources
from connector.ports.figures import SourceCount


@dataclass(frozen=True)
class SourceLine:
    """One group. ``spent``: whole units of money; ``None`` where no cost is known."""

    group: str
    people: int = 0
    junk: int = 0
    qualified: int = 0
    handed_off: int = 0
    sales_qualified: int = 0
    won: int = 0
    revenue_cents: int = 0
    spent: int | None = None

    @property
    def revenue(self) -> int:
        """In whole units of money."""
        return round(self.revenue_cents / 100)

    def cost_per(self, count: int) -> int | None:
        """Money for each of ``count``."""
        return round(self.spent / count) if self.spent is not None and count else None


def source_lines(
    counts: Iterable[SourceCount], sources: Sources, days: tuple[date, date] | None = None
) -> list[SourceLine]:
    """Groups, the largest first. ``days``: first and last day of the period; ``None``: every month's cost counts."""
    found: dict[str, Counter[str]] = {}
    for count in counts:
        sums = found.setdefault(sources.listed(count.source), Counter())
        sums.update({field.name: getattr(count, field.name) for field in fields(count) if field.name != "source"})
    spent = _spent(sources.costs, days)
    for group in spent:
        found.setdefault(group, Counter())
    lines = [SourceLine(group=group, spent=spent.get(group), **sums) for group, sums in found.items()]
    return sorted(lines, key=lambda line: (-line.people, line.group))


def unlisted(counts: Iterable[SourceCount], sources: Sources) -> dict[str, int]:
    """Words that are in no group -> people, the most frequent first."""
    found = {count.source or "": count.people for count in counts if sources.group(count.source) is None}
    return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))


def _spent(costs: Mapping[date, Mapping[str, int]], days: tuple[date, date] | None) -> dict[str, int]:
    shares: dict[str, float] = {}
    for month, by_group in costs.items():
        part = _part(month, days)
        for group, amount in by_group.items():
            if part:
                shares[group] = shares.get(group, 0.0) + amount * part
    return {group: round(amount) for group, amount in shares.items()}


def _part(month: date, days: tuple[date, date] | None) -> float:
    """The share of a month's days that lie in the period."""
    if days is None:
        return 1.0
    length = monthrange(month.year, month.month)[1]
    first, last = max(month, days[0]), min(month + timedelta(days=length - 1), days[1])
    return max(0, (last - first).days + 1) / length
