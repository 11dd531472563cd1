"""``ports.suspects.SuspectStore`` on SQLite and PostgreSQL: few rows by index, and a hold as a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, update

from connector.ports.suspects import FIELD, Held, Submitted
from connector.store.database import Database
from connector.store.resolving import mark_dirty
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Activity, Hold, Person, PersonDirty

_activity, _hold, _person, _dirty = table(Activity), table(Hold), table(Person), table(PersonDirty)


class SqlSuspectStore:
    """Holds suspected bots and lets them go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def submissions(self, company: int, since: datetime, many: int, alike: int) -> list[Submitted]:
        """What touched people submitted, as far as it can show anything."""
        found: dict[int, Submitted] = {}
        with self._database.read() as connection:
            for query in (*_of_busy_people(company, since, many), *_of_common_texts(company, since, alike)):
                for row in connection.execute(query):
                    found[row.activity_id] = Submitted(row.person_id, row.occurred_at, row.form_key)
        return [found[key] for key in sorted(found)]

    def hold(self, company: int, people: Sequence[Held]) -> int:
        """Hold these people, unless they are held or were released since."""
        known = self._holds(company, [each.person_id for each in people])
        new = [each for each in people if _is_new(each, known.get(each.person_id))]
        if not new:
            return 0
        ids = [each.person_id for each in new]
        with self._database.begin(company) as connection:
            rows = [
                {"company": company, "person_id": each.person_id, "field": FIELD, "why": each.why}
                | {"by": "rule", "at": each.at, "until": None, "playbook_digest": None}
                for each in new
            ]
            upsert(connection, _hold, rows, update=["why", "by", "at", "until"])
            for part in chunks(ids):
                mine = _person.c.company == company, _person.c.person_id.in_(part)
                connection.execute(update(_person).where(*mine).values(suspected_bot=True))
            mark_dirty(connection, company, ids, FIELD)
        return len(new)

    def release(self, company: int, person_id: int, by: str, at: datetime) -> bool:
        """Let a person go."""
        mine = and_(_hold.c.company == company, _hold.c.person_id == person_id, _hold.c.field == FIELD)
        with self._database.begin(company) as connection:
            ended = connection.execute(update(_hold).where(mine, _hold.c.until.is_(None)).values(by=by, until=at))
            if not ended.rowcount:
                return False
            person = _person.c.company == company, _person.c.person_id == person_id
            connection.execute(update(_person).where(*person).values(suspected_bot=False))
            mark_dirty(connection, company, [person_id], "released")
        return True

    def held(self, company: int) -> int:
        """How many are held now."""
        query = select(func.count()).select_from(_hold)
        query = query.where(_hold.c.company == company, _hold.c.field == FIELD, _hold.c.until.is_(None))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _holds(self, company: int, person_ids: Sequence[int]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        with self._database.read() as connection:
            for part in chunks(person_ids):
                query = select(_hold.c.person_id, _hold.c.until).where(
                    _hold.c.company == company, _hold.c.person_id.in_(part), _hold.c.field == FIELD
                )
                found |= {row.person_id: row for row in connection.execute(query)}
        return found


def _is_new(person: Held, known: Any | None) -> bool:
    return known is None or (known.until is not None and person.at > known.until)


def _submitted(company: int, since: datetime) -> tuple[Any, ...]:
    return (
        _activity.c.company == company,
        _activity.c.occurred_at >= since,
        _activity.c.form_key.is_not(None),
        _activity.c.person_id.is_not(None),
        _activity.c.deleted_seq.is_(None),
    )


def _touched(company: int) -> Select[Any]:
    return select(_dirty.c.person_id).where(_dirty.c.company == company)


def _rows(company: int, since: datetime) -> Select[Any]:
    names = ("activity_id", "person_id", "occurred_at", "form_key")
    return select(*(_activity.c[name] for name in names)).where(*_submitted(company, since))


def _of_busy_people(company: int, since: datetime, many: int) -> list[Select[Any]]:
    if not many:
        return []
    busy = select(_activity.c.person_id).where(*_submitted(company, since))
    busy = busy.where(_activity.c.person_id.in_(_touched(company))).group_by(_activity.c.person_id)
    return [_rows(company, since).where(_activity.c.person_id.in_(busy.having(func.count() >= many)))]


def _of_common_texts(company: int, since: datetime, alike: int) -> list[Select[Any]]:
    if not alike:
        return []
    theirs = select(_activity.c.form_key).where(*_submitted(company, since), _activity.c.form_key != "")
    theirs = theirs.where(_activity.c.person_id.in_(_touched(company)))
    common = select(_activity.c.form_key).where(*_submitted(company, since), _activity.c.form_key.in_(theirs))
    common = common.group_by(_activity.c.form_key)
    common = common.having(func.count(_activity.c.person_id.distinct()) >= alike)
    return [_rows(company, since).where(_activity.c.form_key.in_(common))]
