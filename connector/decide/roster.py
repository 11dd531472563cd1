"""Who works here: users of several systems matched to colleagues, compared with the roster, and what a seed would add.

Decides from values alone; which user owns what was counted before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from connector.ports.roster import Seat

SANDBOX_SUFFIX = re.compile(r"\.invalid$")
SANDBOX_FORM = re.compile(r"^(?P<name>[^@]+)=(?P<domain>[^@=]+\.[^@=]+)@example\.com$")


def plain_email(email: str | None) -> str | None:
    """The address as it is in production, in lower case: a sandbox adds ``.invalid``, or an older one turns
    ``name@domain.com`` into ``name=domain.com@example.com``."""
    if not email or not email.strip():
        return None
    plain = SANDBOX_SUFFIX.sub("", email.strip().lower())
    disguised = SANDBOX_FORM.match(plain)
    return f"{disguised['name']}@{disguised['domain']}" if disguised else plain


class Listed(Struct, frozen=True):
    """One colleague as the roster names them. ``only_in``: the one system they need a user in; ``None``: in all."""

    name: str
    ids: Mapping[str, str]
    email: str = ""
    only_in: str | None = None


class Work(Struct, frozen=True):
    """What a user owns now, and whether somebody reports to them."""

    leads: int = 0
    opportunities: int = 0


class Colleague(Struct, frozen=True):
    """One person over all systems. ``ids``: the active user where there is one. ``member``: their name in the roster.

    ``duplicated``: systems with several active users of them. ``role``: what a seed would write; ``None``: no guess.
    """

    name: str
    email: str
    ids: Mapping[str, str]
    member: str | None = None
    inactive: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    role: str | None = None
    manager: str | None = None
    work: Work = field(default_factory=Work)

    @property
    def is_active(self) -> bool:
        """Whether there is an active user of them anywhere."""
        return bool(set(self.ids) - set(self.inactive))


def colleagues(
    seats: Iterable[Seat], team: Sequence[Listed], systems: Collection[str], work: Mapping[int, Work]
) -> list[Colleague]:
    """Everybody with a user in a system, by name; queues are nobody."""
    by_user: dict[int, list[Seat]] = {}
    for seat in seats:
        if seat.is_person:
            by_user.setdefault(seat.user_id, []).append(seat)
    names = {user_id: _name(same) for user_id, same in by_user.items()}
    owner_of = {(seat.system, seat.owner_id): seat.user_id for same in by_user.values() for seat in same}
    managers = {
        user_id: next((owner_of[key] for key in _manager_keys(same) if key in owner_of), None)
        for user_id, same in by_user.items()
    }
    twins = _twins(by_user)
    found = [
        replace(
            _colleague(same, team, systems, work.get(user_id, Work()), manages=user_id in managers.values()),
            duplicated=tuple(sorted({seat.system for seat in same} & twins.get(_email(same), set()))),
        )
        for user_id, same in by_user.items()
    ]
    told = {
        user_id: names.get(manager_id) if (manager_id := managers[user_id]) is not None else None for user_id in by_user
    }
    with_managers = [_with_manager(each, told[user_id]) for each, user_id in zip(found, by_user, strict=True)]
    return sorted(with_managers, key=lambda each: (each.name.casefold(), sorted(each.ids.items())))


def split_members(seats: Iterable[Seat], team: Sequence[Listed]) -> list[tuple[int, ...]]:
    """Members whose users the systems show as different people: the user ids that are one, smallest first."""
    by_owner = {(seat.system, seat.owner_id): seat.user_id for seat in seats}
    groups = []
    for listed in team:
        ids = {by_owner[key] for key in listed.ids.items() if key in by_owner}
        if len(ids) > 1:
            groups.append(tuple(sorted(ids)))
    return groups


def without_user(seats: Iterable[Seat], team: Sequence[Listed], systems: Collection[str]) -> list[tuple[str, str]]:
    """(member, system) without an active user there: hand-offs to them would fail, or not count."""
    active = {(seat.system, seat.owner_id) for seat in seats if seat.active and seat.is_person}
    return [
        (listed.name, system)
        for listed in team
        for system in sorted(systems)
        if (system, listed.ids.get(system, "")) not in active and listed.only_in in (None, system)
    ]


def present(seats: Iterable[Seat], team: Sequence[Listed]) -> frozenset[int]:
    """User ids of everybody who works here: in the roster, and switched off nowhere."""
    seats = list(seats)
    listed = {key for each in team for key in each.ids.items()}
    ours = {seat.user_id for seat in seats if (seat.system, seat.owner_id) in listed}
    return frozenset(ours - {seat.user_id for seat in seats if not seat.active})


def strangers(
    seats: Iterable[Seat], team: Sequence[Listed], leads: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """(system, owner id) -> open leads of active people who are not in the roster."""
    seats = list(seats)
    by_owner = {(seat.system, seat.owner_id): seat for seat in seats}
    known = {by_owner[key].user_id for listed in team for key in listed.ids.items() if key in by_owner}
    return {
        key: count
        for key, count in sorted(leads.items())
        if key in by_owner and by_owner[key].active and by_owner[key].is_person and by_owner[key].user_id not in known
    }


def _colleague(
    same: Sequence[Seat], team: Sequence[Listed], systems: Collection[str], work: Work, *, manages: bool
) -> Colleague:
    ids: dict[str, str] = {}
    for seat in sorted(same, key=lambda seat: (seat.active, seat.owner_id)):
        ids[seat.system] = seat.owner_id
    active = [seat.system for seat in same if seat.active]
    email = _email(same)
    return Colleague(
        name=_name(same),
        email=email,
        ids=ids,
        member=_listed(same, email, team),
        inactive=tuple(sorted(set(ids) - set(active))),
        missing=tuple(sorted(set(systems) - set(ids))),
        role=_role(work, manages=manages),
        work=work,
    )


def _email(same: Sequence[Seat]) -> str:
    return next((plain for seat in same if (plain := plain_email(seat.email))), "")


def _twins(by_user: Mapping[int, Sequence[Seat]]) -> dict[str, set[str]]:
    """Address -> systems in which several active users have it: only a person knows who of them is meant."""
    seen: dict[tuple[str, str], int] = {}
    for same in by_user.values():
        for seat in same:
            email = plain_email(seat.email)
            if seat.active and email:
                seen[email, seat.system] = seen.get((email, seat.system), 0) + 1
    twins: dict[str, set[str]] = {}
    for (email, system), count in seen.items():
        if count > 1:
            twins.setdefault(email, set()).add(system)
    return twins


def _with_manager(colleague: Colleague, manager: str | None) -> Colleague:
    return replace(colleague, manager=manager if manager != colleague.name else None)


def _name(same: Sequence[Seat]) -> str:
    named = [seat for seat in same if seat.name]
    best = next((seat.name for seat in named if seat.active), None) or next((seat.name for seat in named), None)
    return best or f"{same[0].system} {same[0].owner_id}"


def _manager_keys(same: Sequence[Seat]) -> list[tuple[str, str]]:
    return [(seat.system, seat.manager_owner_id) for seat in same if seat.manager_owner_id]


def _listed(same: Sequence[Seat], email: str, team: Sequence[Listed]) -> str | None:
    keys = {(seat.system, seat.owner_id) for seat in same}
    by_id = next((each.name for each in team if keys & set(each.ids.items())), None)
    return by_id or next((each.name for each in team if email and plain_email(each.email) == email), None)


def _role(work: Work, *, manages: bool) -> str | None:
    """A guess from what somebody owns; nobody's role is known to a CRM."""
    if manages:
        return "manager"
    if work.opportunities:
        return "ae"
    return "sdr" if work.leads else None
