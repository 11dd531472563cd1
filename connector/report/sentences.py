"""What happened to a person, in one sentence per stored row. Decides words only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector.clock import from_micros
from connector.facts import PERSON, FactType, fact_type, is_own
from connector.ports.reporting import Trace

Row = Mapping[str, Any]
LENGTH_MAX = 120
"""Longer values are cut in sentences; the detail has them whole."""


@dataclass(frozen=True)
class Names:
    """What colleagues are called."""

    users: Mapping[int, str]

    def user(self, user_id: int | None) -> str:
        """A colleague's name, or the number where no name is known."""
        return "nobody" if user_id is None else self.users.get(user_id) or f"user {user_id}"


def say(trace: Trace, names: Names) -> tuple[str, str, dict[str, Any]]:
    """The kind of the happening, its sentence, and the details that were stored with it."""
    kind, speak, keys = WORDS[trace.source]
    detail = {key: trace.values[key] for key in keys if trace.values.get(key) not in (None, "", {}, [])}
    return kind, speak(trace.values, names), plain(detail)


def plain(value: Any) -> Any:
    """The value for JSON: moments as ISO text in UTC, everything inside alike."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def shown(value: Any) -> str:
    """A stored value in a sentence: ``nothing`` for null, quotes around text."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= LENGTH_MAX else f'{text[:LENGTH_MAX]}..."'


def points(milli: int) -> str:
    """Thousandths as points: ``12500`` is ``12.5``."""
    return f"{milli / 1000:g}"


def _because(*parts: str | None) -> str:
    said = [part for part in parts if part]
    return f" ({', '.join(said)})" if said else ""


def _record(row: Row, _names: Names) -> str:
    where = f"{row['system']} {row['object']} {row['record_id']}" if row["system"] else f"link {row['link_id']}"
    moved = " from another person" if row["person_from"] is not None and row["person_to"] is not None else ""
    return f"{where}: {row['verdict'].replace('_', ' ')}{moved}{_because(_evidence(row['evidence']))}"


def _evidence(evidence: Mapping[str, Any] | None) -> str:
    said = {name: value for name, value in (evidence or {}).items() if value not in (None, "", False)}
    return ", ".join(name if value is True else f"{name} {_flat(value)}" for name, value in said.items())


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return _evidence(value)
    if isinstance(value, list | tuple):
        return " ".join(_flat(part) for part in value)
    return str(value)


def _field(row: Row, _names: Names) -> str:
    return f"{row['field'].replace('_', ' ')} is {shown(_canonical(row))}"


def _canonical(row: Row) -> Any:
    number = row["value_number"]
    name = row["field"]
    match fact_type(name) if is_own(name) else PERSON.columns.get(name):
        case FactType.BOOLEAN if number is not None:
            return bool(number)
        case FactType.INSTANT if number is not None:
            return from_micros(number).isoformat(timespec="minutes")
        case _:
            return row["value_text"] if row["value_text"] is not None else number


def _activity(row: Row, names: Names) -> str:
    about = " ".join(part for part in (row["kind"], row["phase"]) if part)
    said = row["signal"].replace("_", " ") + (f" {about}" if about else "")
    by = f"by {names.user(row['owner_id'])}" if row["owner_id"] is not None else None
    doubled = "the same as in the other CRM" if row["duplicate_of"] is not None else None
    gone = "deleted since" if row["deleted_seq"] is not None else None
    machine = "by a machine" if row["direction"] == "bot" else None
    return f"{said} in {row['source']}{_because(row['asset'], by, machine, doubled, gone)}"


def _stage(row: Row, _names: Names) -> str:
    reconstructed = "reconstructed" if row["reconstructed"] else None
    why = _because(row["reason"], _evidence(row["evidence"]), reconstructed)
    return f"{row['stage_from'] or 'new'} -> {row['stage_to']} by {row['by']}{why}"


def _disposition(row: Row, _names: Names) -> str:
    moved = f"{row['disposition_from'] or 'new'} -> {row['disposition_to']} by {row['by']}"
    return moved + _because(row["reason"], _evidence(row["evidence"]))


def _score(row: Row, _names: Names) -> str:
    axes = ", ".join(f"{axis} {points(row[f'{axis}_milli'])}" for axis in ("fit", "engagement", "readiness"))
    grade = f", grade {row['grade']}" if row["grade"] else ""
    return f"{points(row['score_milli'])} points: {axes}{grade}"


def _assignment(row: Row, names: Names) -> str:
    unconfirmed = "not confirmed yet" if row["kind"] != "marketing" and row["confirmed_at"] is None else None
    promise = f"promise {row['promise']}" if row["promise"] else None
    grade = f"grade {row['grade']}" if row["grade"] else None
    path = _path(row["path"]) if row["path"] else None
    reasons = {name: value for name, value in (row["reasons"] or {}).items() if name not in SAID_ALREADY}
    why = _because(grade, promise, unconfirmed, _evidence(reasons), path)
    return f"{row['kind'].replace('_', ' ')} to {names.user(row['owner_id'])}{why}"


SAID_ALREADY = ("rule", "evidence_at")
"""Of the reasons of an assignment what its promise, its path and the timeline say."""


def _path(path: Sequence[Any]) -> str:
    """The rule of routing that was taken; those before it are only counted, all stand in the JSON document."""
    taken = next((number for number, step in enumerate(path) if len(step) > 2 and step[1] is True), None)
    if taken is None:
        return f"path: {'; '.join(_flat(step) for step in path)}"
    rule, _, why = path[taken][:3]
    before = f", {taken} before it did not hold" if taken else ""
    return f"by rule {rule}: {why}{before}"


def _track(row: Row, _names: Names) -> str:
    ended = f", ended: {row['reason'].replace('_', ' ')}" if row["reason"] else ""
    return f"{row['track'] or 'no track'}{ended}"


def _movement(row: Row, _names: Names) -> str:
    missing = f"; missing: {row['missing']}" if row["missing"] else ""
    over = "" if row["holds"] else " (fell back since)"
    return f"{row['what']}{missing}{over}"


def _touch(row: Row, names: Names) -> str:
    nth = f" ({row['number'] + 1} of {row['times']})" if row["times"] > 1 else ""
    return f"{row['what']}{nth}: {_touch_said(row, names)}"


def _touch_said(row: Row, names: Names) -> str:
    due = row["due_at"].astimezone(UTC).isoformat(timespec="minutes")
    match row["moment"]:
        case "asked_at":
            state = f", {row['state']}" + _because(row["decided_by"] if row["state"] in ("ended", "unknown") else None)
            return f"asked of {names.user(row['owner_id'])}, due {due}{state}"
        case "touched_at":
            return f"done by {names.user(row['touched_by'])}, {'in time' if row['state'] == 'kept' else 'late'}"
        case "broken_at":
            return f"not done in time, it was due {due}"
        case "given_at":
            return f"given to {names.user(row['owner_id'])}, who leads marketing"
        case _:
            return "still not done: the manager was told"


def _clock(row: Row, names: Names) -> str:
    return f"{row['promise'] or 'follow-up'} of {names.user(row['owner_id'])}: {row['event']}" + _because(
        _evidence(row["evidence"])
    )


def _deal(row: Row, _names: Names) -> str:
    amount = f" {row['amount_cents'] / 100:,.0f}" if row["amount_cents"] is not None else ""
    return f"deal {row['state']}{amount}"


def _write(row: Row, _names: Names) -> str:
    where = f"{row['system']} {row['object']} {row['record_id']}"
    undone = "undone since" if row["reverted_by"] is not None else None
    change = f"{row['field']}: {shown(row['before'])} -> {shown(row['after'])}"
    return f"{where} {change}{_because(row['rule'], row['reason'], undone)}"


def _conflict(row: Row, _names: Names) -> str:
    state = f"settled: {row['settled_by']}" if row["settled_by"] else row["state"]
    taken = f"{row['taken_by']} took {shown(row['taken_value'])}" if row["taken_by"] else None
    sides = f"ours {shown(row['ours'])}, theirs {shown(row['theirs'])}"
    return f"{row['field']}: {sides}{_because(row['reason'], row['who'], taken, state)}"


Speak = Callable[[Row, Names], str]

WORDS: Mapping[str, tuple[str, Speak, tuple[str, ...]]] = {
    "link_event": ("record", _record, ("verdict", "evidence", "actor")),
    "person_field_history": ("field", _field, ("field", "value_text", "value_number")),
    "activity": ("activity", _activity, ("activity_id", "signal", "kind", "phase", "source", "source_key", "known_at")),
    "stage_history": ("stage", _stage, ("reason", "evidence", "reconstructed", "digest", "run_id")),
    "disposition_history": ("disposition", _disposition, ("cycle_id", "reason", "evidence", "run_id")),
    "score_history": ("score", _score, ("as_of", "score_milli", "grade", "stage", "digest", "run_id")),
    "assignment": ("assignment", _assignment, ("path", "reasons", "promise", "until", "confirmed_at", "run_id")),
    "track_history": ("track", _track, ("reason", "until")),
    "movement": ("movement", _movement, ("kind", "target", "holds", "seen_at")),
    "track_touch": ("touch", _touch, ("key", "track", "due_at", "late_at", "state", "decided_by")),
    "opportunity": ("deal", _deal, ("state", "amount_cents")),
    "follow_up_event": ("clock", _clock, ("event", "evidence")),
    "journal": ("write", _write, ("action_id", "before", "after", "rule", "reason", "digest", "run_id", "reverted_by")),
    "conflict": ("conflict", _conflict, ("base", "ours", "theirs", "reason", "who", "state", "taken_by")),
}
"""Source (table) -> kind of happening, its sentence, and the columns kept as detail."""
