"""``team.toml``: the roster of both teams. Decides what the file may say; who gets what is routing's matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from connector.decide.business_hours import WORKING_WEEK, parse_hours
from connector.playbook.playbook import ROLES, TeamMember
from connector.rules.toml import Table, nearest

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Team(Struct, frozen=True):
    """Everything of the file; ``sales_roles``: whose work counts as sales' work."""

    members: tuple[TeamMember, ...]
    sales_roles: frozenset[str]
    marketing_roles: frozenset[str]


class Region(Struct, frozen=True):
    """What the colleagues of a region share: time zone and holidays."""

    zone: ZoneInfo | None = None
    holidays: frozenset[date] = frozenset()


def parse(table: Table, systems: tuple[str, ...]) -> Team:
    """The typed file; ids are the keys ``<system>_user_id`` or ``<system>_owner_id`` of the given systems."""
    roles = table.table("roles", required=True)
    sales, marketing = (frozenset(roles.texts(key, among=ROLES)) for key in ("sales", "marketing"))
    roles.finish()
    rows = table.tables("members")
    regions = {name: _region(part) for name, part in table.table("regions").each()}
    members = tuple(_member(row, systems, regions) for row in rows)
    table.finish()
    for row, member in zip(rows, members, strict=True):
        _check_names(row, member, [each.name for each in members])
        _check_pair(row, member, members)
    _refuse_twins(rows, members)
    return Team(members, sales, marketing)


def _region(table: Table) -> Region:
    region = Region(_zone(table), frozenset(_day(table, "holidays", value) for value in _list(table, "holidays")))
    table.finish()
    return region


def _member(table: Table, systems: tuple[str, ...], regions: Mapping[str, Region]) -> TeamMember:
    region = table.optional_text("region")
    shared = regions.get(region or "", Region())
    holidays = frozenset(_day(table, "holidays", value) for value in _list(table, "holidays"))
    member = TeamMember(
        name=_filled(table, "name"),
        role=table.text("role", among=ROLES),
        ids=_ids(table, systems),
        email=table.text("email", ""),
        hours=table.text("hours", "09:00-17:00"),
        zone=_zone(table) or shared.zone,
        weekdays=_weekdays(table),
        holidays=holidays | shared.holidays,
        manager=table.optional_text("manager"),
        weight=_whole(table, "weight", 1),
        pools=_pools(table),
        backup=table.optional_text("backup"),
        daily_max=_whole(table, "daily_max") if table.has("daily_max") else None,
        open_unaccepted_max=_whole(table, "open_unaccepted_max") if table.has("open_unaccepted_max") else None,
        away=_absences(table),
        region=region,
        skills=_skills(table),
        paired_sdr=table.optional_text("paired_sdr"),
        only_in=_only_in(table, systems),
    )
    table.finish()
    _check_hours(table, member)
    return member


def _ids(table: Table, systems: Iterable[str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for system in systems:
        for key in (f"{system}_user_id", f"{system}_owner_id"):
            if table.has(key):
                ids[system] = _filled(table, key)
    if not ids:
        keys = ", ".join(f"{system}_user_id" for system in systems)
        raise table.error("", "no id in any system", f"write one of {keys}")
    return ids


def _pools(table: Table) -> tuple[str, ...]:
    """``pool`` names one, ``pools`` several; the first is where the member's day is counted."""
    if table.has("pools"):
        names = table.texts("pools")
        if table.has("pool"):
            raise table.error("pool", 'stands beside "pools"', "write one of the two")
        if not names or not all(name.strip() for name in names):
            raise table.error("pools", "the list is empty" if not names else "a name is empty")
        return tuple(dict.fromkeys(names))
    return (table.text("pool", "default"),)


def _skills(table: Table) -> frozenset[str]:
    return frozenset(skill.strip().casefold() for skill in table.texts("skills", ()))


def _only_in(table: Table, systems: Iterable[str]) -> str | None:
    named = [system for system in systems if table.has(f"{system}_only") and table.flag(f"{system}_only")]
    if len(named) > 1:
        raise table.error(f"{named[1]}_only", f"stands beside {named[0]}_only", "nobody works in one system only twice")
    return named[0] if named else None


def _filled(table: Table, key: str) -> str:
    text = table.text(key).strip()
    if not text:
        raise table.error(key, "is empty")
    return text


def _whole(table: Table, key: str, default: int | None = None) -> int:
    number = table.integer(key, default)
    if number < 0:
        raise table.error(key, "expected 0 or more")
    return number


def _zone(table: Table) -> ZoneInfo | None:
    name = table.optional_text("timezone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.error("timezone", f'no time zone "{name}"', "write a name such as Europe/Berlin") from error


def _weekdays(table: Table) -> frozenset[int]:
    default = [WEEKDAYS[day] for day in sorted(WORKING_WEEK)]
    days = frozenset(WEEKDAYS.index(word) for word in table.texts("weekdays", default, among=WEEKDAYS))
    if not days:
        raise table.error("weekdays", "the list is empty")
    return days


def _check_hours(table: Table, member: TeamMember) -> None:
    try:
        parse_hours(member.hours, ZoneInfo("UTC"))
    except ValueError as error:
        raise table.error("hours", f'"{member.hours}" are no working hours', "write them as 09:00-17:00") from error


def _absences(table: Table) -> tuple[tuple[date, date], ...]:
    absences: list[tuple[date, date]] = []
    for row in table.tables("away"):
        first, last = (_day(row, key, row.raw(key)) for key in ("first_day", "last_day"))
        row.finish()
        if last < first:
            raise row.error("last_day", "lies before first_day")
        absences.append((first, last))
    return tuple(absences)


def _list(table: Table, key: str) -> list[object]:
    value = table.raw(key, [])
    if not isinstance(value, list):
        raise table.error(key, "expected a list of dates")
    return value


def _day(table: Table, key: str, value: object) -> date:
    # A TOML date with a time is a datetime, which Python takes for a date too.
    if type(value) is date:
        return value
    raise table.error(key, "expected a date", "write it as 2026-12-25 without quotes")


def _check_names(table: Table, member: TeamMember, names: list[str]) -> None:
    for key, name in (("manager", member.manager), ("backup", member.backup), ("paired_sdr", member.paired_sdr)):
        if name is not None and name not in names:
            raise table.error(key, f'"{name}" is not in the roster', nearest(name, names))
        if name == member.name:
            raise table.error(key, "names the member itself")


def _check_pair(table: Table, member: TeamMember, members: tuple[TeamMember, ...]) -> None:
    paired = next((each for each in members if each.name == member.paired_sdr), None)
    if paired is not None and paired.role != "sdr":
        raise table.error("paired_sdr", f"{paired.name} is {paired.role} in team.toml", "name a member with role sdr")


def _refuse_twins(rows: list[Table], members: tuple[TeamMember, ...]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for row, member in zip(rows, members, strict=True):
        for key in (("name", member.name), *member.ids.items()):
            if key in seen:
                what = "this name" if key[0] == "name" else f"the {key[0]} id of {seen[key]}"
                raise row.error("", f"another member has {what}", "give each member their own")
            seen[key] = member.name
