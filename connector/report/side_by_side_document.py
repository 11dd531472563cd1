"""``report reps``: reps and sources side by side, and what can be said of "bad leads or bad follow-up?".

A sentence claims a difference only from ten hand-offs on each side on, and where its 95 % interval leaves out zero;
otherwise it says that the hand-offs are too few to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from connector.report.document import Figure, Period, Report, Table, Value
from connector.report.shares import share
from connector.report.side_by_side import (
    Outcome,
    RepLine,
    SourceLine,
    effect_of_time,
    rep_lines,
    score,
    source_lines,
)
from connector.report.standardised import Difference
from connector.report.standing import Standing
from connector.report.statistics import TELLING_FROM, Interval

REPS = ("decided", "kept_share", "sql_share", "sql_expected", "sql_difference", "difference_low", "difference_high")
SOURCES = ("decided", "in_time", "sql_in_time", "late", "sql_late", "others_low", "others_high")
CAUTION = "One row in twenty stands out by chance alone."
NO_EXPERIMENT = "These are counts, not an experiment: who answers first what looks better, sees a difference too."


def side_by_side_document(company: str, found: Sequence[Outcome], header: tuple[Standing, tzinfo, Period]) -> Report:
    """The report."""
    standing, zone, period = header
    effect, sources, reps = effect_of_time(found), source_lines(found), rep_lines(found)
    return Report(
        name="reps",
        title="Leads and follow-up side by side",
        company=company,
        standing=standing,
        zone=zone,
        period=period,
        sentences=(
            *_verdict(found, effect, sources),
            *_standing_out(reps),
            *([NO_EXPERIMENT] if effect is not None and effect.is_telling and effect.interval.excludes_zero else []),
        ),
        figures=_figures(found, effect),
        tables=(
            Table("reps", "By rep", "rep", REPS, [_rep(line) for line in reps], CAUTION if len(reps) > 1 else ""),
            Table("sources", "By source", "source", SOURCES, [_source(line) for line in sources], CAUTION),
        ),
    )


def _figures(found: Sequence[Outcome], effect: Difference | None) -> tuple[Figure, ...]:
    in_time, late = (score(one for one in found if one.in_time is told) for told in (True, False))
    unknown = sum(one.in_time is None for one in found)
    return (
        Figure("decided", len(found), f"of {unknown} nobody can say whether in time" if unknown else ""),
        Figure("sql_in_time", share(*in_time), _of(in_time)),
        Figure("sql_late", share(*late), _of(late)),
        Figure("time_effect", _rounded(effect.value) if effect and effect.is_telling else None, _interval(effect)),
    )


def _verdict(
    found: Sequence[Outcome], effect: Difference | None, sources: Sequence[SourceLine]
) -> tuple[str, ...]:  # fmt: skip
    told = [one for one in found if one.in_time is not None]
    if effect is None:
        return (
            f"Bad leads or bad follow-up cannot be told apart yet: {len(told)} decided hand-offs, none to compare.",
        )
    if not effect.is_telling:
        return (f"Bad leads or bad follow-up? Too few to tell: {_counted(effect)}.",)
    weak = [line for line in sources if line.against_others is not None and line.against_others.high < 0]
    follow_up = _follow_up_sentence(effect)
    leads = " ".join(_weak_source(line) for line in weak) or (
        f"No source's leads can be told apart from the others' with {sum(line.in_time[1] for line in sources)} "
        "hand-offs answered in time."
    )
    return _answer(effect, weak), follow_up, leads


def _answer(effect: Difference, weak: Sequence[SourceLine]) -> str:
    late_costs = effect.interval.low > 0
    if late_costs and weak:
        return "Bad leads or bad follow-up? Both: late answers cost business, and some sources bring weaker leads."
    if late_costs:
        return "Bad leads or bad follow-up? Follow-up: the same leads go further when they are answered in time."
    if weak:
        return "Bad leads or bad follow-up? Leads: some sources bring weaker ones, also when answered in time."
    return f"Bad leads or bad follow-up? They cannot be told apart with {effect.trials} hand-offs."


def _follow_up_sentence(effect: Difference) -> str:
    points, interval = f"{abs(effect.value) * 100:.0f} points", _interval(effect)
    if effect.interval.excludes_zero:
        more = "more" if effect.value > 0 else "less"
        often = f"{points} {more} often ({interval})"
        return f"With grade and source equal, leads answered in time became sales qualified {often}."
    return (
        f"With grade and source equal, {effect.trials} hand-offs do not show whether it matters to answer in time "
        f"({interval})."
    )


def _weak_source(line: SourceLine) -> str:
    return (
        f"Leads from {line.source.replace('_', ' ')} became sales qualified in {_of(line.in_time)} even when answered "
        "in time, less often than the others."
    )


def _standing_out(reps: Sequence[RepLine]) -> tuple[str, ...]:
    told = [_rep_sentence(line, line.beyond, line.expected) for line in reps if line.beyond and line.expected]
    said = " ".join(sentence for sentence in told if sentence)
    return (said,) if said else ()


def _rep_sentence(line: RepLine, beyond: Interval, expected: float) -> str:
    if not beyond.excludes_zero:
        return ""
    more = "more" if beyond.low > 0 else "less"
    counted = f"{_of((line.qualified, line.decided))}, expected {expected * 100:.0f} %"
    return f"{line.rep} got {more} out of leads than their grade and source let expect ({counted})."


def _rep(line: RepLine) -> tuple[Value, ...]:
    beyond, reached = line.beyond, line.qualified / line.decided
    return (
        line.rep,
        line.decided,
        share(line.in_time, line.in_time + line.late),
        share(line.qualified, line.decided),
        _rounded(line.expected),
        _rounded(reached - line.expected if line.expected is not None else None),
        _rounded(beyond.low if beyond else None),
        _rounded(beyond.high if beyond else None),
    )


def _source(line: SourceLine) -> tuple[Value, ...]:
    against = line.against_others
    return (
        line.source,
        line.decided,
        line.in_time[1],
        share(*line.in_time),
        line.late[1],
        share(*line.late),
        _rounded(against.low if against else None),
        _rounded(against.high if against else None),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _of(counted: tuple[int, int]) -> str:
    return f"{counted[0]} of {counted[1]}"


def _counted(effect: Difference) -> str:
    """How many of each there are, where they are too few."""
    in_time, late = effect.groups
    return f"{in_time} in time and {late} late among equal leads, {TELLING_FROM} of each are needed"


def _interval(effect: Difference | None) -> str:
    if effect is None:
        return "no equal leads to compare"
    if not effect.is_telling:
        return f"too few to tell: {_counted(effect)}"
    return f"95 % sure: {effect.interval.low * 100:+.0f} to {effect.interval.high * 100:+.0f} points"
