"""Other people of an employer: when one of them came or showed interest, and who waits for that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from connector.store.sql import chunks, table
from connector.store.tables import Activity, Cycle, Link, Person, PersonDirty

_person, _link, _activity = table(Person), table(Link), table(Activity)
_cycle, _dirty = table(Cycle), table(PersonDirty)


def waiting_for_touched(company: int, reasons: Collection[str]) -> Select[tuple[int]]:
    """People recycled for one of these reasons, somebody of whose employer is to be decided, and they are not."""
    other = _person.alias("other")
    same = (_dirty.c.company == other.c.company) & (_dirty.c.person_id == other.c.person_id)
    touched = select(other.c.account_id).select_from(_dirty.join(other, same))
    touched = touched.where(_dirty.c.company == company, other.c.account_id.is_not(None))
    mine = (_cycle.c.company == _person.c.company) & (_cycle.c.person_id == _person.c.person_id)
    waiting = select(_person.c.person_id).select_from(_cycle.join(_person, mine)).distinct()
    return waiting.where(
        _cycle.c.company == company,
        _cycle.c.closed_at.is_(None),
        _cycle.c.disposition == "recycled",
        _cycle.c.reason.in_(sorted(reasons)),
        _person.c.merged_into.is_(None),
        _person.c.account_id.in_(touched),
        _person.c.person_id.not_in(select(_dirty.c.person_id).where(_dirty.c.company == company)),
    )


def last_seen(
    connection: Connection, company: int, employed: Mapping[int, int], signals: Sequence[str]
) -> dict[int, datetime]:
    """Person id -> when somebody else of their employer last came or showed interest; ``employed``: person -> employer.

    People who are set aside as junk are nobody.
    """
    seen: dict[int, dict[int, datetime]] = {}
    for part in chunks(sorted(set(employed.values()))):
        theirs = [_person.c.company == company, _person.c.account_id.in_(part), _person.c.merged_into.is_(None)]
        theirs.append(_person.c.junk_rule.is_(None))
        of_link = (_link.c.company == _person.c.company) & (_link.c.person_id == _person.c.person_id)
        did = (_activity.c.company == _person.c.company) & (_activity.c.person_id == _person.c.person_id)
        came = select(_person.c.account_id, _person.c.person_id, func.min(_link.c.created_at).label("at"))
        came = came.select_from(_person.join(_link, of_link)).where(*theirs)
        engaged = select(_person.c.account_id, _person.c.person_id, func.max(_activity.c.occurred_at).label("at"))
        engaged = engaged.select_from(_person.join(_activity, did)).where(
            *theirs,
            _activity.c.signal.in_(signals),
            _activity.c.direction == "human",
            _activity.c.deleted_seq.is_(None),
            _activity.c.duplicate_of.is_(None),
        )
        for query in (came, engaged):
            for row in connection.execute(query.group_by(_person.c.account_id, _person.c.person_id)):
                if row.at is not None:
                    people = seen.setdefault(row.account_id, {})
                    people[row.person_id] = max(row.at, people.get(row.person_id, row.at))
    found: dict[int, datetime] = {}
    for person, employer in employed.items():
        others = [at for other, at in seen.get(employer, {}).items() if other != person]
        if others:
            found[person] = max(others)
    return found
