"""Which dated signals a record shows, by its mapping. A cumulative counter is never a signal; a date is.

What two objects tell of one happening gets one key, so that it is one activity whichever comes first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from connector.model import RecordRef, Wire
from connector.ports.people import Signal
from connector.rules.mapping import FormTexts, ObjectMapping, SignalMeaning, SignalRule
from connector.rules.transforms import apply_transform, instant_of


class SignalSource(Struct, frozen=True):
    """The record the signals are read from. ``ours``: written by our own integration. ``zone``: the company's."""

    ref: RecordRef
    fields: Mapping[str, Wire]
    modified_at: datetime
    created_at: datetime | None
    associations: Mapping[str, tuple[str, ...]]
    ours: bool = False
    zone: tzinfo = UTC


def signals_of(mapping: ObjectMapping, source: SignalSource) -> list[Signal]:
    """Every signal the record shows now."""
    found: list[Signal] = []
    for number, rule in enumerate(mapping.signals):
        signal = _signal(mapping, source, number, rule)
        if signal is not None:
            found += _by_participant(mapping, signal)
        if signal is not None and mapping.first_match:
            break
    return found


def _by_participant(mapping: ObjectMapping, signal: Signal) -> Iterator[Signal]:
    """Everybody associated took part; a field that points at a person points at one of its objects."""
    if not mapping.associations or not signal.people:
        yield signal
        return
    for ref in signal.people:
        yield replace(
            signal, people=(ref,), source_key=f"{signal.source_key}:{ref.record_id}", event_key=signal.source_key
        )


def people_of(mapping: ObjectMapping, source: SignalSource) -> tuple[RecordRef, ...]:
    """The person records an activity or role points at; for a person's own record, that record."""
    if mapping.kind == "person":
        return (source.ref,)
    refs: list[RecordRef] = []
    for object_name, how in mapping.people.items():
        if how == "association":
            refs += [RecordRef(mapping.system, object_name, each) for each in source.associations.get(object_name, ())]
        elif source.fields.get(how):
            refs.append(RecordRef(mapping.system, object_name, str(source.fields[how])))
    return tuple(refs)


def _signal(mapping: ObjectMapping, source: SignalSource, number: int, rule: SignalRule) -> Signal | None:
    at = next((source.fields[name] for name in rule.times if source.fields.get(name)), None)
    unfit = rule.off or not at or not _holds(rule, source.fields) or _excluded(rule, source)
    if unfit or at is None or (rule.not_ours if source.ours else rule.only_ours):
        return None
    subject = source.fields.get(rule.subject) if rule.subject else None
    meaning = rule.meaning or _meaning_of(rule, source.fields, subject)
    if meaning is None:
        return None
    occurred_at = _time(at, source)
    if occurred_at is None or not _is_before(rule, source, occurred_at):
        return None
    people = people_of(mapping, source)
    written = _written(rule.form, source.fields)
    return Signal(
        source_key=_event_key(mapping, source, rule, people, occurred_at) or _source_key(mapping, source, number, at),
        source=f"{mapping.system}.{mapping.object}",
        signal=meaning.signal,
        occurred_at=occurred_at,
        known_at=max(occurred_at, source.created_at or occurred_at) if mapping.kind != "person" else occurred_at,
        people=people,
        kind=meaning.kind,
        phase=meaning.phase,
        asset=_asset(rule, subject),
        owner=str(source.fields[rule.owner]) if rule.owner and source.fields.get(rule.owner) else None,
        direction=rule.direction,
        sameness=_sameness(meaning.signal, occurred_at.astimezone(source.zone), _asset(rule, subject)),
        precedence=mapping.precedence,
        waits=rule.waits,
        address=str(source.fields[rule.address]) if rule.address and source.fields.get(rule.address) else None,
        summary=mapping.kind == "person",
        asked=bool(written),
        channel=_channel(source.fields.get(rule.channel)) if rule.channel else None,
        form_key=None if rule.form is None else _form_key(rule.form, source.fields, written),
    )


def _written(form: FormTexts | None, fields: Mapping[str, Wire]) -> str:
    """What was written into a form's free texts, without regard to case and spaces; empty when nothing was."""
    texts = (str(fields.get(name) or "") for name in (form.texts if form is not None else ()))
    return "\n".join(" ".join(text.casefold().split()) for text in texts if text.strip())


def _form_key(form: FormTexts, fields: Mapping[str, Wire], written: str) -> str:
    """Names a text from a domain without telling either; empty without a text or a domain."""
    domain = _word(fields.get(form.domain)) if form.domain else ""
    return hashlib.sha256(f"{domain}\n{written}".encode()).hexdigest()[:24] if written and domain else ""


def _channel(value: Wire) -> str | None:
    """The word as a code, as sources are written; ``None`` for a blank."""
    code = apply_transform("code", str(value)) if value else None
    return str(code) if code else None


def _asset(rule: SignalRule, subject: Wire) -> str | None:
    return rule.assets.get(str(subject), str(subject))[:120] if subject else None


def _sameness(signal: str, local: datetime, asset: str | None) -> str | None:
    """What two sightings of one event share beside the person (PLAYBOOK 1.2): signal, local day, asset or campaign.

    Without an asset nothing can be said. A colleague's attempts are counted one by one, for the clocks only.
    """
    if asset is None or signal == "rep_touch_attempt":
        return None
    return f"{signal}|{local.date().isoformat()}|{' '.join(asset.casefold().split())}"


def _excluded(rule: SignalRule, source: SignalSource) -> bool:
    return any(_fits(source.fields.get(name), pattern) for name, patterns in rule.unless for pattern in patterns)


def _fits(value: Wire, pattern: str) -> bool:
    """Whether the whole text fits; ``*`` stands for any characters."""
    parts = (re.escape(part) for part in pattern.strip().lower().split("*"))
    return re.fullmatch(".*".join(parts), _word(value), re.DOTALL) is not None


def _is_before(rule: SignalRule, source: SignalSource, occurred_at: datetime) -> bool:
    if rule.before is None:
        return True
    limit = source.fields.get(rule.before)
    end = _time(limit, source) if limit else None
    return end is not None and occurred_at < end


def _event_key(
    mapping: ObjectMapping, source: SignalSource, rule: SignalRule, people: tuple[RecordRef, ...], at: datetime
) -> str | None:
    """The happening itself as the key: whose, of which kind, and in which second or on which day of what subject.

    A record with several participants is itself whose: each of them gets a key behind it.
    """
    if rule.event is None or not people:
        return None
    whose = source.ref if mapping.associations else people[0]
    own = f"{mapping.system}:{whose.object}:{whose.record_id}:{rule.event}"
    if not rule.daily:
        return f"{own}:{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    subject = source.fields.get(rule.subject) if rule.subject else None
    return f"{own}:{at.astimezone(source.zone):%Y-%m-%d}:{str(subject or '')[:120]}"


def _source_key(mapping: ObjectMapping, source: SignalSource, number: int, at: Any) -> str:
    """A person record shows one signal per date; an activity record shows each of its signals once (per person)."""
    own = f"{mapping.system}:{mapping.object}:{source.ref.record_id}:{number}"
    return f"{own}:{at}" if mapping.kind == "person" else own


def _holds(rule: SignalRule, fields: Mapping[str, Wire]) -> bool:
    for name, values in rule.when:
        if _word(fields.get(name)) not in {value.lower() for value in values}:
            return False
    return all(_number(fields.get(name)) >= least for name, least in rule.at_least)


def _meaning_of(rule: SignalRule, fields: Mapping[str, Wire], subject: Wire) -> SignalMeaning | None:
    by_id = _meaning(rule, fields.get(rule.subject_id)) if rule.subject_id else None
    return by_id or _meaning(rule, subject)


def _meaning(rule: SignalRule, subject: Wire) -> SignalMeaning | None:
    text = str(subject or "").strip().lower()
    for pattern, meaning in rule.meanings.items():
        wanted = pattern.lower()
        if text == wanted or (wanted.endswith("*") and text.startswith(wanted[:-1])):
            return meaning
    return None


def _word(value: Wire) -> str:
    return str(value).strip().lower() if value is not None else ""


def _number(value: Wire) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def _time(value: Wire, source: SignalSource) -> datetime | None:
    try:
        return _within(date.fromisoformat(value), source) if _is_date(value) else instant_of(value)
    except (ValueError, OverflowError, OSError):
        return None


def _is_date(value: Wire) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-"


def _within(day: date, source: SignalSource) -> datetime:
    """A moment of a local day that has no time of day: when the record was made, if that was on this day."""
    start = datetime.combine(day, time(), source.zone)
    end = datetime.combine(day + timedelta(days=1), time(), source.zone) - timedelta(seconds=1)
    return max(start, min(end, source.created_at or start)).astimezone(UTC)
