"""What a read-back proves about a write: applied, not stored, or overtaken by somebody else.

A value read back is ours when it means what was sent in the CRM's own form (trimmed, lower-cased, reformatted). The
base moves only on that. Whether a lost race must be undone is decided from the CRM's own history, where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connector.decide.diff import is_human_first
from connector.decide.normalise import is_echo, means_same, same_json
from connector.model import FieldWriter, OutboxState, Wire
from connector.ports.outbox import Change, FieldResult

APPLIED, NOT_STORED, OVERTAKEN = "applied", "not_stored", "overtaken"
LOST_RACE_RULE = "lost_race"


def judge(changes: Mapping[str, Change], wires: Mapping[str, Wire]) -> tuple[FieldResult, ...]:
    """Each written field against the record as read back; a field that was not answered proves nothing."""
    return tuple(_judge_field(name, change, wires) for name, change in sorted(changes.items()))


def state_after(results: Sequence[FieldResult]) -> OutboxState:
    """What a row has come to whose request was answered with success."""
    verdicts = {result.verdict for result in results}
    if NOT_STORED in verdicts:
        return OutboxState.REJECTED
    return OutboxState.CONFLICT if OVERTAKEN in verdicts else OutboxState.CONFIRMED


def never_happened(results: Sequence[FieldResult]) -> bool:
    """Whether the record stands exactly as before the write: of an unknown request, nothing was done."""
    return all(result.verdict == NOT_STORED for result in results)


def still_expected(changes: Mapping[str, Change], wires: Mapping[str, Wire]) -> bool:
    """Whether every field still holds, exactly, the value the plan was made on."""
    return all(name in wires and same_json(wires[name], change.before) for name, change in changes.items())


def overtaken_value(
    change: Change, history: Sequence[FieldWriter], is_ours: Callable[[str], bool]
) -> FieldWriter | None:
    """Whose value our write has replaced without having seen it; ``history`` is newest first.

    The entry below ours must be the value that the plan expected; any other one of another writer was set between
    our last look and our write.
    """
    position = next((index for index, entry in enumerate(history) if is_ours(entry.actor)), None)
    if position is None or position + 1 >= len(history):
        return None
    below = history[position + 1]
    if is_ours(below.actor) or means_same(change.type, below.value, change.before):
        return None
    return below


def must_restore(change: Change, lost: FieldWriter) -> bool:
    """Whether an overtaken value goes back: people first. What a machine sets against a restoration ends there."""
    return is_human_first(change.policy) and (lost.by_person or change.rule != LOST_RACE_RULE)


def _judge_field(name: str, change: Change, wires: Mapping[str, Wire]) -> FieldResult:
    if name not in wires:
        return FieldResult(name, change, NOT_STORED)
    wire = wires[name]
    if is_echo(change.type, change.after, wire):
        return FieldResult(name, change, APPLIED, wire)
    same = means_same(change.type, wire, change.before)
    return FieldResult(name, change, NOT_STORED if same else OVERTAKEN, wire)
