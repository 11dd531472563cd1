"""The map of an import: which column of a CSV file is what. Decides what the file may say; reads no rows.

One file may describe all three kinds in the tables ``[lead]``, ``[activity]`` and ``[deal]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, field

from connector.decide.win_model import WEEKDAY
from connector.facts import PERSON, PROFILE, SIGNALS, FactType, is_own
from connector.history.cells import MARKS
from connector.rules.condition_parser import DIRECTIONS, PHASES
from connector.rules.toml import Table, nearest

KINDS = ("lead", "activity", "deal")
CONTACT = ("phone", "mobile", "website")
"""Canonical fields without a column of their own, from which others are derived."""
DERIVED = ("email_domain", "has_email", "has_phone", "free_mail", "disposable", "gibberish", "account_domain")
READABLE = {**dict.fromkeys(CONTACT, FactType.TEXT), **{n: t for n, t in PROFILE.items() if n not in DERIVED}}
SOME_DAY = datetime(1987, 6, 25, 13, 45, 50, tzinfo=UTC)
FEATURE_TYPES = {"text": FactType.TEXT, "number": FactType.INTEGER, "flag": FactType.BOOLEAN}


class TimeColumn(Struct, frozen=True):
    """A column with a moment. ``form``: ``iso``, a strptime format, or ``order`` for a whole number in its place."""

    column: str
    form: str = "iso"
    zone: ZoneInfo | None = None

    @property
    def is_order(self) -> bool:
        """Whether the column only says who came first."""
        return self.form == "order"


class ValueColumn(Struct, frozen=True):
    """A column with a value. ``name``: the canonical field, or the feature's own name. ``at``: since when it holds."""

    column: str
    name: str
    type: FactType
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    at: TimeColumn | None = None


class Flag(Struct, frozen=True):
    """Yes or no: a column and the words that mean yes, or always (``column`` ``None``)."""

    column: str | None
    words: frozenset[str] = frozenset()


class Word(Struct, frozen=True):
    """A word per row: a constant, or a column with its value map."""

    constant: str | None = None
    column: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


NO_WORD = Word()


class HistoryMap(Struct, frozen=True):
    """One kind's columns. ``person``: whose row it is, by the lead's key or e-mail.

    ``lost``: with it a deal that is neither won nor lost is open, whatever day it says that it closes. ``decimal``: the
    mark of decimals, empty when it is not said.
    """

    kind: str
    key: str | None
    when: TimeColumn | None
    person: str | None = None
    email: str | None = None
    delimiter: str | None = None  # None: the one by which the first line has the columns
    unknown: frozenset[str] = frozenset()
    fields: tuple[ValueColumn, ...] = ()
    won: Flag | None = None
    closed: TimeColumn | None = None
    amount: str | None = None
    zero_is_unknown: bool = True
    lost: Flag | None = None
    decimal: str = ""
    known: TimeColumn | None = None
    words: Mapping[str, Word] = field(default_factory=dict)

    @property
    def is_order(self) -> bool:
        """Whether rows have only an order, no date."""
        return self.when is not None and self.when.is_order

    def columns(self) -> dict[str, str]:
        """Every column of the file that is read -> what it is for."""
        named = {"key": self.key, "person": self.person, "email": self.email, "amount": self.amount}
        named |= {name: word.column for name, word in self.words.items()}
        named |= {"won": self.won.column if self.won else None, "lost": self.lost.column if self.lost else None}
        times = {"when": self.when, "closed": self.closed, "known": self.known}
        named |= {name: time.column for name, time in times.items() if time is not None}
        found = {column: what for what, column in named.items() if column is not None}
        for each in self.fields:
            found.setdefault(each.column, each.name)
            if each.at is not None:
                found.setdefault(each.at.column, f"{each.name} since")
        return found


def parse(document: Table, kind: str) -> HistoryMap:
    """The map of one kind; every mistake names file, table and key."""
    for name in document.values:
        if name not in KINDS:
            raise document.error(name, "unknown table", nearest(name, KINDS))
    if not document.has(kind):
        raise document.error(kind, "missing", f"write a table [{kind}] that says which column is what")
    table = document.table(kind)
    found = {"lead": _lead, "activity": _activity, "deal": _deal}[kind](table)
    table.finish()
    return found


def _lead(table: Table) -> HistoryMap:
    fields = tuple(_value(name, part) for name, part in _columns(table.table("fields")))
    _refuse_twins(table, fields)
    emails = [each.column for each in fields if each.name == "email"]
    won = _flag(table.table("won")) if table.has("won") else None
    when = _time(table, "when", required=True)
    return HistoryMap(
        kind="lead",
        key=table.text("key"),
        when=when,
        email=emails[0] if emails else None,
        fields=fields,
        won=won,
        closed=_time(table, "won_at"),
        **_form(table),
    )


def _refuse_twins(table: Table, fields: Iterable[ValueColumn]) -> None:
    first: dict[str, str] = {}
    for each in fields:
        if each.name in first:
            said = f'"{first[each.name]}" is read into {each.name} already'
            raise table.table("fields").error(each.column, said, "leave one of the two columns out")
        first[each.name] = each.column


def _activity(table: Table) -> HistoryMap:
    when = _time(table, "when", required=True)
    if when is not None and when.is_order:
        raise table.error("when", "an activity needs a date: points fade with its age", "name a date column")
    words = {name: _word(table, name) for name in ("signal", "kind", "phase", "asset", "direction")}
    if words["signal"] == NO_WORD:
        raise table.error("signal", "missing", 'write "hand_raise", or { column = "...", values = { ... } }')
    named = [words["signal"].constant] if words["signal"].constant else list(words["signal"].values.values())
    for signal in named:
        if signal not in SIGNALS:
            raise table.error("signal", f'no signal "{signal}"', nearest(str(signal), SIGNALS))
    for name, known in (("phase", PHASES), ("direction", DIRECTIONS)):
        for word in (words[name].constant, *words[name].values.values()):
            if word is not None and word not in known:
                raise table.error(name, f'no {name} "{word}"', nearest(word, known))
    key = table.optional_text("key")
    return HistoryMap(
        "activity",
        key,
        when,
        person=table.text("person"),
        known=_time(table, "known"),
        words=words,
        **_form(table),
    )


def _deal(table: Table) -> HistoryMap:
    when, closed = _time(table, "when"), _time(table, "closed")
    if when is None and closed is None:
        raise table.error("when", "missing", "name the column of the day it was opened, or closed under closed")
    if (when is not None and when.is_order) or (closed is not None and closed.is_order):
        raise table.error("when", "a deal needs a date", "without one, name the lead's own column under [lead.won]")
    return HistoryMap(
        "deal",
        table.text("key"),
        when,
        person=table.text("person"),
        won=_flag(table.table("won", required=True)),
        lost=_flag(table.table("lost")) if table.has("lost") else None,
        closed=closed,
        amount=table.optional_text("amount"),
        zero_is_unknown=table.flag("zero_is_unknown", True),
        **_form(table),
    )


def _form(table: Table) -> dict[str, Any]:
    delimiter = table.optional_text("delimiter")
    if delimiter is not None and len(delimiter) != 1:
        raise table.error("delimiter", "must be one character")
    decimal = table.text("decimal", among=MARKS) if table.has("decimal") else ""
    return {"delimiter": delimiter, "unknown": frozenset(table.texts("unknown", ())), "decimal": decimal}


def _columns(table: Table) -> list[tuple[str, Table]]:
    """Every column's table; a plain text is short for the field alone."""
    found = []
    for column, value in table.values.items():
        under = {"field": value} if isinstance(value, str) else value
        found.append((column, Table({column: under}, table.file, table.path, table.questions).table(column)))
    return found


def _value(column: str, table: Table) -> ValueColumn:
    if table.has("feature"):
        name = table.text("feature")
        if name in PERSON.columns or name == WEEKDAY or is_own(name) or not name.isidentifier():
            raise table.error("feature", "needs a name of its own in plain letters", 'or write field = "..."')
        kind = FEATURE_TYPES[table.text("type", "text", among=FEATURE_TYPES)]
    else:
        name = table.text("field", among=(*READABLE, *table.questions))
        kind = READABLE.get(name, FactType.TEXT)
    values = {word: part.text(word) for part in [table.table("values")] for word in part.values}
    found = ValueColumn(column, name, kind, values, table.optional_text("otherwise"), _time(table, "at"))
    table.finish()
    return found


def _time(table: Table, key: str, *, required: bool = False) -> TimeColumn | None:
    """A column name (ISO times), or a table with column and format, or with ``order``."""
    if not table.has(key) and not required:
        return None
    if isinstance(table.raw(key), str):
        return TimeColumn(table.text(key))
    if not table.has(key):
        table.text(key)
    part = table.table(key, required=True)
    if part.has("order"):
        found = TimeColumn(part.text("order"), "order")
    else:
        found = TimeColumn(part.text("column"), _date_form(part), _zone(part))
    part.finish()
    return found


def _date_form(table: Table) -> str:
    form = table.text("format", "iso")
    try:
        if form == "iso" or datetime.strptime(SOME_DAY.strftime(form), form).year == SOME_DAY.year:  # noqa: DTZ007
            return form
    except ValueError:
        pass
    raise table.error("format", f'"{form}" is no form of a date', "write it like %Y-%m-%d %H:%M, or iso")


def _zone(table: Table) -> ZoneInfo | None:
    name = table.optional_text("timezone")
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise table.error("timezone", f'no time zone "{name}"', "write a name such as Europe/Berlin") from error


def _flag(table: Table) -> Flag:
    if table.has("always"):
        if not table.flag("always"):
            raise table.error("always", "only true makes sense", "name a column instead")
        found = Flag(None)
    else:
        found = Flag(table.text("column"), frozenset(word.casefold() for word in table.texts("is")))
        if not found.words:
            raise table.error("is", "the list is empty", "name the words that mean yes")
    table.finish()
    return found


def _word(table: Table, key: str) -> Word:
    if not table.has(key):
        return NO_WORD
    if isinstance(table.raw(key), str):
        return Word(constant=table.text(key))
    part = table.table(key)
    column, values = part.text("column"), part.table("values")
    found = Word(column=column, values={word: values.text(word) for word in values.values})
    part.finish()
    return found
