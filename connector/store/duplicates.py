"""One event seen in several records counts once: the sighting with the lowest precedence, in any order of arrival.

Decides which sighting of a person's events leads (PLAYBOOK 1.2); knows nothing of systems, only their precedence.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, case, func, select, update

from connector.store.sql import chunks, table
from connector.store.tables import Activity

_activity = table(Activity)


def mark_duplicates(connection: Connection, company: int, person_ids: Iterable[int | None]) -> None:
    """Of these people's sightings of one event the first leads, and the others are its duplicates."""
    first = _activity.alias("first")
    asked = case((first.c.asked.is_(True), 0), else_=1)  # a question is not lost behind the empty form before it
    leader = (
        select(first.c.activity_id)
        .where(
            first.c.company == _activity.c.company,
            first.c.person_id == _activity.c.person_id,
            first.c.sameness == _activity.c.sameness,
            first.c.deleted_seq.is_(None),
        )
        .order_by(first.c.precedence, asked, first.c.occurred_at, first.c.source_key)
        .limit(1)
        .scalar_subquery()
    )
    duplicate_of = func.nullif(leader, _activity.c.activity_id)
    for part in chunks(sorted({person for person in person_ids if person is not None})):
        connection.execute(
            update(_activity)
            .where(
                _activity.c.company == company,
                _activity.c.person_id.in_(part),
                _activity.c.sameness.is_not(None),
                _activity.c.deleted_seq.is_(None),
                _activity.c.duplicate_of.is_distinct_from(duplicate_of),
            )
            .values(duplicate_of=duplicate_of)
        )
