"""Contradictions in ``stages.toml``: rules that never hold, stages nobody enters, windows that do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from connector.model import Stage
from connector.playbook.checks.findings import File, Finding
from connector.playbook.checks.possible import Limits, covers, why_never
from connector.playbook.loading import OWN_DOMAIN
from connector.rules.conditions import All, Compare, Condition, Happened, NoneOf, Operator, happenings
from connector.rules.moves import BY_RULE, STAGES
from connector.rules.stages import Exclusion, HoldRule, JunkRule, Path, StageModel, StageRule

QUALIFIED = Stage.QUALIFIED_LEAD.value


def dead_rungs(model: StageModel, limits: Limits) -> frozenset[str]:
    """The stages whose entry can never hold."""
    dead: frozenset[str] = frozenset()
    for rule in model.stages:
        known = replace(limits, dead_rungs=dead)
        if all(why_never(_whole(rule, path), known) is not None for path in rule.paths):
            dead |= {rule.stage}
    return dead


def check_stages(model: StageModel, limits: Limits, file: File) -> Iterator[Finding]:
    """Every finding of the file but the agreement's."""
    written = tuple(rule for rule in model.exclusions if rule.id != OWN_DOMAIN)
    yield from _first_that_holds("exclusions", written, limits, file)
    yield from _first_that_holds("junk", model.junk, limits, file)
    yield from _first_that_holds("holds", model.holds, limits, file)
    outside: list[Exclusion | JunkRule] = [*model.exclusions, *model.junk]
    for rule in model.stages:
        yield from _stage(rule, outside, limits, file)
        yield from _cold(rule, model.interest, file)
    yield from _moves(model, file)


def _first_that_holds(
    table: str, rules: Iterable[Exclusion | JunkRule | HoldRule], limits: Limits, file: File
) -> Iterator[Finding]:  # fmt: skip
    earlier: list[Condition] = []
    for number, rule in enumerate(rules, 1):
        place = f"{table}[{number}]"
        reason = why_never(rule.when, limits)
        if _is_placeholder(rule.when):
            yield file.note(place, "when", f'"{rule.id}" is off: its list is empty')
        elif reason is not None:
            yield file.error(place, "when", f'"{rule.id}" can never hold: {reason}')
        elif why_never(NoneOf((rule.when,)), limits) is not None:
            yield file.error(place, "when", f'"{rule.id}" holds for everybody')
        elif covers(earlier, rule.when, limits):
            yield file.warning(place, "when", f'"{rule.id}" never decides: an earlier rule covers it')
        earlier.append(rule.when)


def _is_placeholder(condition: Condition) -> bool:
    """A list that waits to be filled in."""
    return isinstance(condition, Compare) and condition.operator is Operator.IN and not condition.values


def _stage(rule: StageRule, outside: list[Exclusion | JunkRule], limits: Limits, file: File) -> Iterator[Finding]:
    place = f"stages.{rule.stage}"
    if rule.stage in limits.dead_rungs:
        yield file.error("stages", rule.stage, f"nobody can ever enter {rule.stage}: none of its paths can hold")
    earlier: list[Condition] = []
    for number, path in enumerate(rule.paths, 1):
        table = f"{place}.paths[{number}]"
        whole = _whole(rule, path)
        reason = why_never(whole, limits)
        if reason is not None:
            yield file.error(table, "when", f'path "{path.id}" into {rule.stage} can never hold: {reason}')
        elif covers(earlier, path.when, limits):
            yield file.warning(table, "when", f'path "{path.id}" into {rule.stage} adds nothing: an earlier covers it')
        else:
            yield from _swept_out(path, whole, outside, rule.stage, (table, limits, file))
        earlier.append(path.when)


def _swept_out(
    path: Path,
    whole: Condition,
    outside: list[Exclusion | JunkRule],
    stage: str,
    place: tuple[str, Limits, File],
) -> Iterator[Finding]:
    table, limits, file = place
    for other in outside:
        if why_never(other.when, limits) is None and covers([other.when], whole, limits):
            said = f'path "{path.id}" into {stage} can never hold: "{other.id}" takes everybody of it'
            yield file.error(table, "when", said)
            return


def _whole(rule: StageRule, path: Path) -> Condition:
    return path.when if rule.requires is None else All((rule.requires, path.when))


def _cold(rule: StageRule, interest: tuple[str, ...], file: File) -> Iterator[Finding]:
    if rule.cold_days is None:
        return
    for number, path in enumerate(rule.paths, 1):
        table = f"stages.{rule.stage}.paths[{number}]"
        for part in happenings(path.when):
            if part.within_days is not None and part.within_days > rule.cold_days:
                said = f'path "{path.id}" looks back {part.within_days} days, but {rule.stage} goes cold after '
                yield file.warning(table, "when", f"{said}{rule.cold_days}")
            missing = sorted(set(part.events.signals) - set(interest))
            if missing and isinstance(path.when, Happened):
                names = ", ".join(missing)
                said = f'path "{path.id}" enters by {names}, which is not in [signals] interest: it goes cold at once'
                yield file.warning(table, "when", said)


def _moves(model: StageModel, file: File) -> Iterator[Finding]:
    """Stages to which no moves lead, and exits that ``[moves]`` forbids."""
    entered = {rule.stage for rule in model.stages}
    reached = {STAGES[0]}
    for end in (stage for stage in BY_RULE if stage in entered):
        if any(model.moves.allows(low, end) for low in reached):
            reached.add(end)
        else:
            yield file.error("moves", end, f"nobody can ever enter {end}: no allowed move leads there")
    exits = [(rule.stage, rule.cold_to, f"stages.{rule.stage}", "cold_to") for rule in model.stages if rule.cold_to]
    for stage, below, table, key in (*exits, (QUALIFIED, model.exits.let_go_to, "exits", "let_go_to")):
        if not model.moves.allows(stage, below):
            yield file.error(table, key, f"{stage} may not go to {below} ([moves]), so nobody ever leaves it so")
