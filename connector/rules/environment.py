"""What a compiled statement may refer to. The store provides it; the rules know no tables.

``person``: ``person_id`` and the needed columns of ``facts.PERSON``; texts folded to lower case (A to Z only),
instants as microseconds. ``activity``: ``activity_id``, ``person_id`` and the columns of ``facts.ACTIVITY``,
already limited to the company, the scope, and what had happened (and was known) before ``as_of``.
``as_of``: the end of the company's local day in microseconds, exclusive.
"""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy.sql import ColumnElement, FromClause

DAY_MICROS = 86_400_000_000


class Environment(Struct, frozen=True):
    """The relations and the moment of one evaluation."""

    person: FromClause
    activity: FromClause
    as_of: ColumnElement[int]
