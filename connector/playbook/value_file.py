"""``value.toml``: how much a lead is expected to be worth. Decides what the file may say."""

from __future__ import annotations

from connector.decide.expected_value import ValueRules
from connector.facts import PROFILE
from connector.rules.toml import Table, nearest

CENTS = 100


def parse(table: Table, grades: tuple[str, ...]) -> ValueRules:
    """The rules of expected value; ``grades`` are those of the scoring."""
    win, amount = table.table("win"), table.table("amount")
    loyalty, publish = table.table("loyalty"), table.table("publish")
    found = ValueRules(
        horizon_days=_positive(win, "horizon_days", 120),
        people_min=_positive(win, "people_min", 1_000),
        wins_min=_positive(win, "wins_min", 120),
        decided_min=_positive(win, "decided_min", 30),
        history_share_min=_percent(win, "history_share_min_percent", 50),
        grades=_grades(win.table("grades"), grades),
        left_out=_left_out(win.table("leave_out")),
        segment=amount.text("segment", "industry", among=PROFILE),
        segment_wins_min=_positive(amount, "segment_wins_min", 10),
        amount_cents=round(amount.number("configured") * CENTS) if amount.has("configured") else None,
        budget=amount.optional_text("budget"),
        recurring=loyalty.flag("recurring", False),
        loyalty_months=_positive(loyalty, "months", 24),
        loyalty_max=loyalty.number("max", 3.0),
        move_share=_percent(publish, "move_percent", 10),
    )
    for part in (win, amount, loyalty, publish, table):
        part.finish()
    if found.amount_cents is not None and found.amount_cents <= 0:
        raise amount.error("configured", "must be more than 0")
    if found.loyalty_max < 1:
        raise loyalty.error("max", "must be at least 1")
    return found


def _positive(table: Table, key: str, default: int) -> int:
    value = table.integer(key, default)
    if value < 1:
        raise table.error(key, "must be at least 1")
    return value


def _percent(table: Table, key: str, default: int) -> float:
    value = table.integer(key, default)
    if not 0 <= value <= 100:
        raise table.error(key, "must be between 0 and 100")
    return value / 100


def _grades(table: Table, grades: tuple[str, ...]) -> dict[str, float]:
    for name in table.values:
        if name not in grades:
            raise table.error(name, "no such grade in scoring.toml", nearest(name, grades))
        if not 0 <= table.number(name) <= 1:
            raise table.error(name, "a chance is between 0 and 1")
    return {name: table.number(name) for name in table.values}


def _left_out(table: Table) -> frozenset[str]:
    fields = table.texts("fields", ())
    table.finish()
    return frozenset(fields)
