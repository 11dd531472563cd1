"""Values and records that a CRM refused, or that could not be read, as they are kept: without the values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class KeptReject(Struct, frozen=True):
    """One field (``*``: the record) of one record.

    ``direction``: ``out`` (a write was refused) or ``in`` (a value could not be read). ``record_id``: the name of what
    was to be made, for a record that does not exist. ``state``: open, retry, ignored. ``person_id``: whose it is, where
    that is known.
    """

    system: str
    object: str
    record_id: str
    field: str
    direction: str
    code: str
    first_at: datetime
    last_at: datetime
    attempts: int
    state: str
    decided_by: str | None
    decided_at: datetime | None
    person_id: int | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Under which it is kept."""
        return self.system, self.object, self.record_id, self.field


class RejectStore(Protocol):
    """The rejects of a company; each method is one transaction."""

    def rejects(self, company: int, people: Sequence[tuple[str, str]]) -> list[KeptReject]:
        """Everything that is not settled, the oldest first; not of records that are gone.

        ``people``: (system, object) of the records that are people's.
        """

    def retry(self, company: int, rejects: Sequence[KeptReject]) -> None:
        """Once more: the next plan writes what was refused without waiting, the next run reads what was unreadable."""

    def ignore(self, company: int, rejects: Sequence[KeptReject], by: str, at: datetime) -> None:
        """Let them be while the value stays the same."""
