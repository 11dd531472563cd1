"""Reading ``fields.toml`` into a typed mapping: a mistake names the table and the key, with the nearest valid one."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

from connector.errors import BadConfiguration
from connector.facts import SIGNALS
from connector.model import Level
from connector.rules.condition_parser import PHASES, ascii_lower
from connector.rules.mapping import (
    SYSTEM_POLICY,
    TASK_PARTS,
    CanonicalField,
    FieldMapping,
    FormTexts,
    Mapping,
    ObjectMapping,
    SignalMeaning,
    SignalRule,
)
from connector.rules.toml import Table, nearest
from connector.rules.transforms import TRANSFORMS, TYPES

KINDS = (
    "person",
    "account",
    "opportunity",
    "role",
    "activity",
    "user",
    "team",
    "member",
    "history",
    "reference",
    "vocabulary",
    "organization",
)
CREATE = ("never", "qualified", "always")
PLAIN_POLICIES = (
    "two_way",
    "leadloop",
    "dont_sync",
    "moment",
    "forward",
    "latest",
    "most_restrictive",
    "first_non_blank",
    "derived",
)


def parse(table: Table, *, systems: tuple[str, ...], digest: str = "") -> Mapping:
    """The typed mapping from ``fields.toml``; ``BadConfiguration`` names the table and key of a mistake."""
    fields = {name: _canonical_field(name, entry) for name, entry in table.table("canonical", required=True).each()}
    objects: dict[tuple[str, str], ObjectMapping] = {}
    for system in systems:
        for name, entry in table.table(system).each():
            objects[(system, name)] = _object((system, name), entry, fields, systems)
    _require_known_systems(table, systems)
    return Mapping(fields, objects, digest)


def _require_known_systems(table: Table, systems: tuple[str, ...]) -> None:
    for key in table.values:
        if key != "canonical" and key not in systems:
            raise table.error(key, "unknown table", nearest(key, ("canonical", *systems)))


def _canonical_field(name: str, table: Table) -> CanonicalField:
    policy = table.text("policy")
    if policy not in PLAIN_POLICIES and not SYSTEM_POLICY.fullmatch(policy):
        known = (*PLAIN_POLICIES, "prefer_<system>_unless_blank", "always_<system>")
        raise table.error("policy", f'"{policy}" is not a policy', nearest(policy, known))
    result = CanonicalField(
        name,
        table.text("type", among=TYPES),
        policy,
        table.text("first_contact", "hold"),
        Level(table.text("level", "annotate" if policy == "leadloop" else "full", among=list(Level))),
        table.texts("ladder", ()),
    )
    table.finish()
    return result


def _object(
    place: tuple[str, str], table: Table, known: Dictionary[str, CanonicalField], systems: tuple[str, ...]
) -> ObjectMapping:
    system, name = place
    result = ObjectMapping(
        system=system,
        object=name,
        kind=table.text("kind", among=KINDS),
        family=table.text("family", name),
        key=table.optional_text("key"),
        create=table.text("create", "never", among=CREATE),
        parent=table.optional_text("parent"),
        standing=table.text("standing", "contact", among=("contact", "lead")),
        fields=_fields(table.table("fields"), known),
        signals=tuple(_signal(entry) for entry in table.tables("signals")),
        columns=_words(table.table("columns")),
        people=_words(table.table("people")),
        account_association=table.optional_text("account_association"),
        values={column: _words(entry) for column, entry in table.table("values").each()},
        task=_words(table.table("task"), TASK_PARTS) if table.has("task") else None,
        task_after=table.text("task_after", among=systems) if table.has("task_after") else None,
        task_constants=_words(table.table("task_constants")),
        references=_words(table.table("references")),
        first_match=table.flag("first_match", False),
        precedence=table.integer("precedence", 1),
        of=table.optional_text("of"),
    )
    table.finish()
    return result


def _fields(table: Table, known: Dictionary[str, CanonicalField]) -> tuple[FieldMapping, ...]:
    entries: list[FieldMapping] = []
    for name in table.values:
        if isinstance(table.raw(name), str):
            entries.append(FieldMapping(name, read=_known(table, name, table.text(name), known)))
            continue
        inner = table.table(name)
        read, write = inner.optional_text("read"), inner.optional_text("write")
        for canonical_name in (read, write):
            if canonical_name is not None:
                _known(inner, "read" if canonical_name == read else "write", canonical_name, known)
        transform = inner.text("transform", among=TRANSFORMS) if inner.has("transform") else None
        values, write_values = _words(inner.table("values")), _words(inner.table("write_values"))
        entries.append(FieldMapping(name, read, write, transform, values, write_values))
        inner.finish()
    return tuple(entries)


def _known(table: Table, key: str, name: str, known: Dictionary[str, Any]) -> str:
    if name not in known:
        raise table.error(key, f'no canonical field "{name}"', nearest(name, known))
    return name


def _words(table: Table, among: tuple[str, ...] = ()) -> dict[str, str]:
    for key in table.values if among else ():
        if key not in among:
            raise table.error(key, "is no part of it", nearest(key, among))
    return {key: table.text(key) for key in table.values}


def _meaning(table: Table) -> SignalMeaning:
    kind = table.optional_text("kind")
    phase = table.text("phase", among=PHASES) if table.has("phase") else None
    return SignalMeaning(table.text("signal", among=SIGNALS), None if kind is None else ascii_lower(kind), phase)


def _form(table: Table) -> FormTexts:
    form = FormTexts(table.texts("texts", ()), table.optional_text("domain"))
    table.finish()
    return form


def _signal(table: Table) -> SignalRule:
    meanings: dict[str, SignalMeaning] = {}
    for value, entry in table.table("meanings").each():
        meanings[value] = _meaning(entry)
        entry.finish()
    when = table.table("when")
    unless = table.table("unless")
    least = table.table("at_least")
    rule = SignalRule(
        at=table.text("at"),
        at_else=table.texts("at_else") if table.has("at_else") else (),
        meaning=_meaning(table) if table.has("signal") else None,
        subject=table.optional_text("subject"),
        subject_id=table.optional_text("subject_id"),
        meanings=meanings,
        when=tuple((name, when.texts(name)) for name in when.values),
        at_least=tuple((name, least.number(name)) for name in least.values),
        owner=table.optional_text("owner"),
        direction=table.text("direction", "human", among=("human", "us", "bot")),
        not_ours=table.flag("not_ours", False),
        only_ours=table.flag("only_ours", False),
        unless=tuple((name, unless.texts(name)) for name in unless.values),
        before=table.optional_text("before"),
        waits=table.flag("waits", False),
        address=table.optional_text("address"),
        assets=_words(table.table("assets")),
        event=table.optional_text("event"),
        daily=table.flag("daily", False),
        unless_read=table.optional_text("unless_read"),
        channel=table.optional_text("channel"),
        form=_form(table.table("form")) if table.has("form") else None,
    )
    if rule.meaning is None:
        table.has("kind"), table.has("phase")
    if (rule.meaning is None) == (not table.has("meanings")):
        raise table.error("signal", "write either a signal or a table of meanings")
    table.finish()
    return rule


def require_systems(mapping: Mapping, connected: tuple[str, ...]) -> None:
    """``BadConfiguration`` when a policy names a system that is not connected by any adapter."""
    for entry in mapping.canonical.values():
        named = entry.preferred_system
        if named is not None and named not in connected:
            raise BadConfiguration(
                f'policy "{entry.policy}" names an unknown system',
                where=f"fields.toml: [canonical.{entry.name}] policy",
                remedy=nearest(named, connected),
            )
