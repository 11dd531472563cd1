"""One row of a CSV file as a past lead, activity or deal. Pure; a row that cannot be used says which column and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from connector.clock import from_micros, to_micros
from connector.decide.derive import Lists, derive, domain_of
from connector.facts import ANSWERED_AT, PROFILE, SIGNALS, FactType, is_own
from connector.history.cells import Unusable, ordered, whole, yes_or_no
from connector.history.map_file import READABLE, Flag, HistoryMap, TimeColumn, ValueColumn, Word
from connector.model import Value
from connector.ports.history import FEATURE_MILLI as MILLI
from connector.ports.history import PastActivity, PastDeal, PastLead
from connector.rules.condition_parser import DIRECTIONS, PHASES, ascii_lower
from connector.rules.transforms import REPLACED, UNSTORABLE

FORMULA_STARTS = ("'=", "'+", "'-", "'@", "'\t", "'\r", "'\0")
FOLDED = ("kind", "phase")
"""Words of ours, which rules write in lower case."""
YEAR_MIN = 1900


class Reading(Struct, frozen=True):
    """What every row is read with: the map, the company's time zone and lists, and the present.

    ``closed``: field -> the only words that rules know of it, in lower case.
    """

    map: HistoryMap
    zone: ZoneInfo
    lists: Lists
    now: datetime
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def lead(self, row: Mapping[str, str]) -> PastLead:
        """A row as a lead, with what follows from its values."""
        key, created = self._key(row), self._moment(row, self.map.when)
        since = to_micros(created)
        stated: dict[str, tuple[Value, int]] = {}
        for column in self.map.fields:
            value = self._value(row, column)
            if value is not None:
                stated[column.name] = value, max(since, to_micros(self._since(row, column, created)))
        values = {**stated, **_answered(stated), **self._derived(stated, since)}
        email = values.pop("email", (None, 0))[0]
        kept = {
            name: entry for name, entry in values.items() if name in PROFILE or is_own(name) or name in self._features()
        }
        deal = self._own_deal(row, key, created)
        return PastLead(key, created, kept, str(email).lower() if email else None, self.map.is_order, deal)

    def activity(self, row: Mapping[str, str]) -> PastActivity:
        """A row as an activity."""
        occurred = self._moment(row, self.map.when)
        known = self._optional(row, self.map.known) or occurred
        words = {name: self._word(row, word) for name, word in self.map.words.items()}
        words |= {name: ascii_lower(words[name] or "") or None for name in FOLDED}
        signal, direction = words["signal"], words["direction"] or "human"
        if signal not in SIGNALS:
            raise Unusable(self.map.words["signal"].column or "signal", "no signal of this name; add it to values")
        if direction not in DIRECTIONS:
            raise Unusable(self.map.words["direction"].column or "direction", "neither human, us nor bot")
        if words["phase"] is not None and words["phase"] not in PHASES:
            raise Unusable(self.map.words["phase"].column or "phase", f"expected one of {', '.join(PHASES)}")
        person = self._text(row, self.map.person)
        if person is None:
            raise Unusable(self.map.person or "", "empty, so nobody's")
        named = self._text(row, self.map.key)
        if self.map.key is not None and named is None:
            raise Unusable(self.map.key, "the key is empty")
        parts = (person, signal, str(to_micros(occurred)), words["kind"], words["asset"])
        key = named or hashlib.blake2b("\x1f".join(part or "" for part in parts).encode(), digest_size=12).hexdigest()
        details = {name: words[name] for name in ("kind", "phase", "asset")}
        return PastActivity(
            key, person, signal, occurred, max(occurred, known), direction=direction, **details
        )  # fmt: skip

    def deal(self, row: Mapping[str, str]) -> PastDeal:
        """A row as a deal."""
        key, person = self._key(row), self._text(row, self.map.person)
        if person is None:
            raise Unusable(self.map.person or "", "empty, so nobody's")
        won = self._is(row, self.map.won)
        ended = won or self.map.lost is None or self._is(row, self.map.lost)
        closed = self._optional(row, self.map.closed) if ended else None
        created = self._optional(row, self.map.when) or closed
        if created is None:
            raise Unusable((self.map.when or self.map.closed or TimeColumn("")).column, "no date")
        if won and closed is None:
            if self.map.closed is not None:
                raise Unusable(self.map.closed.column, "won, but without the day")
            closed = created
        return PastDeal(key, person, created, closed, won, self._amount(row))

    def _key(self, row: Mapping[str, str]) -> str:
        assert self.map.key is not None
        key = self._text(row, self.map.key)
        if key is None:
            raise Unusable(self.map.key, "the key is empty")
        return key

    def _own_deal(self, row: Mapping[str, str], key: str, created: datetime) -> PastDeal | None:
        if self.map.won is None or not self._is(row, self.map.won):
            return None
        closed = self._optional(row, self.map.closed) or created
        return PastDeal(f"lead:{key}", key, created, max(created, closed), is_won=True)

    def _features(self) -> frozenset[str]:
        return frozenset(column.name for column in self.map.fields if column.name not in PROFILE)

    def _derived(self, stated: Mapping[str, tuple[Value, int]], since: int) -> dict[str, tuple[Value, int]]:
        derived = derive({name: value for name, (value, _at) in stated.items()}, self.lists)
        if not any(column.name in ("email", "phone", "mobile") for column in self.map.fields):
            derived["has_email"] = True  # the file has no contact points at all: that is no statement about people
        sources = {"seniority": "title", "job_function": "title", "persona_excluded": "title"}
        return {
            name: (value, stated.get(sources.get(name, "email"), (None, since))[1])
            for name, value in derived.items()
            if value is not None and name not in stated
        }

    def _value(self, row: Mapping[str, str], column: ValueColumn) -> Value:
        text = self._text(row, column.column)
        if text is None:
            return None
        if column.values or column.otherwise is not None:
            mapped = column.values.get(text, column.otherwise)
            if mapped is None:
                raise Unusable(column.column, "a value that the map does not know; add it to values, or an otherwise")
            text = mapped
        match column.type:
            case FactType.INTEGER:
                scale = MILLI if column.name not in READABLE else 1
                return whole(text, column.column, mark=self.map.decimal, scale=scale)
            case FactType.BOOLEAN:
                said = yes_or_no(text, column.column)
                return said if column.name in READABLE else ("yes" if said else "no")
            case FactType.INSTANT:
                return to_micros(self._moment(row, TimeColumn(column.column)))
            case _:
                return self._word_of(text, column)

    def _word_of(self, text: str, column: ValueColumn) -> str:
        words = self.closed.get(column.name, ())
        if words:
            if ascii_lower(text) not in words:
                raise Unusable(column.column, f"expected one of {', '.join(words)}; add it to values, or an otherwise")
            return ascii_lower(text)
        if column.name == "email" and domain_of(text) is None:
            raise Unusable(column.column, "not an e-mail address")
        return text

    def _since(self, row: Mapping[str, str], column: ValueColumn, created: datetime) -> datetime:
        return self._optional(row, column.at) or created

    def _amount(self, row: Mapping[str, str]) -> int | None:
        text = self._text(row, self.map.amount)
        if text is None:
            return None
        assert self.map.amount is not None
        cents = whole(text, self.map.amount, mark=self.map.decimal, scale=100)
        if cents < 0:
            raise Unusable(self.map.amount, "an amount is not below 0")
        return None if cents == 0 and self.map.zero_is_unknown else cents

    def _is(self, row: Mapping[str, str], flag: Flag | None) -> bool:
        if flag is None or flag.column is None:
            return flag is not None
        return (self._text(row, flag.column) or "").casefold() in flag.words

    def _word(self, row: Mapping[str, str], word: Word) -> str | None:
        if word.constant is not None or word.column is None:
            return word.constant
        text = self._text(row, word.column)
        return text if text is None or not word.values else word.values.get(text)

    def _optional(self, row: Mapping[str, str], time: TimeColumn | None) -> datetime | None:
        if time is None or self._text(row, time.column) is None:
            return None
        return self._moment(row, time)

    def _moment(self, row: Mapping[str, str], time: TimeColumn | None) -> datetime:
        assert time is not None
        text = self._text(row, time.column)
        if text is None:
            raise Unusable(time.column, "no date" if not time.is_order else "no order")
        if time.is_order:
            return ordered(text, time.column)
        try:
            found = datetime.fromisoformat(text) if time.form == "iso" else datetime.strptime(text, time.form)  # noqa: DTZ007
            found = found if found.tzinfo else found.replace(tzinfo=time.zone or self.zone)
        except ValueError as error:
            raise Unusable(time.column, f"not a date in the form {time.form}") from error
        if found.year < YEAR_MIN:
            raise Unusable(time.column, f"lies before {YEAR_MIN}")
        if found > self.now:
            raise Unusable(time.column, "lies in the future")
        return from_micros(to_micros(found))

    def _text(self, row: Mapping[str, str], column: str | None) -> str | None:
        if column is None:
            return None
        text = row[column].strip()
        if text.startswith(FORMULA_STARTS):
            text = text[1:]
        if UNSTORABLE.search(text) or REPLACED in text:
            raise Unusable(column, "broken text")
        return None if not text or text in self.map.unknown else text


def _answered(stated: Mapping[str, tuple[Value, int]]) -> dict[str, tuple[Value, int]]:
    """When the answers to the qualifying questions were given."""
    answers = [name for name in stated if is_own(name) or f"{name}{ANSWERED_AT}" in PROFILE]
    times = {f"{name}{ANSWERED_AT}": (stated[name][1], stated[name][1]) for name in answers}
    return {name: entry for name, entry in times.items() if name not in stated}
