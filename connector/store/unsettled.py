"""The people whose records may differ from what was agreed, with everything their diff needs: a few joined reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, and_, func, or_, select

from connector.ports.memberships import MEMBERSHIPS
from connector.ports.outbox import LinkView, MomentView, PersonView, Refusal, SettledPair
from connector.store import baseline, journal
from connector.store.disputes import read_decided
from connector.store.plans import NEW_KINDS, is_carried
from connector.store.sql import table
from connector.store.tables import Hold, Landing, Link, Moment, OutboxRow, Person, Reject

_person, _link, _landing = table(Person), table(Link), table(Landing)
_moment, _hold, _reject, _outbox = table(Moment), table(Hold), table(Reject), table(OutboxRow)

OSCILLATION_WINDOW = timedelta(days=7)
MERGES_MAX = 100
"""How far a chain of merges is followed."""
UNSETTLED_STATES = ("sending", "unknown", "sent")


def load_people(connection: Connection, company: int, after: int, limit: int, now: datetime) -> list[PersonView]:
    """The next unsettled people behind ``after``, by person id."""
    query = (
        select(_person)
        .where(_person.c.company == company, _person.c.unsettled.is_(True), _person.c.person_id > after)
        .where(_person.c.merged_into.is_(None))
        .order_by(_person.c.person_id)
        .limit(limit)
    )
    people = connection.execute(query).all()
    ids = [row.person_id for row in people]
    if not ids:
        return []
    around = _Around(connection, company, ids, now)
    links, moments, held, taken = around.links(), around.moments(), around.held(), around.taken()
    decided = read_decided(connection, company, ids)
    refusals = around.create_refusals()
    return [
        PersonView(
            person_id=row.person_id,
            person=dict(row._mapping),
            links=tuple(links[row.person_id]),
            moments=moments[row.person_id],
            held=frozenset(held[row.person_id]),
            taken=frozenset(taken[row.person_id]),
            refusals=refusals[row.person_id],
            decided=tuple(decided.get(row.person_id, ())),
        )
        for row in people
    ]


def count_links(connection: Connection, company: int) -> dict[tuple[str, str], int]:
    """(system, object) -> number of records that receive writes."""
    query = (
        select(_link.c.system, _link.c.object, func.count())
        .where(_link.c.company == company, _link.c.is_primary.is_(True), _link.c.state == "active")
        .group_by(_link.c.system, _link.c.object)
    )
    found = {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}
    # Any record of a person may become a member, so that is what a mass change of members is measured on.
    systems = {system for system, _ in found}
    return found | {
        (system, MEMBERSHIPS): sum(count for key, count in found.items() if key[0] == system) for system in systems
    }


class _Around(Struct, frozen=True):
    """What belongs to a chunk of people, each kind in one read."""

    connection: Connection
    company: int
    people: Sequence[int]
    now: datetime

    def links(self) -> dict[int, list[LinkView]]:
        rows = self.connection.execute(self._links_query()).all()
        base = baseline.load(self.connection, self.company, [row.link_id for row in rows])
        since = self.now - OSCILLATION_WINDOW
        written = journal.written_since(self.connection, self.company, self.people, since)
        refusals = self._link_refusals()
        result: dict[int, list[LinkView]] = defaultdict(list)
        for row in rows:
            view = _link_view(row, base.get(row.link_id, {}), refusals.get(row.link_id, {}), written.get(row.link_id))
            result[row.person_id].append(view)
        return result

    def moments(self) -> dict[int, dict[str, MomentView]]:
        result: dict[int, dict[str, MomentView]] = defaultdict(dict)
        query = select(_moment).where(_moment.c.company == self.company, _moment.c.person_id.in_(self.people))
        for row in self.connection.execute(query):
            result[row.person_id][row.field] = MomentView(row.value, row.seq, row.at, row.reason, row.rule)
        return result

    def held(self) -> dict[int, set[str]]:
        result: dict[int, set[str]] = defaultdict(set)
        query = select(_hold.c.person_id, _hold.c.field).where(
            _hold.c.company == self.company,
            _hold.c.person_id.in_(self.people),
            or_(_hold.c.until.is_(None), _hold.c.until > self.now),
        )
        for row in self.connection.execute(query):
            result[row.person_id].add(row.field)
        return result

    def taken(self) -> dict[int, set[str]]:
        """Targets in flight or still to be sent, and records that were made; also those of people merged into these.

        What was made once is never made again, also when a field of it was refused or it is gone since: deletes are
        followed, not fought.
        """
        whose = self._absorbed()
        done = and_(_outbox.c.kind.in_(NEW_KINDS), _outbox.c.record_id.is_not(None))
        carried = and_(is_carried(), _outbox.c.state == "planned")
        query = select(_outbox.c.person_id, _outbox.c.target).where(
            _outbox.c.company == self.company,
            _outbox.c.person_id.in_(sorted(whose)),
            or_(_outbox.c.state.in_(UNSETTLED_STATES), done, carried),
        )
        result: dict[int, set[str]] = defaultdict(set)
        for row in self.connection.execute(query):
            result[whose[row.person_id]].add(row.target)
        return result

    def _absorbed(self) -> dict[int, int]:
        """Each of these people and everybody merged into them, at any distance -> who they are now."""
        whose = {person: person for person in self.people}
        new = whose
        for _ in range(MERGES_MAX):
            query = select(_person.c.person_id, _person.c.merged_into).where(
                _person.c.company == self.company, _person.c.merged_into.in_(sorted(new))
            )
            new = {row.person_id: whose[row.merged_into] for row in self.connection.execute(query)}
            if not new:
                break
            whose |= new
        return whose

    def create_refusals(self) -> dict[int, dict[str, dict[str, Refusal]]]:
        """Refused creates by target and field; the reject names the target where a record would be named."""
        query = (
            select(_outbox.c.person_id, _outbox.c.target, *_REFUSAL)
            .join(_reject, and_(_reject.c.company == _outbox.c.company, _reject.c.record_id == _outbox.c.target))
            .where(_outbox.c.company == self.company, _outbox.c.person_id.in_(self.people))
            .where(_outbox.c.kind.in_(NEW_KINDS), _stands())
        )
        result: dict[int, dict[str, dict[str, Refusal]]] = defaultdict(dict)
        for row in self.connection.execute(query):
            fields = result[row.person_id].setdefault(row.target, {})
            fields[row.field] = _refusal(row)
        return result

    def _link_refusals(self) -> dict[int, dict[str, Refusal]]:
        """By field; those of a membership stand among them, because its field names the list or campaign."""
        same = [_reject.c[name] == _link.c[name] for name in ("company", "system", "record_id")]
        same.append(or_(_reject.c.object == _link.c.object, _reject.c.object == MEMBERSHIPS))
        query = (
            select(_link.c.link_id, *_REFUSAL)
            .join(_reject, and_(*same))
            .where(_link.c.company == self.company, _link.c.person_id.in_(self.people), _stands())
        )
        result: dict[int, dict[str, Refusal]] = defaultdict(dict)
        for row in self.connection.execute(query):
            result[row.link_id][row.field] = _refusal(row)
        return result

    def _links_query(self) -> Any:
        same = [_landing.c[name] == _link.c[name] for name in ("company", "system", "object", "record_id")]
        return (
            select(_link, _landing.c.fields.label("wire"), _landing.c.modified_at.label("landed_modified_at"))
            .outerjoin(_landing, and_(*same))
            .where(_link.c.company == self.company, _link.c.person_id.in_(self.people))
            .where(_link.c.is_primary.is_(True), _link.c.state == "active")
            .order_by(_link.c.link_id)
        )


_REFUSAL = tuple(
    _reject.c[name]
    for name in ("system", "object", "record_id", "field", "attempts", "last_at", "code", "state", "wanted")
)


def _stands() -> Any:
    return and_(_reject.c.direction == "out", _reject.c.state != "settled")


def _refusal(row: Any) -> Refusal:
    address = row.system, row.object, row.record_id
    return Refusal(row.attempts, row.last_at, row.code, row.state, row.wanted, address)


def _link_view(
    row: Row[Any], base: dict[str, SettledPair], refusals: dict[str, Refusal], written: Any | None
) -> LinkView:
    return LinkView(
        link_id=row.link_id,
        person_id=row.person_id,
        system=row.system,
        object=row.object,
        family=row.family,
        record_id=row.record_id,
        external_key=row.external_key,
        stamped=row.stamped,
        parent_record_id=row.parent_record_id,
        modified_at=row.landed_modified_at or row.modified_at,
        mapped=row.mapped,
        wire=row.wire or {},
        base=base,
        refusals=refusals,
        written=written or {},
        stamps=row.stamps or {},
    )
