"""What open qualified leads are worth, worked out for a chunk at a time: the model's word, the record's, or the rules'.

Reads the model and the record once per run. A value is written with a move of grade or stage, else only when it moved
enough; the grade itself is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from connector.clock import to_micros
from connector.decide.cycles import PersonState
from connector.decide.expected_value import ExpectedValue, Track, ValueRules, expected_value, is_due
from connector.decide.win_model import WinModel, weekday_of
from connector.ports.decisions import Row
from connector.ports.history import PastReader
from connector.sync.run import Run

CENTS = 100


class ValueStore(Protocol):
    """The model and the record."""

    def save_model(self, company: int, model: WinModel, at: datetime) -> None:
        """A new model; the ones before stay, but count no more. One transaction."""

    def model(self, company: int) -> WinModel | None:
        """The newest model."""

    def record(self, company: int, rules: ValueRules, now: datetime) -> Track:
        """Rates of decided cycles by grade, medians of won amounts, and further purchases per won account."""


class ValueSources(Struct, frozen=True):
    """Where values come from."""

    store: ValueStore
    past: PastReader


class Graded(Struct, frozen=True):
    """An open qualified lead: the person's row, the grade, and when the cycle qualified."""

    row: Row
    grade: str
    qualified_at: datetime | None


class Valuation(Struct, frozen=True, dict=True):
    """The valuing of one run. The model and the record are read when the first graded person is met."""

    company_id: int
    rules: ValueRules
    now: datetime
    zone: ZoneInfo
    sources: ValueSources

    @cached_property
    def model(self) -> WinModel | None:
        """The newest model; ``None`` where none was trained, or it reads what no CRM delivers."""
        found = self.sources.store.model(self.company_id)
        return None if found is not None and found.reads_own_fields else found

    @cached_property
    def record(self) -> Track:
        """The company's own record."""
        return self.sources.store.record(self.company_id, self.rules, self.now)

    def of(self, people: Mapping[int, Graded]) -> dict[int, ExpectedValue]:
        """Person id -> value, of those whose amount can be guessed."""
        chances = self._chances(people)
        found = {person: self._value(graded, chances.get(person)) for person, graded in people.items()}
        return {person: value for person, value in found.items() if value is not None}

    def column(self, row: Row, state: PersonState, value: ExpectedValue | None) -> int | None:
        """What the person's column holds from now on, in whole units of the currency."""
        before: int | None = row["expected_value"]
        after = None if value is None else round(value.cents / CENTS)
        last = row["published_at"]
        moved = row["grade"] != state.grade or row["stage"] != state.stage.value
        new_day = last is None or last.astimezone(self.zone).date() < self.now.astimezone(self.zone).date()
        return after if is_due(self.rules, before, after, with_grade=moved, new_day=new_day) else before

    def _chances(self, people: Mapping[int, Graded]) -> dict[int, float]:
        if not people or self.model is None:
            return {}
        known = self.sources.past.known(self.company_id, dict.fromkeys(people, to_micros(self.now)))
        days = {
            person: weekday_of((each.qualified_at or self.now).astimezone(self.zone)) for person, each in people.items()
        }
        return {person: self.model.chance(known[person], day) for person, day in days.items()}

    def _value(self, graded: Graded, chance: float | None) -> ExpectedValue | None:
        row, rules = graded.row, self.rules
        segment = row[rules.segment]
        stated = (row["extra"] or {}).get(rules.budget) if rules.budget else None
        budget = round(stated * CENTS) if isinstance(stated, int | float) else None
        lowered = str(segment).lower() if segment else None
        return expected_value(rules, self.record, graded.grade, chance=chance, segment=lowered, budget_cents=budget)


def make_valuation(run: Run, sources: ValueSources) -> Valuation:
    """The valuing of this run."""
    return Valuation(run.company_id, run.playbook.value, run.now, run.zone, sources)


def in_words(value: ExpectedValue) -> Sequence[str]:
    """The factors of a value, each with its origin."""
    lines = [
        f"chance of winning {value.chance * 100:.0f} % ({value.chance_from})",
        f"expected amount {value.amount_cents / CENTS:,.0f} ({value.amount_from})",
    ]
    return [*lines, f"loyalty {value.loyalty:.2f}"] if value.loyalty != 1.0 else lines
