"""Further questions to the evaluation statement, answered with the verdicts in the same read.

A question is a condition of the playbook's language that is no stage's entry: does a track take this person, does this
part of an entry rule hold? Each is asked as a rung behind the real ones, so that it may speak of scores, stages and
rungs, and is taken out of the verdict again. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from connector.ports.evaluation import Evaluation
from connector.rules.conditions import All, Condition
from connector.rules.definitions import Definitions
from connector.rules.english import to_english
from connector.rules.stages import Path, StageRule

_PREFIX = "asked_"


class Way(Struct, frozen=True):
    """One way into a stage: the names of its parts, and what each says in words."""

    stage: str
    path: str
    parts: tuple[str, ...]
    english: tuple[str, ...]


class Questions(Struct, frozen=True, dict=True):
    """The definitions with named conditions behind them. ``ways``: ask for the parts of every entry rule, too."""

    definitions: Definitions
    named: Mapping[str, Condition]
    with_ways: bool = False

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The ways into the stages that have several parts; a single condition is no step of a way."""
        found: list[Way] = []
        for rule in self.definitions.stages.stages if self.with_ways else ():
            for path in rule.paths:
                parts = _parts(rule, path)
                if len(parts) > 1:
                    names = tuple(self._names[part] for part in parts)
                    found.append(Way(rule.stage, path.id, names, tuple(to_english(part) for part in parts)))
        return tuple(found)

    @cached_property
    def _names(self) -> dict[Condition, str]:
        """Every distinct part of an entry rule -> its name."""
        parts = [
            part
            for rule in self.definitions.stages.stages
            for path in rule.paths
            if len(_parts(rule, path)) > 1
            for part in _parts(rule, path)
        ]
        return {part: f"part {number}" for number, part in enumerate(dict.fromkeys(parts))}

    @cached_property
    def _asked(self) -> tuple[tuple[str, Condition], ...]:
        parts = {name: part for part, name in self._names.items()} if self.with_ways else {}
        return tuple({**self.named, **parts}.items())

    @cached_property
    def asking(self) -> Definitions:
        """The definitions to evaluate by."""
        asked = tuple(
            StageRule(f"{_PREFIX}{number}", (Path(name, condition),))
            for number, (name, condition) in enumerate(self._asked)
        )
        stages = self.definitions.stages
        return (
            replace(self.definitions, stages=replace(stages, stages=(*stages.stages, *asked)))
            if asked
            else (self.definitions)
        )

    def answered(self, evaluation: Evaluation) -> tuple[Evaluation, frozenset[str]]:
        """The verdict as the definitions alone give it, and the names of what holds."""
        names = [name for name, _condition in self._asked]
        rungs = tuple(rung for rung in evaluation.rungs if not rung.startswith(_PREFIX))
        held = (rung for rung in evaluation.rungs if rung.startswith(_PREFIX))
        paths = {stage: evaluation.paths[stage] for stage in rungs}
        answers = frozenset(names[int(rung.removeprefix(_PREFIX))] for rung in held)
        return replace(evaluation, rungs=rungs, paths=paths), answers


def _parts(rule: StageRule, path: Path) -> tuple[Condition, ...]:
    required = () if rule.requires is None else (rule.requires,)
    return tuple(dict.fromkeys((*required, *_flat(path.when))))


def _flat(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, All):
        return tuple(part for each in condition.parts for part in _flat(each))
    return (condition,)
