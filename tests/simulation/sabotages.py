"""Six ways to spoil the product's promises, put in from outside for one schedule: the checks must notice each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from msgspec import structs
from msgspec.structs import replace

from adapters.hubspot.made_before import MadeBefore
from connector.decide.readback import APPLIED
from connector.model import OutboxState
from connector.ports.landing import LandedPage
from connector.ports.outbox import FieldResult, OutboxEntry
from connector.store import confirmation
from connector.store.landing import SqlLandingStore
from connector.store.outbox import SqlOutbox
from connector.sync import confirm
from connector.sync.push import Push


@contextmanager
def _patched(owner: Any, name: str, value: object) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def no_intent_row() -> AbstractContextManager[None]:
    """The request goes out before anything says so in the database."""

    def mark_sending(self: SqlOutbox, company: int, group: Any, entries: Sequence[OutboxEntry], stamp: Any) -> Any:
        return [
            structs.replace(entry, state=OutboxState.SENDING, attempts=entry.attempts + 1, intent_at=stamp.now)
            for entry in entries
        ]

    return _patched(SqlOutbox, "mark_sending", mark_sending)


def base_without_confirmation() -> AbstractContextManager[None]:
    """What was sent counts as agreed, whatever the CRM holds."""

    def judge(changes: Mapping[str, Any], wires: Mapping[str, Any]) -> tuple[FieldResult, ...]:
        return tuple(FieldResult(name, change, APPLIED, change.after) for name, change in sorted(changes.items()))

    return _patched(confirm, "judge", judge)


def watermark_before_rows() -> AbstractContextManager[None]:
    """The position is committed first, the rows in a second transaction."""
    land = SqlLandingStore.land

    def early(self: SqlLandingStore, company: int, page: LandedPage) -> int:
        if page.records:
            land(self, company, replace(page, records=()))
        return land(self, company, page)

    return _patched(SqlLandingStore, "land", early)


def blind_write() -> AbstractContextManager[None]:
    """Shared fields are written without another look and without a condition."""

    def recheck(self: Push, group: Any, entries: Sequence[OutboxEntry]) -> Any:
        return list(entries), {}

    return _patched(Push, "_recheck", recheck)


def echo_as_edit() -> AbstractContextManager[None]:
    """Our own value, read back, is not agreed: the next run takes it for a person's."""

    def pairs(applied: Sequence[Any]) -> dict[int, Any]:
        return {}

    return _patched(confirmation, "_pairs", pairs)


def no_probe() -> AbstractContextManager[None]:
    """What an earlier attempt has made is not looked for, so that a task whose answer was lost is made again."""

    def of(self: MadeBefore, facts: Any, rows: Sequence[Any]) -> dict[str, str]:
        return {}

    return _patched(MadeBefore, "of", of)


SABOTAGES: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "no-intent-row": no_intent_row,
    "base-without-confirmation": base_without_confirmation,
    "watermark-before-rows": watermark_before_rows,
    "blind-write": blind_write,
    "echo-as-edit": echo_as_edit,
    "no-probe": no_probe,
}
