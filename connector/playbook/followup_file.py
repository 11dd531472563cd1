"""``followup.toml``: promises, reasons, recycling, what a status shows, the hand-off note.

Decides what the file may say. Which names the lifecycle knows (the four promises) is fixed; reasons are a closed list
that a company may add to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from connector.decide.cycles import Reason
from connector.decide.follow_steps import Reassigning
from connector.decide.followup import Promise
from connector.playbook.playbook import SIGNS, Note, Silence, StatusSigns
from connector.playbook.templates import template
from connector.rules.toml import Table, nearest

PROMISES = ("hand_raise", "by_score", "returned", "growth")
KINDS = ("recycle", "disqualify", "reroute", "merge", "pending")
PENDING = "unspecified"
PLACEHOLDERS = ("grade", "why", "name")


class Recycling(Struct, frozen=True):
    """Limits of going back to sales (PLAYBOOK 9.4). ``lost_reason``: for an opportunity lost without one we know."""

    returns_max: int
    returns_window_days: int
    returns_apart_days: int
    lost_reason: str


class FollowUp(Struct, frozen=True):
    """Everything of the file."""

    promises: Mapping[str, Promise]
    reasons: Mapping[str, Reason]
    reason_labels: Mapping[str, str]
    recycling: Recycling
    hand_off_grade: str
    hand_raise_fresh_days: int
    signs: StatusSigns
    note: Note
    silence: Silence


def parse(table: Table, *, grades: tuple[str, ...], tracks: Collection[str], fields: Collection[str]) -> FollowUp:
    """The typed file; ``grades``, ``tracks`` and canonical ``fields`` are what it may name."""
    hand_off = table.table("hand_off", required=True)
    reasons, labels = _reasons(table.table("reasons", required=True), tracks, fields)
    result = FollowUp(
        promises=_promises(table.table("promises", required=True)),
        reasons=reasons,
        reason_labels=labels,
        recycling=_recycling(table.table("recycling", required=True), reasons),
        hand_off_grade=hand_off.text("grade", among=grades),
        hand_raise_fresh_days=_at_least(hand_off, "hand_raise_fresh_days", 1),
        signs=_signs(table.table("status_signs", required=True), fields),
        note=_note(table.table("note", required=True)),
        silence=_silence(table, reasons),
    )
    hand_off.finish()
    table.finish()
    return result


def _promises(table: Table) -> dict[str, Promise]:
    promises = {name: _promise(name, table.table(name, required=True)) for name in PROMISES}
    table.finish()
    return promises


def _promise(name: str, table: Table) -> Promise:
    promise = Promise(
        name=name,
        first_touch_minutes=_at_least(table, "first_touch_minutes", 1),
        accept_minutes=_maybe(table, "accept_minutes"),
        assign_minutes=_maybe(table, "assign_minutes"),
        attempts=_at_least(table, "attempts", 0, default=0),
        attempts_within_minutes=_maybe(table, "attempts_within_minutes"),
        channels=_at_least(table, "channels", 1, default=1),
        remind_minutes=_maybe(table, "remind_minutes"),
        escalate_minutes=_maybe(table, "escalate_minutes"),
        reassign_minutes=_maybe(table, "reassign_minutes"),
    )
    table.finish()
    return promise


def _reasons(
    table: Table, tracks: Collection[str], fields: Collection[str]
) -> tuple[dict[str, Reason], dict[str, str]]:
    reasons: dict[str, Reason] = {}
    labels: dict[str, str] = {}
    for code, part in table.each():
        labels[code] = part.text("label")
        reasons[code] = _reason(code, part, tracks, sorted(fields))
    if PENDING not in reasons or reasons[PENDING].kind != "pending":
        raise table.error(PENDING, "must be there with class pending", "it stands for a rejection without a reason")
    return reasons, labels


def _reason(code: str, table: Table, tracks: Collection[str], fields: Collection[str]) -> Reason:
    rise = table.integer("engagement_rise") * 1_000 if table.has("engagement_rise") else None
    reason = Reason(
        code=code,
        kind=table.text("class", among=KINDS),
        cooldown_days=_at_least(table, "cooldown_days", 0, default=0),
        track=table.text("track", among=sorted(tracks)) if table.has("track") else None,
        signal_breaks=table.flag("signal_breaks", False),
        rise_milli=rise,
        rise_after_days=_at_least(table, "rise_after_days", 0, default=0),
        needs_attempts=table.flag("needs_attempts", False),
        change_breaks=table.texts("change_breaks", (), among=fields),
        colleague_breaks=table.flag("colleague_breaks", False),
    )
    table.finish()
    if reason.kind == "recycle" and reason.track is None:
        raise table.error("track", "missing", "say on which track a recycled person waits")
    return reason


def _recycling(table: Table, reasons: Mapping[str, Reason]) -> Recycling:
    recycled = sorted(code for code, reason in reasons.items() if reason.kind == "recycle")
    recycling = Recycling(
        returns_max=_at_least(table, "returns_max", 0),
        returns_window_days=_at_least(table, "returns_window_days", 1),
        returns_apart_days=_at_least(table, "returns_apart_days", 0),
        lost_reason=table.text("lost_reason", among=recycled),
    )
    table.finish()
    return recycling


def _silence(table: Table, reasons: Mapping[str, Reason]) -> Silence:
    recycled = sorted(code for code, reason in reasons.items() if reason.kind == "recycle")
    reassign, undecided, unreached, seen = (
        table.table(name, required=True) for name in ("reassign", "undecided", "unreached", "emails_visible")
    )
    silence = Silence(
        reassigning=Reassigning(
            auto=reassign.flag("auto", True),
            after_go_live_days=_at_least(reassign, "after_go_live_days", 0),
            others=reassign.flag("others", False),
            times_max=_at_least(reassign, "times_max", 0),
        ),
        reason_minutes=_at_least(undecided, "minutes", 1),
        undecided_reason=undecided.text("as_reason", among=recycled),
        veto_minutes=_at_least(unreached, "veto_minutes", 0),
        unreached_reason=unreached.text("reason", among=recycled),
        emails_visible=False not in {seen.flag(system, True) for system in seen.values},
    )
    for part in (reassign, undecided, unreached, seen):
        part.finish()
    return silence


def _signs(table: Table, fields: Collection[str]) -> StatusSigns:
    values: dict[str, dict[str, frozenset[str]]] = {}
    for sign in SIGNS:
        part = table.table(sign)
        for name in part.values:
            if name not in fields:
                raise part.error(name, f'no canonical field "{name}"', nearest(name, fields))
        values[sign] = {name: frozenset(word.strip().casefold() for word in part.texts(name)) for name in part.values}
    table.finish()
    return StatusSigns(values)


def _note(table: Table) -> Note:
    kinds = table.table("kinds", required=True)
    note = Note(
        subject=template(table, "subject", PLACEHOLDERS),
        kinds={name: kinds.text(name) for name in (*PROMISES, "reassign", "owner_left")},
    )
    kinds.finish()
    table.finish()
    return note


def _maybe(table: Table, key: str) -> int | None:
    return _at_least(table, key, 1) if table.has(key) else None


def _at_least(table: Table, key: str, least: int, *, default: int | None = None) -> int:
    number = table.integer(key, default)
    if number < least:
        raise table.error(key, f"expected {least} or more")
    return number
