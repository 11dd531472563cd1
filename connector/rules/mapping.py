"""How a company's CRM fields and objects correspond to the canonical ones, as values; ``mapping_file`` reads them.

Per object: what kind of thing it is, which field holds our key, how each field is read and written, and which dated
signals it shows. Per canonical field: its type and the policy that decides between the two systems. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from functools import cached_property

from msgspec import Struct
from msgspec import field as fresh
from msgspec.structs import replace

from connector.model import Canonical, Level, Value, Wire
from connector.rules.transforms import Unreadable, apply_transform, canonical

TASK_PARTS = ("subject", "description", "owner", "due", "due_at", "person")
"""What a task has a field for. ``due``: the day in the company's zone; ``due_at``: the moment."""
SYSTEM_POLICY = re.compile(r"(prefer_(?P<preferred>\w+)_unless_blank|always_(?P<always>\w+))")


class CanonicalField(Struct, frozen=True):
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


class FieldMapping(Struct, frozen=True):
    """One CRM field. ``read`` / ``write``: canonical names; ``values``: wire -> canonical, used both ways."""

    field: str
    read: str | None = None
    write: str | None = None
    transform: str | None = None
    values: Dictionary[str, str] = fresh(default_factory=dict)
    write_values: Dictionary[str, str] = fresh(default_factory=dict)

    def as_written(self, value: Value) -> Value:
        """A canonical value in the CRM's own words."""
        words = self.write_values or {ours: theirs for theirs, ours in self.values.items()}
        return words.get(value, value) if isinstance(value, str) else value


class SignalMeaning(Struct, frozen=True):
    """What one value of a subject field means: a signal with its kind and buying phase."""

    signal: str
    kind: str | None = None
    phase: str | None = None


class FormTexts(Struct, frozen=True):
    """A form submission. ``texts``: the fields people write into freely; ``domain``: the field with the e-mail domain
    that was submitted."""

    texts: tuple[str, ...] = ()
    domain: str | None = None


class SignalRule(Struct, frozen=True):
    """A dated signal in an object: it happened ``at`` a field's time, if every ``when`` field has one of its values.

    Either ``meaning`` is fixed, or ``subject``'s value is looked up in ``meanings`` (exact, or by a leading part that
    ends in ``*``); ``subject_id`` names a field whose value is looked up first. ``owner`` names the field with the
    acting colleague; ``direction`` is human, us or bot.

    ``not_ours``: not of records that we made; ``only_ours``: just of those.

    ``unless``: not when a field fits one of the patterns (``*`` stands for anything). ``before``: only if it happened
    before that field's time. ``waits``: planned ahead, it counts once its time has come. ``address``: the field with
    the person's e-mail address, for a record that names no person. ``assets``: their name of an asset -> the shared
    one.

    ``at_else``: fields to take the time from, in this order, where ``at`` is empty.

    ``event``: rules with the same word speak of the same kind of happening, so that what two objects tell of one
    person and one second is one activity; with ``daily``, of one local day and subject. ``unless_read``: the rule
    rests (``off``) as long as that object of the same system is read, because it tells the same better. ``form``: it is
    the submission of a form. ``channel``: the field that says by what the person came.
    """

    at: str
    meaning: SignalMeaning | None = None
    subject: str | None = None
    subject_id: str | None = None
    meanings: Dictionary[str, SignalMeaning] = fresh(default_factory=dict)
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    at_least: tuple[tuple[str, float], ...] = ()
    owner: str | None = None
    direction: str = "human"
    not_ours: bool = False
    only_ours: bool = False
    unless: tuple[tuple[str, tuple[str, ...]], ...] = ()
    before: str | None = None
    waits: bool = False
    address: str | None = None
    assets: Dictionary[str, str] = fresh(default_factory=dict)
    event: str | None = None
    daily: bool = False
    unless_read: str | None = None
    off: bool = False
    at_else: tuple[str, ...] = ()
    form: FormTexts | None = None
    channel: str | None = None

    @property
    def times(self) -> tuple[str, ...]:
        """Every field that may hold the time, the best first."""
        return (self.at, *self.at_else)


class ObjectMapping(Struct, frozen=True):
    """One object of one system. ``columns``: for non-person kinds, our column -> their field.

    ``people``: how an activity or role points at people: object -> the field holding its record id, or
    ``association`` for an associated object. ``standing``: a contact goes before a lead when one record of a person
    must be chosen. ``account_association``: the associated object that is an opportunity's account, where no field
    names it. ``task``: part of what a colleague is asked (``TASK_PARTS``) -> its field, where tasks are written as this
    object; ``person`` may be an ``association``. ``task_constants``: further fields with fixed values; ``task_after``:
    only for somebody of whom that system has no record and gets none.

    ``references``: another object -> our field with the id of one of its records, whose fields are then read as
    ``Object.Field``. ``first_match``: of the signals only the first that holds counts. ``precedence``: of the same
    event in several objects the one with the lowest counts. ``of``: the object a history or a vocabulary is about (a
    vocabulary: ``Object.Field``).
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
    account_association: str | None = None
    task: Dictionary[str, str] | None = None
    task_after: str | None = None
    task_constants: Dictionary[str, str] = fresh(default_factory=dict)
    references: Dictionary[str, str] = fresh(default_factory=dict)
    first_match: bool = False
    precedence: int = 1
    of: str | None = None

    @property
    def asked_fields(self) -> tuple[str, ...]:
        """Every CRM field that must be read, sorted."""
        return tuple(sorted(name for name in self._names() if name.split(".")[0] not in self.references))

    def _names(self) -> set[str]:
        names = {entry.field for entry in self.fields} | set(self.columns.values()) | set(self.references.values())
        names |= {name for name in self.people.values() if name != "association"}
        names |= {name for name in (self.key, self.parent) if name}
        for rule in self.signals:
            names |= {name for name in (rule.at, rule.subject, rule.subject_id, rule.owner) if name}
            names |= {name for name in (rule.before, rule.address, rule.channel, *rule.at_else) if name}
            names |= {name for name in (rule.form.domain, *rule.form.texts) if name} if rule.form else set()
            names |= {name for name, _ in (*rule.when, *rule.unless, *rule.at_least)}
        return names

    @property
    def named(self) -> tuple[str, ...]:
        """What the company names of a collection (forms, lists): every subject that has a meaning."""
        return tuple(sorted({subject for rule in self.signals for subject in rule.meanings}))

    @property
    def associations(self) -> tuple[str, ...]:
        """The objects whose associations must be read."""
        accounts = {self.account_association} if self.account_association is not None else set()
        return tuple(sorted({name for name, how in self.people.items() if how == "association"} | accounts))


class Mapping(Struct, frozen=True, dict=True):
    """The whole mapping of a company."""

    canonical: Dictionary[str, CanonicalField]
    objects: Dictionary[tuple[str, str], ObjectMapping]
    digest: str = ""

    @cached_property
    def account_feeds(self) -> frozenset[str]:
        """Fields that an employer has for its people: read from accounts and from people alike, but for the owner."""
        read = {
            kind: {entry.read for each in self.of_kind(kind) for entry in each.fields if entry.read is not None}
            for kind in ("person", "account")
        }
        return frozenset((read["person"] & read["account"]) - {"owner"})

    def of_kind(self, kind: str) -> list[ObjectMapping]:
        """The mapped objects of a kind, in a fixed order."""
        return [entry for _, entry in sorted(self.objects.items()) if entry.kind == kind]

    def of_system(self, system: str) -> list[ObjectMapping]:
        """The mapped objects of a system, in a fixed order."""
        return [entry for key, entry in sorted(self.objects.items()) if key[0] == system]


class Mapped(Struct, frozen=True):
    """A record read through its mapping: canonical values, and (field, code) of what could not be read."""

    values: Dictionary[str, Canonical]
    rejected: tuple[tuple[str, str], ...] = ()


def map_record(mapping: ObjectMapping, types: Dictionary[str, CanonicalField], fields: Dictionary[str, Wire]) -> Mapped:
    """Canonical values of a record's answered fields; an absent field stays absent.

    Where several fields of a record are read into one whose policy is ``most_restrictive``, a "yes" of any holds.
    """
    values: dict[str, Canonical] = {}
    rejected: list[tuple[str, str]] = []
    for entry in mapping.fields:
        if entry.read is None or entry.field not in fields:
            continue
        try:
            value = read_field(entry, types[entry.read].type, fields[entry.field])
            if types[entry.read].policy == "most_restrictive":
                value = _restricted(values.get(entry.read), value)
            values[entry.read] = value
        except Unreadable as problem:
            rejected.append((entry.field, problem.code))
    return Mapped(values, tuple(rejected))


def _restricted(before: Canonical, value: Canonical) -> Canonical:
    if before is True or value is True:
        return True
    return before if value is None else value


def read_field(entry: FieldMapping, type_name: str, wire: Wire) -> Canonical:
    """One wire value through value map, type and transform; raises ``Unreadable``."""
    if isinstance(wire, str) and wire in entry.values:
        return canonical(type_name, entry.values[wire])
    before = "text" if entry.transform in ("range_middle", "host", "code") else type_name
    return apply_transform(entry.transform, canonical(before, wire))


def without_replaced(mapping: Mapping, read: frozenset[tuple[str, str]]) -> Mapping:
    """The mapping with every signal rule off that rests as long as another object is read; ``read``: what is read."""
    objects = {
        key: replace(entry, signals=tuple(_rested(rule, key[0], read) for rule in entry.signals))
        for key, entry in mapping.objects.items()
    }
    return replace(mapping, objects=objects)


def _rested(rule: SignalRule, system: str, read: frozenset[tuple[str, str]]) -> SignalRule:
    rests = rule.unless_read is not None and (system, rule.unless_read) in read
    return replace(rule, off=True) if rests else rule
