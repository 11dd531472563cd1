"""Since when a value may have been set that changed while its field was out of our sight. Pure.

A field is out of sight while its record is read without it (its permission is gone for a while). A value that comes
back changed is stamped as the whole record is, which any later edit of another field has moved on: all that is known is
when the field was seen last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from connector.ports.people import Unseen


def unseen_after(
    before: Unseen, absent: Collection[str], changed: Collection[str], last_read: int, stamp: int
) -> dict[str, tuple[int, int | None]]:
    """What is kept after one more reading of a record; times in microseconds.

    ``absent``: fields known from before that were not answered; ``changed``: answered with another value than before.
    ``last_read``: the record's stamp as it was read before, ``stamp``: as it is now.
    """
    return dict(_kept(before, absent, changed, last_read, stamp))


def earliest(unseen: Unseen, name: str, stamp: int) -> int:
    """Since when a value may stand that is stamped so. A change made in sight, or told by a history, is exact."""
    seen_at, back_at = unseen.get(name, (stamp, None))
    return seen_at if back_at == stamp else stamp


def _kept(
    before: Unseen, absent: Collection[str], changed: Collection[str], last_read: int, stamp: int
) -> Iterator[tuple[str, tuple[int, int | None]]]:
    for name, (seen_at, back_at) in before.items():
        if name in absent:
            continue
        if back_at is None and name in changed:
            yield name, (seen_at, stamp)
        elif back_at is not None and name not in changed:
            yield name, (seen_at, back_at)
    for name in sorted(absent):
        seen_at, back_at = before.get(name, (last_read, None))
        yield name, (seen_at if back_at is None else last_read, None)
