"""Which dated signals a record shows, by its mapping. A cumulative counter is never a signal; a date is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.model import RecordRef, Wire
from connector.ports.people import Signal
from connector.rules.mapping import ObjectMapping, SignalMeaning, SignalRule
from connector.rules.transforms import instant_of


@dataclass(frozen=True)
class SignalSource:
    """The record the signals are read from. ``ours``: written by our own integration."""

    ref: RecordRef
    fields: Mapping[str, Wire]
    modified_at: datetime
    created_at: datetime | None
    associations: Mapping[str, tuple[str, ...]]
    ours: bool = False


def signals_of(mapping: ObjectMapping, source: SignalSource) -> list[Signal]:
    """Every signal the record shows now."""
    found: list[Signal] = []
    for number, rule in enumerate(mapping.signals):
        signal = _signal(mapping, source, number, rule)
        if signal is not None:
            found += _by_participant(mapping, signal)
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
    at = source.fields.get(rule.at)
    if not at or not _holds(rule, source.fields) or (rule.not_ours and source.ours):
        return None
    subject = source.fields.get(rule.subject) if rule.subject else None
    meaning = rule.meaning or _meaning(rule, subject)
    if meaning is None:
        return None
    occurred_at = _time(at)
    if occurred_at is None:
        return None
    people = people_of(mapping, source)
    return Signal(
        source_key=_source_key(mapping, source, number, at),
        source=f"{mapping.system}.{mapping.object}",
        signal=meaning.signal,
        occurred_at=occurred_at,
        known_at=max(occurred_at, source.created_at or occurred_at) if mapping.kind != "person" else occurred_at,
        people=people,
        kind=meaning.kind,
        phase=meaning.phase,
        asset=str(subject)[:120] if subject else None,
        owner=str(source.fields[rule.owner]) if rule.owner and source.fields.get(rule.owner) else None,
        direction=rule.direction,
    )


def _source_key(mapping: ObjectMapping, source: SignalSource, number: int, at: Any) -> str:
    """A person record shows one signal per date; an activity record shows each of its signals once (per person)."""
    own = f"{mapping.system}:{mapping.object}:{source.ref.record_id}:{number}"
    return f"{own}:{at}" if mapping.kind == "person" else own


def _holds(rule: SignalRule, fields: Mapping[str, Wire]) -> bool:
    for name, values in rule.when:
        if _word(fields.get(name)) not in {value.lower() for value in values}:
            return False
    return all(_number(fields.get(name)) >= least for name, least in rule.at_least)


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


def _time(value: Wire) -> datetime | None:
    try:
        return instant_of(value)
    except (ValueError, OverflowError, OSError):
        return None
