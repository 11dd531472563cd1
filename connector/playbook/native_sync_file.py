"""The part of ``identity.toml`` on the CRMs' own integration with each other. Decides what it may say."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary

from connector.decide.native_sync import BOTH, GROUPS, MODES, NativeSyncRules
from connector.ports.native_sync import CopyRule
from connector.rules.mapping import Mapping
from connector.rules.toml import Table, nearest

NATIVE_SYNC_KEYS = ("native_sync", "one_side", "copies")


def parse(table: Table, mapping: Mapping, systems: tuple[str, ...]) -> NativeSyncRules:
    """The typed part; ``BadConfiguration`` names the table and key of a mistake."""
    return NativeSyncRules(
        mode=table.text("native_sync", "auto", among=MODES),
        sides=_sides(table.table("one_side"), mapping, systems),
        copies=_copies(table.table("copies"), systems),
    )


def _sides(table: Table, mapping: Mapping, systems: tuple[str, ...]) -> Dictionary[str, str]:
    known = (*GROUPS, *mapping.canonical)
    for name in table.values:
        if name not in known:
            raise table.error(name, "is neither a shared field of fields.toml nor a group", nearest(name, known))
    return {name: table.text(name, among=(*systems, BOTH)) for name in table.values}


def _copies(table: Table, systems: tuple[str, ...]) -> tuple[CopyRule, ...]:
    rules = []
    for system in table.values:
        if system not in systems:
            raise table.error(system, "unknown system", nearest(system, systems))
        rules += [_copy_rule(f"{system}.{name}", entry, systems) for name, entry in table.table(system).each()]
    return tuple(rules)


def _copy_rule(source: str, table: Table, systems: tuple[str, ...]) -> CopyRule:
    rule = CopyRule(source, table.text("from", among=systems), table.texts("marks", ()))
    table.finish()
    return rule
