"""Whether a change is too large or too strange to be right. A guard never repairs; it makes a person look.

The share of a mass change is measured per contested field against the linked records of its object. Scores and
other fields of ours are left out (they may all move in one night), and so is first contact, which is planned under
its own heading and always approved by a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from connector.decide.change_set import split_by_hold
from connector.model import Wire
from connector.ports.memberships import KIND as MEMBER
from connector.ports.outbox import Change, PlannedRow

FieldKey = tuple[str, str, str]
"""system, object, field."""

FLIPS_MAX = 3
COUNTED_KINDS = ("update", MEMBER)


class MassLimit(Struct, frozen=True):
    """Tripped when more than ``records`` records *and* more than ``percent`` of all are touched."""

    records: int = 50
    percent: int = 20


DEFAULT_LIMIT = MassLimit()


def is_mass(touched: int, total: int, limit: MassLimit = DEFAULT_LIMIT) -> bool:
    """Whether ``touched`` of ``total`` records is more than the limit allows."""
    return touched > limit.records and touched * 100 > total * limit.percent


def mass_changes(
    rows: Iterable[PlannedRow], linked: Mapping[tuple[str, str], int], limit: MassLimit = DEFAULT_LIMIT
) -> dict[FieldKey, int]:
    """Fields that one plan would change on too many records, with the number."""
    touched: Counter[FieldKey] = Counter()
    for row in rows:
        for name, change in row.changes.items():
            if _is_counted(row, change):
                touched[(row.system, row.object, name)] += 1
    return {
        key: count for key, count in sorted(touched.items()) if is_mass(count, linked.get((key[0], key[1]), 0), limit)
    }


def hold_guarded(rows: Iterable[PlannedRow], tripped: Mapping[FieldKey, int]) -> list[PlannedRow]:
    """The rows with every tripped field split off into a row held by ``guard``."""
    result: list[PlannedRow] = []
    for row in rows:
        caught = {name for name, change in row.changes.items() if _is_caught(row, name, change, tripped)}
        if not caught:
            result.append(row)
            continue
        changes = {
            name: replace(change, held_by="guard") if name in caught else change for name, change in row.changes.items()
        }
        result.extend(split_by_hold(row, changes))
    return result


def guard_sentence(tripped: Mapping[FieldKey, int], linked: Mapping[tuple[str, str], int]) -> str | None:
    """What tripped, for people; ``None`` when nothing did."""
    parts = [
        f"{system} {object_name}.{name} would change on {count} of {linked.get((system, object_name), 0)} records"
        for (system, object_name, name), count in sorted(tripped.items())
    ]
    return "; ".join(parts) or None


def removal_is_mass(gone: int, landed: int, limit: MassLimit = DEFAULT_LIMIT) -> bool:
    """Whether so many records vanished at once that a lost permission is likelier than deletions."""
    return is_mass(gone, landed, limit)


def oscillates(written: Mapping[tuple[str, Wire], int], name: str, after: Wire) -> bool:
    """Whether we have written this very value to this field so often lately that somebody keeps undoing it."""
    return written.get((name, after), 0) >= FLIPS_MAX


def _is_counted(row: PlannedRow, change: Change) -> bool:
    # What a hold or the level keeps back anyway cannot do harm now; it is counted when it would be sent.
    return (
        row.kind in COUNTED_KINDS and row.held_by is None and change.policy != "leadloop" and not change.first_contact
    )


def _is_caught(row: PlannedRow, name: str, change: Change, tripped: Mapping[FieldKey, int]) -> bool:
    return _is_counted(row, change) and (row.system, row.object, name) in tripped
