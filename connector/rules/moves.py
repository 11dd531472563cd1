"""Which stage may go to which: ``[moves]`` of ``stages.toml``, and the way to the highest stage that may be entered.

Binds what rules do. A person's own move and the facts of the CRMs (an opportunity, sales' answers) always pass.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from connector.model import Stage
from connector.rules.toml import Table, nearest

STAGES = tuple(stage.value for stage in Stage)
BY_RULE = (Stage.SUSPECT.value, Stage.LEAD.value, Stage.QUALIFIED_LEAD.value)
"""Stages entered by behaviour; the two above are facts."""


class Moves(Struct, frozen=True):
    """``allowed``: (stage, the stages it may go to); one that is not named may go to every other."""

    allowed: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def allows(self, start: str, end: str) -> bool:
        """Whether a rule may move somebody so."""
        targets = dict(self.allowed).get(start)
        return start != end and (targets is None or end in targets)

    @property
    def bound(self) -> tuple[str, ...]:
        """The stages entered by rule that some lower stage may not go to."""
        return tuple(end for end in BY_RULE if not all(self.allows(low, end) for low in below(end)))

    def way(self, start: str, held: Collection[str]) -> tuple[str, ...]:
        """The moves from ``start`` up to the highest of the ``held`` stages that allowed moves lead to, the fewest
        that do; only held stages are passed. Empty: no move."""
        ways: dict[str, tuple[str, ...]] = {start: ()}
        for end in (stage for stage in STAGES if stage in held and STAGES.index(stage) > STAGES.index(start)):
            known = [(*way, end) for low, way in ways.items() if self.allows(low, end)]
            if known:
                ways[end] = min(known, key=len)
        return ways[max(ways, key=STAGES.index)]


ANY_MOVE = Moves()
"""Every stage may go to every other."""


def below(stage: str) -> tuple[str, ...]:
    """Every lower stage, lowest first."""
    return STAGES[: STAGES.index(stage)]


def parse(table: Table) -> Moves:
    """The typed table; a stage that does not exist is an error with the nearest one."""
    for name in table.values:
        if name not in STAGES:
            raise table.error(name, "no such stage", nearest(name, STAGES))
    allowed = tuple((name, table.texts(name, among=STAGES)) for name in STAGES if table.has(name))
    table.finish()
    for name, targets in allowed:
        if name in targets:
            raise table.error(name, f"{name} cannot go to itself", "leave it out")
    return Moves(allowed)
