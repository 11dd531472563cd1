"""``nurture.toml``: the tracks of people whom marketing keeps. Decides what the file may say."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from connector.decide.consent import Permission
from connector.decide.human_touches import TouchClock
from connector.decide.membership import Collections
from connector.decide.movement import MovementRules
from connector.decide.nurture import (
    ACCOUNT_OWNER,
    CHANNELS,
    MARKETING,
    NOBODY,
    PARTNER_MANAGER,
    Entry,
    Exit,
    HumanTouch,
    Tactic,
    Track,
)
from connector.facts import SIGNALS
from connector.model import Motion, Stage
from connector.rules.condition_parser import Vocabulary
from connector.rules.conditions import Condition
from connector.rules.scoring import optional_condition
from connector.rules.stages import ENTERED
from connector.rules.toml import Table, nearest

ELSEWHERE = ("permission", "push", "touch", "movement")
"""Tables with a reader of their own."""
VOCABULARY = Vocabulary(scores=True, buying_phase=True, rungs=ENTERED)
ACCOUNTABLE = (MARKETING, ACCOUNT_OWNER, PARTNER_MANAGER, NOBODY)


def parse(table: Table, grades: tuple[str, ...]) -> tuple[Track, ...]:
    """The tracks, first by priority; ``grades`` are those of the scoring."""
    for name in ELSEWHERE:
        table.has(name)
    tracks = [_track(name, part, grades) for name, part in table.table("tracks", required=True).each()]
    table.finish()
    seen: dict[int, str] = {}
    for track in tracks:
        if track.priority in seen:
            place = table.table("tracks").table(track.name)
            raise place.error("priority", f'"{seen[track.priority]}" has the same', "give each track its own")
        seen[track.priority] = track.name
    return tuple(sorted(tracks, key=lambda track: track.priority))


def require_pools(table: Table, tracks: Sequence[Track], pools: Collection[str]) -> None:
    """``BadConfiguration`` for a touch of a pool that nobody is in. ``pools``: those of the team; empty: no team."""
    for track in tracks:
        for kind in ("human_touch", "contract_touch"):
            touch = getattr(track, kind)
            if pools and touch is not None and touch.pool and touch.pool not in pools:
                place = table.table("tracks").table(track.name).table(kind)
                remedy = nearest(touch.pool, sorted(pools))
                raise place.error("pool", f'no member of team.toml is in the pool "{touch.pool}"', remedy)


def permission_of(table: Table) -> Permission:
    """What mail needs beside the person's own wish: a legal basis for some people, and a paid contact."""
    part = table.table("permission")
    countries = part.texts("require_basis_for", ())
    sources = part.texts("basis_for_sources", ())
    found = Permission(
        require_basis_for=frozenset(country.strip().casefold() for country in countries),
        basis_for_sources=frozenset(source.strip() for source in sources),
        marketable_required=part.flag("marketable_required", False),
    )
    part.finish()
    return found


def touch_clock_of(table: Table) -> TouchClock:
    """The promise behind every human touch."""
    part = table.table("touch")
    default = TouchClock()
    clock = TouchClock(
        promised_minutes=part.integer("promised_minutes", default.promised_minutes),
        escalate_minutes=part.integer("escalate_minutes", default.escalate_minutes),
        reassign_minutes=part.integer("reassign_minutes", default.reassign_minutes or 0) or None,
    )
    part.finish()
    if not 0 < clock.promised_minutes <= clock.escalate_minutes:
        raise part.error("escalate_minutes", "before the promise ends", "expected promised_minutes or more")
    if clock.reassign_minutes is not None and clock.reassign_minutes < clock.promised_minutes:
        raise part.error("reassign_minutes", "before the promise ends", "expected promised_minutes or more, or 0")
    return clock


def movement_of(table: Table) -> MovementRules:
    """When somebody comes close enough to tell; 0 switches a kind off."""
    part, default = table.table("movement"), MovementRules()
    found = MovementRules(
        points_to_grade=part.integer("points_to_grade", default.points_to_grade),
        one_condition=part.flag("one_condition", default.one_condition),
        engagement_points=part.integer("engagement_points", default.engagement_points),
        engagement_days=part.integer("engagement_days", default.engagement_days),
        account_people=part.integer("account_people", default.account_people),
        account_days=part.integer("account_days", default.account_days),
    )
    part.finish()
    for name in ("engagement_days", "account_days"):
        if part.integer(name, 1) < 1:
            raise part.error(name, "expected 1 or more")
    return found


def conditions_of(table: Table) -> dict[str, Condition]:
    """Track -> the condition of its entry, in the playbook's language, where it has one."""
    found: dict[str, Condition] = {}
    for name, part in table.table("tracks", required=True).each():
        when = optional_condition(part.table("entry"), "when", VOCABULARY)
        if when is not None:
            found[name] = when
    return found


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
        contract_touch=_human_touch(table.table("contract_touch")) if table.has("contract_touch") else None,
        tactics=tuple(_tactic(part) for part in table.tables("tactics")),
        exit=_exit(table.table("exit"), grades),
    )
    table.finish()
    if track.cadence_days and not (track.step or track.tactics):
        raise table.error("tactics", "missing", "say what is sent")
    if track.tactics and min(each.min_days for each in track.tactics) > 0:
        raise table.error("tactics", "nothing for the first days", "give one of them no min_days")
    return track


def _tactic(table: Table) -> Tactic:
    tactic = Tactic(
        text=table.text("text"),
        channel=table.text("channel", "email", among=CHANNELS),
        asset=table.text("asset", ""),
        min_days=table.integer("min_days", 0),
        max_days=_days(table, "max_days"),
    )
    table.finish()
    if tactic.min_days < 0 or (tactic.max_days is not None and tactic.max_days <= tactic.min_days):
        raise table.error("max_days", "before min_days", "expected more days than min_days")
    return tactic


def _exit(table: Table, grades: tuple[str, ...]) -> Exit:
    found = Exit(frozenset(table.texts("grades", (), among=grades)), table.integer("days", 0))
    table.finish()
    if bool(found.grades) != (found.days > 0):
        raise table.error("days", "grades and days belong together", "write both, or neither")
    return found


def _entry(table: Table, grades: tuple[str, ...]) -> Entry:
    entry = Entry(
        stages=frozenset(Stage(word) for word in table.texts("stages", (), among=list(Stage))),
        grades=frozenset(table.texts("grades", (), among=grades)),
        motions=frozenset(Motion(word) for word in table.texts("motions", (), among=list(Motion))),
        recycled=table.flag("recycled", False),
        channel_allowed=table.flag("channel_allowed") if table.has("channel_allowed") else None,
        former_customer=table.flag("former_customer") if table.has("former_customer") else None,
        conditional=table.has("when"),  # read by ``conditions_of``
    )
    table.finish()
    if entry == Entry():
        raise table.error("", "no condition", "write stages, grades, motions, recycled, channel_allowed or when")
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
        before_contract_end_days=_days(table, "before_contract_end_days"),
        done_by=frozenset(table.texts("done_by", (), among=SIGNALS)),
        needs_phone=table.flag("needs_phone", False),
        without_phone=table.optional_text("without_phone"),
        pool=table.text("pool", ""),
    )
    table.finish()
    starts = (
        *(touch.first_business_days is not None, touch.first_days is not None),
        *(touch.at_recycle_until, touch.before_contract_end_days is not None),
    )
    if sum(starts) != 1:
        wanted = "first_business_days, first_days, at_recycle_until or before_contract_end_days"
        raise table.error("", f"write exactly one of {wanted}")
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
