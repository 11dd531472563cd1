"""``nurture.toml``: the tracks of people whom marketing keeps. Decides what the file may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connector.decide.consent import Permission
from connector.decide.membership import Collections
from connector.decide.nurture import (
    ACCOUNT_OWNER,
    MARKETING,
    NOBODY,
    PARTNER_MANAGER,
    Entry,
    HumanTouch,
    Track,
)
from connector.model import Motion, Stage
from connector.rules.toml import Table, nearest

ACCOUNTABLE = (MARKETING, ACCOUNT_OWNER, PARTNER_MANAGER, NOBODY)


def parse(table: Table, grades: tuple[str, ...]) -> tuple[Track, ...]:
    """The tracks, first by priority; ``grades`` are those of the scoring."""
    table.has("permission"), table.has("push")  # read by ``permission_of`` and ``collections_of``
    tracks = [_track(name, part, grades) for name, part in table.table("tracks", required=True).each()]
    table.finish()
    seen: dict[int, str] = {}
    for track in tracks:
        if track.priority in seen:
            place = table.table("tracks").table(track.name)
            raise place.error("priority", f'"{seen[track.priority]}" has the same', "give each track its own")
        seen[track.priority] = track.name
    return tuple(sorted(tracks, key=lambda track: track.priority))


def permission_of(table: Table) -> Permission:
    """What mail needs beside the person's own wish: the countries whose people need a legal basis."""
    part = table.table("permission")
    countries = part.texts("require_basis_for", ())
    part.finish()
    return Permission(frozenset(country.strip().casefold() for country in countries))


def collections_of(table: Table, tracks: Sequence[str], systems: Sequence[str]) -> dict[str, Collections]:
    """System -> the list or campaign of each track, where the company names one; the systems are those installed."""
    found: dict[str, Collections] = {}
    push = table.table("push")
    for system, part in push.each():
        if system not in systems:
            raise push.error(system, "no such system", nearest(system, systems))
        named = part.table("tracks")
        by_track = {track: named.text(track).strip() for track in named.values}
        for track in by_track:
            if track not in tracks:
                raise named.error(track, "no such track", nearest(track, tracks))
        rules = _standing(part)
        part.finish()
        kept = {track: collection for track, collection in by_track.items() if collection}
        if kept:
            found[system] = replace(rules, by_track=kept)
    return found


def _standing(part: Table) -> Collections:
    """A collection whose members have a status has words for it; any other one only has members."""
    if not part.has("joined"):
        return Collections()
    joined, left = part.text("joined"), part.text("left", "")
    if joined == left:
        raise part.error("left", "the same as joined", "name another status, or none")
    return Collections(joined=joined, left=left or None, absent=None)


def _track(name: str, table: Table, grades: tuple[str, ...]) -> Track:
    track = Track(
        name=name,
        priority=table.integer("priority"),
        entry=_entry(table.table("entry", required=True), grades),
        accountable=table.text("accountable", MARKETING, among=ACCOUNTABLE),
        step=table.text("step", ""),
        cadence_days=_days(table, "cadence_days"),
        human_touch=_human_touch(table.table("human_touch")) if table.has("human_touch") else None,
    )
    table.finish()
    if track.cadence_days and not track.step:
        raise table.error("step", "missing", "say what is sent")
    return track


def _entry(table: Table, grades: tuple[str, ...]) -> Entry:
    entry = Entry(
        stages=frozenset(Stage(word) for word in table.texts("stages", (), among=list(Stage))),
        grades=frozenset(table.texts("grades", (), among=grades)),
        motions=frozenset(Motion(word) for word in table.texts("motions", (), among=list(Motion))),
        recycled=table.flag("recycled", False),
        channel_allowed=table.flag("channel_allowed") if table.has("channel_allowed") else None,
        former_customer=table.flag("former_customer") if table.has("former_customer") else None,
    )
    table.finish()
    if entry == Entry():
        raise table.error("", "no condition", "write stages, grades, motions, recycled or channel_allowed")
    return entry


def _human_touch(table: Table) -> HumanTouch:
    touch = HumanTouch(
        text=table.text("text"),
        times=table.integer("times", 1),
        first_business_days=_days(table, "first_business_days"),
        first_days=_days(table, "first_days"),
        every_business_days=_days(table, "every_business_days"),
        every_days=_days(table, "every_days"),
        at_recycle_until=table.flag("at_recycle_until", False),
        needs_phone=table.flag("needs_phone", False),
        without_phone=table.optional_text("without_phone"),
    )
    table.finish()
    starts = (touch.first_business_days is not None, touch.first_days is not None, touch.at_recycle_until)
    if sum(starts) != 1:
        raise table.error("", "write exactly one of first_business_days, first_days, at_recycle_until")
    if touch.times < 1:
        raise table.error("times", "expected 1 or more")
    if touch.times > 1 and touch.every_business_days is None and touch.every_days is None:
        raise table.error("times", "several touches need every_business_days or every_days")
    return touch


def _days(table: Table, key: str) -> int | None:
    """A number of days; 0 takes away what the default says, since a company's file can only add keys."""
    number = table.integer(key, 0)
    if number < 0:
        raise table.error(key, "expected 0 or more")
    return number or None
