"""The score as values: rules by axis, their points in thousandths, caps, grades. No SQL, no files.

Three kinds of rule, each allowed on each axis: ``CaseRule`` (what a person is: the first case that holds gives the
points), ``SignalRule`` (what a person did: every activity gives points that fade), ``AnswerRule`` (what a person
answered: the answer gives points that depend on its age).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from connector.rules.conditions import Condition, EventFilter
from connector.rules.decay import Decay

MILLI = 1_000
AXIS_NAMES = ("fit", "engagement", "readiness")


class Case(Struct, frozen=True):
    """Points for a person of whom ``when`` holds."""

    when: Condition
    milli: int


class CaseRule(Struct, frozen=True):
    """The first case that holds gives the points.

    When none holds: ``unknown_milli`` if ``field`` is unknown, else ``otherwise_milli``.
    """

    id: str
    cases: tuple[Case, ...]
    otherwise_milli: int = 0
    field: str | None = None
    unknown_milli: int = 0
    text: str = ""
    kind: str = ""


class SignalRule(Struct, frozen=True):
    """Each matching activity gives points that fade; their sum stops at ``cap_milli``.

    For positive points the cap is the most, for negative points the least (it is then negative itself).
    ``by_phase``: points for activities of a phase, instead of ``milli``. ``when``: the rule counts only while this
    holds. ``kind`` joins rules under a common cap (``Axis.kind_caps``). ``once_per_day``: of several on one day the
    newest counts. ``max_events``: the newest so many count.
    """

    id: str
    events: EventFilter
    milli: int
    decay: Decay
    cap_milli: int | None = None
    by_phase: tuple[tuple[str, int], ...] = ()
    kind: str = ""
    when: Condition | None = None
    text: str = ""
    once_per_day: bool = False
    max_events: int | None = None


class Answer(Struct, frozen=True):
    """An answer and its points by age: ``(until_days, milli)``, ascending; none after the last."""

    answer: str
    steps: tuple[tuple[int, int], ...]


class AnswerRule(Struct, frozen=True):
    """Points for the answer in ``field``, by whole days since ``<field>_at``; none when either is unknown."""

    id: str
    field: str
    answers: tuple[Answer, ...]
    text: str = ""
    kind: str = ""

    @property
    def answered_at(self) -> str:
        """The fact that holds when the answer was given."""
        return f"{self.field}_at"


Rule = CaseRule | SignalRule | AnswerRule


class KindCap(Struct, frozen=True):
    """Rules of one kind together give at most ``most_milli`` and take at most down to ``least_milli``."""

    kind: str
    most_milli: int | None = None
    least_milli: int | None = None


class Axis(Struct, frozen=True):
    """A part of the score: the sum of its rules, not below 0 and not above ``max_milli``."""

    name: str
    max_milli: int
    rules: tuple[Rule, ...]
    kind_caps: tuple[KindCap, ...] = ()


class Grade(Struct, frozen=True):
    """A range of the total. ``floor``: at least this grade when it holds; ``ceiling``: at most. Ceilings win."""

    name: str
    at_least: int
    floor: Condition | None = None
    ceiling: Condition | None = None


class Phase(Struct, frozen=True):
    """A buying phase and what shows it."""

    name: str
    when: Condition


class Persona(Struct, frozen=True):
    """People of whom ``when`` holds, and the weight of their points in thousandths."""

    id: str
    when: Condition
    milli: int


class Weights(Struct, frozen=True):
    """By what the points of some axes are multiplied, in thousandths: by buying phase, and by the first persona.

    An axis is multiplied when it is not below 0 and before its max, and rounded once, halves upwards.
    """

    axes: tuple[str, ...] = ()
    phases: tuple[tuple[str, int], ...] = ()
    personas: tuple[Persona, ...] = ()

    @property
    def by_phase(self) -> bool:
        """Whether the buying phase makes a difference."""
        return bool(self.axes) and any(milli != MILLI for _phase, milli in self.phases)

    @property
    def by_persona(self) -> bool:
        """Whether a persona makes a difference."""
        return bool(self.axes) and any(persona.milli != MILLI for persona in self.personas)


class Hysteresis(Struct, frozen=True):
    """A grade falls only when the total stays ``points_below`` its edge for ``days``."""

    points_below: int = 5
    days: int = 3


class ScoreModel(Struct, frozen=True):
    """Everything of ``scoring.toml``. ``publish_points``: a total that moved by less is not published on its own."""

    axes: tuple[Axis, ...]
    grades: tuple[Grade, ...]
    phases: tuple[Phase, ...] = ()
    hysteresis: Hysteresis = Hysteresis()
    publish_points: int = 5
    weights: Weights = Weights()

    def rules(self) -> Iterator[tuple[Axis, Rule]]:
        """Every rule with its axis, in file order; the position is the rule's number in the statement."""
        return ((axis, rule) for axis in self.axes for rule in axis.rules)

    def signal_rules(self) -> tuple[SignalRule, ...]:
        """The rules that read activities, in order."""
        return tuple(rule for _axis, rule in self.rules() if isinstance(rule, SignalRule))

    def axis(self, name: str) -> Axis:
        """An axis by its name."""
        return next(axis for axis in self.axes if axis.name == name)
