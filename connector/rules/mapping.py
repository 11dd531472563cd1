"""How a company's CRM fields and objects correspond to the canonical ones (``fields.toml``), typed and checked.

Per object: what kind of thing it is, which field holds our key, how each field is read and written, and which dated
signals it shows. Per canonical field: its type and the policy that decides between the two systems. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from dataclasses import field as fresh
from typing import Any

from connector.errors import BadConfiguration
from connector.facts import SIGNALS
from connector.model import Canonical, Level, Wire
from connector.rules.toml import Table, nearest
from connector.rules.transforms import TRANSFORMS, TYPES, Unreadable, apply_transform, canonical

KINDS = ("person", "account", "opportunity", "role", "activity", "user")
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
SYSTEM_POLICY = re.compile(r"(prefer_(?P<preferred>\w+)_unless_blank|always_(?P<always>\w+))")


@dataclass(frozen=True)
class CanonicalField:
    """A field both teams speak of. ``level``: what is needed to write it anywhere."""

    name: str
    type: str
    policy: str
    first_contact: str = "hold"
    level: Level = Level.FULL
    ladder: tuple[str, ...] = ()

    @property
    def preferred_system(self) -> str | None:
        """The system the policy prefers, if it names one."""
        match = SYSTEM_POLICY.fullmatch(self.policy)
        return (match["preferred"] or match["always"]) if match else None


@dataclass(frozen=True)
class FieldMapping:
    """One CRM field. ``read`` / ``write``: canonical names; ``values``: wire -> canonical, used both ways."""

    field: str
    read: str | None = None
    write: str | None = None
    transform: str | None = None
    values: Dictionary[str, str] = fresh(default_factory=dict)
    write_values: Dictionary[str, str] = fresh(default_factory=dict)


@dataclass(frozen=True)
class SignalMeaning:
    """What one value of a subject field means: a signal with its kind and buying phase."""

    signal: str
    kind: str | None = None
    phase: str | None = None


@dataclass(frozen=True)
class SignalRule:
    """A dated signal in an object: it happened ``at`` a field's time, if every ``when`` field has one of its values.

    Either ``meaning`` is fixed, or ``subject``'s value is looked up in ``meanings`` (exact, or by a leading part that
    ends in ``*``). ``owner`` names the field with the acting colleague; ``direction`` is human, us or bot.
    """

    at: str
    meaning: SignalMeaning | None = None
    subject: str | None = None
    meanings: Dictionary[str, SignalMeaning] = fresh(default_factory=dict)
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    at_least: tuple[tuple[str, float], ...] = ()
    owner: str | None = None
    direction: str = "human"
    not_ours: bool = False


@dataclass(frozen=True)
class ObjectMapping:
    """One object of one system. ``columns``: for non-person kinds, our column -> their field.

    ``people``: how an activity or role points at people: object -> the field holding its record id, or
    ``association`` for an associated object. ``standing``: a contact goes before a lead when one record of a person
    must be chosen. ``task``: part of a hand-off note (subject, description, owner, due, person) -> its field, where
    notes are written as this object; ``task_constants``: further fields with fixed values.
    """

    system: str
    object: str
    kind: str
    family: str = ""
    key: str | None = None
    create: str = "never"
    parent: str | None = None
    standing: str = "contact"
    fields: tuple[FieldMapping, ...] = ()
    signals: tuple[SignalRule, ...] = ()
    columns: Dictionary[str, str] = fresh(default_factory=dict)
    people: Dictionary[str, str] = fresh(default_factory=dict)
    values: Dictionary[str, Dictionary[str, str]] = fresh(default_factory=dict)
    task: Dictionary[str, str] | None = None
    task_constants: Dictionary[str, str] = fresh(default_factory=dict)

    @property
    def asked_fields(self) -> tuple[str, ...]:
        """Every CRM field that must be read, sorted."""
        names = {entry.field for entry in self.fields} | set(self.columns.values())
        names |= {name for name in self.people.values() if name != "association"}
        names |= {name for name in (self.key, self.parent) if name}
        for rule in self.signals:
            names |= {name for name in (rule.at, rule.subject, rule.owner) if name}
            names |= {name for name, _ in rule.when} | {name for name, _ in rule.at_least}
        return tuple(sorted(names))

    @property
    def associations(self) -> tuple[str, ...]:
        """The objects whose associations must be read."""
        return tuple(sorted(name for name, how in self.people.items() if how == "association"))


@dataclass(frozen=True)
class Mapping:
    """The whole mapping of a company."""

    canonical: Dictionary[str, CanonicalField]
    objects: Dictionary[tuple[str, str], ObjectMapping]
    digest: str = ""

    def of_kind(self, kind: str) -> list[ObjectMapping]:
        """The mapped objects of a kind, in a fixed order."""
        return [entry for _, entry in sorted(self.objects.items()) if entry.kind == kind]

    def of_system(self, system: str) -> list[ObjectMapping]:
        """The mapped objects of a system, in a fixed order."""
        return [entry for key, entry in sorted(self.objects.items()) if key[0] == system]


@dataclass(frozen=True)
class Mapped:
    """A record read through its mapping: canonical values, and (field, code) of what could not be read."""

    values: Dictionary[str, Canonical]
    rejected: tuple[tuple[str, str], ...] = ()


def map_record(mapping: ObjectMapping, types: Dictionary[str, CanonicalField], fields: Dictionary[str, Wire]) -> Mapped:
    """Canonical values of a record's answered fields; an absent field stays absent."""
    values: dict[str, Canonical] = {}
    rejected: list[tuple[str, str]] = []
    for entry in mapping.fields:
        if entry.read is None or entry.field not in fields:
            continue
        try:
            values[entry.read] = read_field(entry, types[entry.read].type, fields[entry.field])
        except Unreadable as problem:
            rejected.append((entry.field, problem.code))
    return Mapped(values, tuple(rejected))


def read_field(entry: FieldMapping, type_name: str, wire: Wire) -> Canonical:
    """One wire value through value map, type and transform; raises ``Unreadable``."""
    if isinstance(wire, str) and wire in entry.values:
        return entry.values[wire]
    before = "text" if entry.transform in ("range_middle", "host", "code") else type_name
    return apply_transform(entry.transform, canonical(before, wire))


def parse(table: Table, *, systems: tuple[str, ...], digest: str = "") -> Mapping:
    """The typed mapping from ``fields.toml``; ``BadConfiguration`` names the table and key of a mistake."""
    fields = {name: _canonical_field(name, entry) for name, entry in table.table("canonical", required=True).each()}
    objects: dict[tuple[str, str], ObjectMapping] = {}
    for system in systems:
        for name, entry in table.table(system).each():
            objects[(system, name)] = _object(system, name, entry, fields)
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


def _object(system: str, name: str, table: Table, known: Dictionary[str, CanonicalField]) -> ObjectMapping:
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
        values={column: _words(entry) for column, entry in table.table("values").each()},
        task=_words(table.table("task")) if table.has("task") else None,
        task_constants=_words(table.table("task_constants")),
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


def _words(table: Table) -> dict[str, str]:
    return {key: table.text(key) for key in table.values}


def _meaning(table: Table) -> SignalMeaning:
    return SignalMeaning(table.text("signal", among=SIGNALS), table.optional_text("kind"), table.optional_text("phase"))


def _signal(table: Table) -> SignalRule:
    meanings: dict[str, SignalMeaning] = {}
    for value, entry in table.table("meanings").each():
        meanings[value] = _meaning(entry)
        entry.finish()
    when = table.table("when")
    least = table.table("at_least")
    rule = SignalRule(
        at=table.text("at"),
        meaning=_meaning(table) if table.has("signal") else None,
        subject=table.optional_text("subject"),
        meanings=meanings,
        when=tuple((name, when.texts(name)) for name in when.values),
        at_least=tuple((name, least.number(name)) for name in least.values),
        owner=table.optional_text("owner"),
        direction=table.text("direction", "human", among=("human", "us", "bot")),
        not_ours=table.flag("not_ours", False),
    )
    if rule.meaning is None:
        table.has("kind"), table.has("phase")
    if (rule.meaning is None) == (not rule.meanings):
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
