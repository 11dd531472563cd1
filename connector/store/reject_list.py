"""``ports.rejects.RejectStore`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, update

from connector.ports.memberships import MEMBERSHIPS
from connector.ports.rejects import KeptReject
from connector.store.counters import next_seq
from connector.store.database import Database
from connector.store.plans import unsettle
from connector.store.sql import chunks, table
from connector.store.tables import Landing, Link, OutboxRow, Reject

_reject, _link, _outbox, _landing = table(Reject), table(Link), table(OutboxRow), table(Landing)

KEPT = tuple(name for name in KeptReject.__struct_fields__ if name != "person_id")


class SqlRejectStore:
    """The rejects of every company of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rejects(self, company: int, people: Sequence[tuple[str, str]]) -> list[KeptReject]:
        """Everything that is not settled (one read)."""
        query = select(*(_reject.c[name] for name in KEPT)).where(
            _reject.c.company == company, _reject.c.state != "settled"
        )
        order = [_reject.c[name] for name in ("first_at", "system", "object", "record_id", "field")]
        with self._database.read() as connection:
            found = [KeptReject(**row._mapping) for row in connection.execute(query.order_by(*order))]
            owners = _Owners(connection, company, people, found)
            return [replace(each, person_id=owners.of(each)) for each in found if not owners.is_gone(each)]

    def retry(self, company: int, rejects: Sequence[KeptReject]) -> None:
        """Once more. One transaction."""
        if not rejects:
            return
        with self._database.begin(company) as connection:
            _decide(connection, company, rejects, {"state": "retry", "decided_by": None, "decided_at": None})
            unsettle(connection, company, {each.person_id for each in rejects if each.person_id is not None})
            _read_again(connection, company, [each for each in rejects if each.direction == "in"])

    def ignore(self, company: int, rejects: Sequence[KeptReject], by: str, at: datetime) -> None:
        """Let them be. One transaction."""
        if not rejects:
            return
        with self._database.begin(company) as connection:
            _decide(connection, company, rejects, {"state": "ignored", "decided_by": by, "decided_at": at})
            # What waits in an open plan is planned anew without them.
            unsettle(connection, company, {each.person_id for each in rejects if each.person_id is not None})


class _Owners:
    """Whose the records of rejects are. Every look goes by an index: a large company has few rejects among millions."""

    def __init__(
        self, connection: Connection, company: int, people: Sequence[tuple[str, str]], rejects: Sequence[KeptReject]
    ) -> None:
        self._people = people
        self._links: dict[tuple[str, str, str], tuple[int, str]] = {}
        for system, object_name in people:
            ids = {
                each.record_id
                for each in rejects
                if each.system == system and each.object in (object_name, MEMBERSHIPS)
            }
            for part in chunks(sorted(ids)):
                query = select(_link.c.record_id, _link.c.person_id, _link.c.state).where(
                    _link.c.company == company, _link.c.system == system, _link.c.object == object_name
                )
                for row in connection.execute(query.where(_link.c.record_id.in_(part))):
                    self._links[system, object_name, row.record_id] = (row.person_id, row.state)
        self._made = self._of_targets(connection, company, [each.record_id for each in rejects if not self._link(each)])

    def of(self, reject: KeptReject) -> int | None:
        """The person, as far as known; of a record that could not be made, whom it was for."""
        link = self._link(reject)
        return link[0] if link is not None else self._made.get(reject.record_id)

    def is_gone(self, reject: KeptReject) -> bool:
        """Whether the record was deleted, merged or converted since."""
        link = self._link(reject)
        return link is not None and link[1] != "active"

    def _link(self, reject: KeptReject) -> tuple[int, str] | None:
        objects = [name for system, name in self._people if system == reject.system]
        known = objects if reject.object == MEMBERSHIPS else [reject.object]
        found = (self._links.get((reject.system, name, reject.record_id)) for name in known)
        return next((link for link in found if link is not None), None)

    @staticmethod
    def _of_targets(connection: Connection, company: int, targets: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for part in chunks(sorted(set(targets))):
            refused = _outbox.c.state.in_(("rejected", "dead")), _outbox.c.target.in_(part)
            query = select(_outbox.c.target, _outbox.c.person_id).where(_outbox.c.company == company, *refused)
            found |= {row.target: row.person_id for row in connection.execute(query)}
        return found


def _decide(connection: Connection, company: int, rejects: Sequence[KeptReject], values: dict[str, Any]) -> None:
    names = ("system", "object", "record_id", "field")
    same = [_reject.c[name] == bindparam(f"k_{name}") for name in names]
    statement = update(_reject).where(_reject.c.company == company, _reject.c.state != "settled", *same)
    rows = [{f"k_{name}": value for name, value in zip(names, each.key, strict=True)} for each in rejects]
    connection.execute(statement.values(**values), rows)


def _read_again(connection: Connection, company: int, rejects: Sequence[KeptReject]) -> None:
    """These landed records stand behind the resolve cursor again."""
    records = sorted({(each.system, each.object, each.record_id) for each in rejects})
    for system, object_name, record_id in records:
        here = _landing.c.company == company, _landing.c.system == system, _landing.c.object == object_name
        mine = *here, _landing.c.record_id == record_id
        connection.execute(update(_landing).where(*mine).values(seq=next_seq(connection, company)))
