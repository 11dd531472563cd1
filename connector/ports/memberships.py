"""Who is on a list or campaign, as the core speaks of it: one pseudo record per record of a person.

Its object is ``memberships``, its record id that of the person's record, and each collection (a list, a campaign) is
one field: a boolean where a collection only knows members, else the member's status; ``None`` or false: no member. So
a membership is planned, sent, read back and journalled like any other field.
"""

from __future__ import annotations

MEMBERSHIPS = "memberships"
KIND = "member"
"""The kind of an outbox row that changes a membership."""
_PREFIX = "member:"


def field_of(collection: str) -> str:
    """The field that stands for a collection, by the id or name a company gave."""
    return f"{_PREFIX}{collection}"


def collection_of(field: str) -> str:
    """The inverse of ``field_of``."""
    return field.removeprefix(_PREFIX)
