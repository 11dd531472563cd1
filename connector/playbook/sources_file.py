"""``sources.toml``: the groups that sources are reported by, and what each source cost in a month.

Decides what the file may say. It belongs to no agreement: costs come in every month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from msgspec import Struct, field

from connector.rules.toml import Table, nearest

SOURCE_GROUPS = (
    *("organic_search", "paid_search", "paid_social", "organic_social", "email", "referral", "partner", "event"),
    *("webinar", "direct", "content_syndication", "purchased_list", "database", "outbound_sales"),
    *("customer_referral", "product", "other", "unknown"),
)
"""The closed list (PLAYBOOK 1.1)."""

MONTH = re.compile(r"(\d{4})-(\d{2})")
OTHER = "other"


class Sources(Struct, frozen=True):
    """Word of a source field -> group; and first day of a month -> group -> whole units of the company's currency."""

    groups: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[date, Mapping[str, int]] = field(default_factory=dict)

    def group(self, source: str | None) -> str | None:
        """The group of a stored source: ``unknown`` for none, ``None`` for a word that is nowhere listed."""
        if not source:
            return "unknown"
        return source if source in SOURCE_GROUPS else self.groups.get(source)

    def listed(self, source: str | None) -> str:
        """The group of a stored source; ``other`` for a word that is nowhere listed."""
        return self.group(source) or OTHER


def parse(table: Table) -> Sources:
    """The typed file."""
    groups, costs = table.table("groups"), table.table("costs")
    found = Sources(
        groups={word: groups.text(word, among=SOURCE_GROUPS) for word in groups.values},
        costs={_month(costs, month): _spent(part) for month, part in costs.each()},
    )
    for part in (groups, costs, table):
        part.finish()
    return found


def _month(costs: Table, text: str) -> date:
    found = MONTH.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= 12:
        raise costs.error(text, "not a month", 'write [costs."2026-05"]')
    return date(int(found[1]), int(found[2]), 1)


def _spent(table: Table) -> dict[str, int]:
    spent: dict[str, int] = {}
    for group in table.values:
        if group not in SOURCE_GROUPS:
            raise table.error(group, "no such source group", nearest(group, SOURCE_GROUPS))
        spent[group] = table.integer(group)
        if spent[group] < 0:
            raise table.error(group, "expected 0 or more")
    table.finish()
    return spent
