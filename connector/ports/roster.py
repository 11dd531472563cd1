"""The CRMs' users as the roster sees them, and what they own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct


class Seat(Struct, frozen=True):
    """One user of one system. ``user_id`` (ours) is the same for one colleague in all of them."""

    system: str
    owner_id: str
    user_id: int
    email: str | None = None
    name: str | None = None
    active: bool = True
    is_person: bool = True
    manager_owner_id: str | None = None


class RosterStore(Protocol):
    """Users and their work."""

    def seats(self, company: int) -> list[Seat]:
        """Every user and queue of every system."""

    def open_leads(self, company: int) -> dict[tuple[str, str], int]:
        """(system, owner id) -> people with an open cycle whose primary record they own."""

    def open_opportunities(self, company: int) -> dict[int, int]:
        """User id -> open opportunities they own."""

    def touch_departed(self, company: int, present: Collection[int]) -> int:
        """People whom we gave to somebody who is not ``present`` (user ids) any more, and whom sales still holds, are
        looked at again; how many. One transaction, none without."""

    def left_behind(self, company: int, present: Collection[int]) -> dict[tuple[str, str], int]:
        """(system, owner id) of users who are not ``present`` -> people sales holds with them and we did not give."""

    def unify(self, company: int, groups: Sequence[Sequence[int]]) -> None:
        """The users of each group are one colleague, under the first id. One transaction, none without."""
