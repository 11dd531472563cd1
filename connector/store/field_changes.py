"""A CRM's own history in our histories: true times and authors of changes that a pull saw only later.

Decides nothing: which rows are told is decided in ``decide.past_changes``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, tuple_, update

from connector.clock import to_micros
from connector.model import RecordRef
from connector.ports.people import PastChange
from connector.store.counters import reserve
from connector.store.resolving import mark_dirty, users_by_owner
from connector.store.sql import chunks, table
from connector.store.tables import FieldHistory, Link

_link, _history = table(Link), table(FieldHistory)
AUTHORS = {"human": "person", "ours": "machine", "automation": "machine"}
"""The words of ``link.authors`` for the actors of a history."""


def save_history(connection: Connection, company: int, changes: Sequence[PastChange]) -> None:
    """Append the changes of linked records; a value that still stands gets its true time and author."""
    links = _links(connection, company, sorted({change.ref for change in changes}))
    told = [change for change in _owners_known(connection, company, changes) if change.ref in links]
    if not told:
        return
    told.sort(key=lambda change: change.at)
    first = reserve(connection, company, "seq", len(told))
    rows = [
        _row(company, change, links[change.ref].link_id) | {"seq": first + place} for place, change in enumerate(told)
    ]
    connection.execute(_history.insert(), rows)
    by_ref: dict[RecordRef, dict[str, PastChange]] = {}
    for change in told:
        by_ref.setdefault(change.ref, {})[change.field] = change
    moved = [links[ref] for ref, last in by_ref.items() if _date_values(connection, company, links[ref], last)]
    mark_dirty(connection, company, [link.person_id for link in moved], "history")


def _links(connection: Connection, company: int, refs: Sequence[RecordRef]) -> dict[RecordRef, Any]:
    found: dict[RecordRef, Any] = {}
    for part in chunks([(ref.system, ref.object, ref.record_id) for ref in refs]):
        address = tuple_(_link.c.system, _link.c.object, _link.c.record_id)
        rows = connection.execute(select(_link).where(_link.c.company == company, address.in_(part)))
        found |= {RecordRef(row.system, row.object, row.record_id): row for row in rows}
    return found


def _owners_known(connection: Connection, company: int, changes: Sequence[PastChange]) -> list[PastChange]:
    """Without the rows that show an owner by name (contract sheet 7: an owner change gives two rows)."""
    owners = {(each.ref.system, str(each.value)) for each in changes if each.is_owner and each.value is not None}
    known = users_by_owner(connection, company, owners)
    return [
        each
        for each in changes
        if not each.is_owner or each.value is None or (each.ref.system, str(each.value)) in known
    ]


def _row(company: int, change: PastChange, link_id: int) -> dict[str, Any]:
    value = change.value
    return {
        "company": company,
        "link_id": link_id,
        "field": change.field,
        "valid_from": change.at,
        "value_text": value if isinstance(value, str) else None,
        "value_number": int(value) if isinstance(value, bool | int | float) else None,
        "actor": change.actor,
        "source": change.ref.system,
    }


def _date_values(connection: Connection, company: int, link: Any, last: Mapping[str, PastChange]) -> bool:
    """Give the link's present values the time and author of the change that set them; whether anything moved."""
    standing = {name: each for name, each in last.items() if link.mapped.get(name) == each.value}
    stamps = {name: to_micros(each.at) for name, each in standing.items()}
    before = link.stamps or {}
    if all(before.get(name) == at for name, at in stamps.items()):
        return False
    authors = {
        name: [each.value, AUTHORS.get(each.actor, "unknown"), to_micros(each.at)] for name, each in standing.items()
    }
    connection.execute(
        update(_link)
        .where(_link.c.company == company, _link.c.link_id == link.link_id)
        .values(stamps={**before, **stamps}, authors={**(link.authors or {}), **authors})
    )
    return True
