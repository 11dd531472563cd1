"""Bad leads or bad follow-up? Reps and sources side by side, for equal leads, with how sure one can be.

A hand-off counts when it is *decided*: sales confirmed the need, or it is over, or it is ``DECIDED_AFTER`` old. Leads
are equal when grade and source are. Nothing here is an experiment: reps may answer first what looks better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.decide.followup import BROKEN, KEPT
from connector.ports.figures import HandOff
from connector.report.hand_offs import grouped
from connector.report.standardised import (
    Difference,
    Pair,
    against_expected,
    difference_for_equal_cases,
    expected_share,
)
from connector.report.statistics import TELLING_FROM, Interval, difference_of_shares

DECIDED_AFTER = timedelta(days=30)

Kind = tuple[str, str]
"""Grade and source: what makes two leads equal."""


@dataclass(frozen=True)
class Called:
    """What people call an owner (by user id) and a stored source (by its group of the closed list)."""

    rep: Callable[[int | None], str]
    source: Callable[[str | None], str]


@dataclass(frozen=True)
class Outcome:
    """A decided hand-off. ``in_time``: the promise was kept (``None``: nobody can say).

    ``qualified`` by the rep it was given to; ``gained`` also by whoever took over: what became of the lead (``None``:
    not known yet).
    """

    rep: str
    source: str
    grade: str
    in_time: bool | None
    qualified: bool
    taken_over: bool = False
    gained_later: bool | None = False

    @property
    def gained(self) -> bool | None:
        """Whether sales confirmed the need of the lead, whoever of them did."""
        return self.gained_later if self.taken_over else self.qualified

    @property
    def kind(self) -> Kind:
        """Leads of one kind are compared with each other."""
        return self.grade, self.source


@dataclass(frozen=True)
class RepLine:
    """One rep: ``expected`` is what these leads would have given with everybody's average work.

    ``beyond``: what was reached minus that (``None``: too few hand-offs to tell).
    """

    rep: str
    decided: int
    in_time: int
    late: int
    qualified: int
    expected: float | None
    beyond: Interval | None


@dataclass(frozen=True)
class SourceLine:
    """One source, in time and late. ``against_others``: in time only, minus the other sources (``None``: too few)."""

    source: str
    decided: int
    in_time: tuple[int, int]
    late: tuple[int, int]
    against_others: Interval | None


def outcomes(rows: Iterable[HandOff], now: datetime, called: Called) -> list[Outcome]:
    """The decided hand-offs; what a colleague took over later is none of its own."""
    return [_outcome(row, now, called) for row in rows if row.is_hand_off and _is_decided(row, now)]


def effect_of_time(found: Sequence[Outcome]) -> Difference | None:
    """How much more often a lead becomes sales qualified when it is answered in time, for equal leads."""
    kinds = sorted({one.kind for one in found})
    return difference_for_equal_cases(
        Pair(*(score(one for one in found if one.kind == kind and one.in_time is told) for told in (True, False)))
        for kind in kinds
    )


def score(found: Iterable[Outcome]) -> tuple[int, int]:
    """(sales qualified, all), of the leads of which it is known what became of them."""
    counted = [one.gained for one in found if one.gained is not None]
    return sum(counted), len(counted)


def rep_lines(found: Sequence[Outcome]) -> list[RepLine]:
    """Reps, the busiest first."""
    by_kind: dict[Kind, list[bool]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one.qualified)
    shares = {kind: sum(results) / len(results) for kind, results in by_kind.items()}
    return [_rep_line(rep, mine, shares) for rep, mine in grouped(found, lambda one: one.rep).items()]


def source_lines(found: Sequence[Outcome]) -> list[SourceLine]:
    """Sources, the largest first."""
    return [_source_line(source, mine, found) for source, mine in grouped(found, lambda one: one.source).items()]


def _is_decided(row: HandOff, now: datetime) -> bool:
    return row.qualified_at is not None or row.over_at is not None or now - row.at >= DECIDED_AFTER


def _outcome(row: HandOff, now: datetime, called: Called) -> Outcome:
    in_time = {KEPT: True, BROKEN: False}.get(row.state)
    rep, source = called.rep(row.owner_id), called.source(row.source)
    mine, lead = row.qualified_at is not None, row.lead_qualified_at is not None
    if not row.taken_over:
        return Outcome(rep, source, row.grade or "none", in_time, mine)
    known = lead or row.lead_over_at is not None or now - row.at >= DECIDED_AFTER
    return Outcome(
        rep, source, row.grade or "none", in_time, mine, taken_over=True, gained_later=lead if known else None
    )


def _rep_line(rep: str, mine: Sequence[Outcome], shares: Mapping[Kind, float]) -> RepLine:
    qualified, decided = sum(one.qualified for one in mine), len(mine)
    expected = expected_share(Counter(one.kind for one in mine), shares)
    telling = decided >= TELLING_FROM
    return RepLine(
        rep=rep,
        decided=decided,
        in_time=sum(one.in_time is True for one in mine),
        late=sum(one.in_time is False for one in mine),
        qualified=qualified,
        expected=expected,
        beyond=against_expected(qualified, decided, expected) if expected is not None and telling else None,
    )


def _source_line(source: str, mine: Sequence[Outcome], found: Sequence[Outcome]) -> SourceLine:
    in_time = score(one for one in mine if one.in_time)
    others = score(one for one in found if one.in_time and one.source != source)
    telling = min(in_time[1], others[1]) >= TELLING_FROM
    return SourceLine(
        source=source,
        decided=len(mine),
        in_time=in_time,
        late=score(one for one in mine if one.in_time is False),
        against_others=difference_of_shares(others, in_time) if telling else None,
    )
