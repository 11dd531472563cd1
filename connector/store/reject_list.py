"""``ports.rejects.RejectStore`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, and_, bindparam, or_, select, update

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

    def rejects(self, company: int) -> list[KeptReject]:
        """Everything that is not settled (one read)."""
        same = [_reject.c[name] == _link.c[name] for name in ("company", "system", "record_id")]
        same.append(or_(_reject.c.object == _link.c.object, _reject.c.object == MEMBERSHIPS))
        query = (
            select(*(_reject.c[name] for name in KEPT), _link.c.person_id)
            .outerjoin(_link, and_(*same))
            .where(_reject.c.company == company, _reject.c.state != "settled")
            .where(or_(_link.c.link_id.is_(None), _link.c.state == "active"))
            .order_by(_reject.c.first_at, *(_reject.c[name] for name in ("system", "object", "record_id", "field")))
        )
        with self._database.read() as connection:
            found = [KeptReject(**row._mapping) for row in connection.execute(query)]
            made = _of_targets(connection, company, [each.record_id for each in found if each.person_id is None])
        return [replace(each, person_id=made.get(each.record_id, each.person_id)) for each in found]

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


def _of_targets(connection: Connection, company: int, targets: Sequence[str]) -> dict[str, int]:
    """Whose record it was that could not be made."""
    found: dict[str, int] = {}
    for part in chunks(sorted(set(targets))):
        query = select(_outbox.c.target, _outbox.c.person_id).where(
            _outbox.c.company == company, _outbox.c.target.in_(part)
        )
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
