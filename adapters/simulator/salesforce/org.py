"""The records of one org: truth, what readers may already see, the history of every field, undo.

Decides visibility (late commits, recycle bin); knows no validation, no HTTP and no query language.
A stored row is never changed in place: a write replaces it, so a reader may keep what it was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.simulator.salesforce import moments, tracking
from adapters.simulator.salesforce.identifiers import IdMint
from adapters.simulator.salesforce.schema import SObject
from adapters.simulator.salesforce.settings import Settings
from adapters.simulator.salesforce.standard_org import standard_schema
from adapters.simulator.wire import SimulatorClock

Fields = dict[str, Any]
RECYCLE_BIN_DAYS = 15  # sheet section 6
STAMPS = frozenset({"SystemModstamp", "LastModifiedDate", "LastModifiedById", "CreatedDate", "CreatedById"})


@dataclass(frozen=True)
class Actor:
    """Who writes, by which way, and when readers see it."""

    by: str
    through: str = "api"
    auto_assign: bool = False
    visible_after_s: float = 0

    @property
    def automated(self) -> bool:
        """Whether a trigger or a flow acts rather than a user: only SystemModstamp moves."""
        return self.through == "automation"

    def as_automation(self) -> Actor:
        """The same transaction, carried on by automation."""
        return replace(self, through="automation", auto_assign=False)


@dataclass(frozen=True)
class OpenTransaction:
    """A change that readers do not see yet; ``before`` is what they see (None: no record)."""

    opened_at: datetime
    visible_at: datetime
    before: Fields | None


@dataclass
class Table:
    """The rows of one object and an index for each external id."""

    entry: SObject
    rows: dict[str, Fields] = field(default_factory=dict)
    open: dict[str, list[OpenTransaction]] = field(default_factory=dict)
    indexes: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def index(self, name: str) -> dict[str, set[str]]:
        """Ids by lower-case value of an external id field; built when first asked for."""
        if name not in self.indexes:
            found: dict[str, set[str]] = {}
            for identifier, row in self.rows.items():
                if row.get(name) is not None:
                    found.setdefault(str(row[name]).lower(), set()).add(identifier)
            self.indexes[name] = found
        return self.indexes[name]

    def replace(self, identifier: str, row: Fields | None) -> Fields | None:
        """Store a row (None removes it) and return the one before."""
        before = self.rows.pop(identifier, None) if row is None else self.rows.get(identifier)
        if row is not None:
            self.rows[identifier] = row
        for name, index in self.indexes.items():
            old, new = (before or {}).get(name), (row or {}).get(name)
            if old is not None:
                index.get(str(old).lower(), set()).discard(identifier)
            if new is not None:
                index.setdefault(str(new).lower(), set()).add(identifier)
        return before


class Org:
    """Everything one simulated org holds between requests."""

    def __init__(self, seed: int, clock: SimulatorClock) -> None:
        self.seed = seed
        self.clock = clock
        self.settings = Settings()
        self.schema = standard_schema()
        self.schema_changed_at = clock.now()
        self.ids = IdMint(seed)
        self.tables = {name: Table(entry) for name, entry in self.schema.objects.items() if entry.prefix}
        self.history: list[dict[str, Any]] = []
        self.requests_seen = 0
        self.integration_user_id = ""
        self._journal: list[tuple[Table, str, Fields | None, bool]] = []

    def now(self) -> str:
        """The virtual time as a stamp."""
        return moments.wire(self.clock.now())

    def mint(self, object_name: str) -> str:
        """A free id for this object."""
        table = self.tables[object_name]
        return self.ids.mint(table.entry.prefix, table.rows.__contains__)

    def locate(self, identifier: str) -> Fields | None:
        """What readers see of the record with this id, whatever its object."""
        name = self.schema.object_of(identifier)
        return self.visible(name, identifier) if name else None

    def visible(self, object_name: str, identifier: str) -> Fields | None:
        """What readers see of a record now; a record purged from the recycle bin is gone."""
        table = self.tables[object_name]
        row = self._seen(table, identifier, table.rows.get(identifier))
        return None if row is None or self._purged(table, row) else row

    def visible_rows(self, object_name: str, *, with_deleted: bool = False) -> Iterator[Fields]:
        """What readers see of all records now, in the order of their creation here."""
        table = self.tables[object_name]
        for identifier, truth in table.rows.items():
            row = self._seen(table, identifier, truth) if table.open else truth
            if row is None or (row.get("IsDeleted") and (not with_deleted or self._purged(table, row))):
                continue
            yield row

    def locked(self, object_name: str, identifier: str) -> bool:
        """Whether another transaction holds the record (sheet section 11, UNABLE_TO_LOCK_ROW)."""
        if identifier in self.settings["locked_ids"]:
            return True
        return any(entry.visible_at > self.clock.now() for entry in self.tables[object_name].open.get(identifier, ()))

    def earliest_open_transaction(self, object_name: str) -> datetime | None:
        """When the oldest transaction that is still open began."""
        entries = (entry for found in self.tables[object_name].open.values() for entry in found)
        return min((entry.opened_at for entry in entries if entry.visible_at > self.clock.now()), default=None)

    def store(self, object_name: str, row: Fields, actor: Actor) -> None:
        """Replace a record, note each changed field, and hide it for as long as the actor's commit takes."""
        table = self.tables[object_name]
        identifier = str(row["Id"])
        before = table.replace(identifier, row)
        hidden = actor.visible_after_s > 0
        if hidden:
            opened = moments.parse(row.get("SystemModstamp") or row["CreatedDate"])
            visible_at = self.clock.now() + timedelta(seconds=actor.visible_after_s)
            waiting = [entry for entry in table.open.get(identifier, ()) if entry.visible_at > self.clock.now()]
            table.open[identifier] = [*waiting, OpenTransaction(opened, visible_at, before)]
        self._journal.append((table, identifier, before, hidden))
        self._note(object_name, identifier, (before or {}, row), actor)
        for name, kept in tracking.history_rows(self, object_name, before or {}, row, actor.by):
            self.store(name, kept, actor)

    def mark(self) -> tuple[int, int]:
        """A point to roll back to."""
        return len(self._journal), len(self.history)

    def roll_back(self, mark: tuple[int, int]) -> None:
        """Undo every store since the mark."""
        while len(self._journal) > mark[0]:
            table, identifier, before, hidden = self._journal.pop()
            table.replace(identifier, before)
            if hidden:
                table.open[identifier].pop()
        del self.history[mark[1] :]

    def commit(self) -> None:
        """The end of a request: nothing before this can be undone."""
        self._journal.clear()

    def _seen(self, table: Table, identifier: str, truth: Fields | None) -> Fields | None:
        waiting = table.open.get(identifier)
        if not waiting:
            return truth
        now = self.clock.now()
        return next((entry.before for entry in waiting if entry.visible_at > now), truth)

    def _purged(self, table: Table, row: Fields) -> bool:
        if not row.get("IsDeleted"):
            return False
        if "IsDeleted" not in table.entry.fields:
            return True  # an object without a recycle bin
        purged_at = moments.parse(row["SystemModstamp"]) + timedelta(days=RECYCLE_BIN_DAYS)
        return purged_at <= self.clock.now()

    def _note(self, object_name: str, identifier: str, change: tuple[Fields, Fields], actor: Actor) -> None:
        before, after = change
        for name in sorted({*before, *after} - STAMPS):
            if before.get(name) != after.get(name):
                self.history.append(
                    {
                        "index": self.requests_seen,
                        "at": self.now(),
                        "object": object_name,
                        "id": identifier,
                        "field": name,
                        "before": before.get(name),
                        "after": after.get(name),
                        "by": actor.by,
                        "through": actor.through,
                    }
                )
