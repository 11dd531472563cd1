"""A backtest as text for a terminal. Draws figures, decides none."""

from __future__ import annotations

from collections.abc import Iterator

from connector.report.backtest import DEFINITIONS, Backtest, Side, field_sentence
from connector.report.judging import NO_GRADE
from connector.report.shares import percent
from connector.report.statistics import Interval

BAR = 30


def shown(found: Backtest) -> str:
    """The whole report."""
    return "\n".join(_lines(found))


def _lines(found: Backtest) -> Iterator[str]:
    yield found.sentence
    if found.hand_overs is not None:
        yield found.hand_overs
    yield ""
    yield f"{found.company}, {found.history} history: {_period(found)}"
    yield f"{found.people} people judged ({DEFINITIONS['people']})"
    yield f"{found.decided} decided, {found.won} won ({DEFINITIONS['won']})"
    for each in (found.live, found.tried):
        if each is not None:
            yield ""
            yield from _side(each, found.reps)
    if found.tried is not None:
        yield ""
        yield from _moves(found)
    yield ""
    yield from (f"note: {note}" for note in found.notes)
    if found.hidden:
        yield f"excluded, too little of their past is known: {', '.join(found.hidden)}"
    yield from (f"  {field_sentence(each)}" for each in found.fields if each.dated < each.known)


def _period(found: Backtest) -> str:
    if found.undated and found.undated == found.people:
        return "by order only, judged at its end"
    horizon = f"outcomes within {found.horizon_days} days, known up to {found.end:%Y-%m-%d}"
    first, last = found.days
    return f"weekly from {first} to {last}, {horizon}"


def _side(side: Side, reps: int) -> Iterator[str]:
    yield f"{side.name} playbook"
    yield f"  AUC {'-' if side.auc is None else format(side.auc, '.3f')} ({DEFINITIONS['auc']})"
    yield f"  handed over {side.handed}: precision {percent(side.precision)}{between(side.precision_interval)}"
    yield f"  recall {percent(side.recall)} of {side.won} wins{between(side.recall_interval)}"
    if side.per_week is not None:
        rep = f", {side.per_rep:.1f} per rep ({reps})" if side.per_rep is not None else ""
        yield f"  {side.per_week:.1f} new hand-overs a week{rep}"
    if side.lift:
        yield f"  lift by decile ({DEFINITIONS['lift']})"
        top = max((part.lift or 0.0) for part in side.lift) or 1.0
        for number, part in enumerate(side.lift, 1):
            bar = "#" * round(BAR * (part.lift or 0.0) / top)
            yield f"    {number:2}  {percent(part.share_won):>5}  {part.lift or 0.0:5.2f}  {bar}"
    yield "  grade  people   won  said  came true (95 %)"
    for grade in side.grades:
        said = "-" if grade.grade == NO_GRADE else percent(grade.said)
        came = percent(grade.won / grade.people)
        yield f"  {grade.grade:>5}  {grade.people:6}  {grade.won:4}  {said:>4}  {came}{between(grade.interval)}"
    yield f"  Brier {'-' if side.brier is None else format(side.brier, '.4f')} ({DEFINITIONS['brier']})"


def _moves(found: Backtest) -> Iterator[str]:
    columns = sorted({tried for _live, tried in found.moves}, key=_place)
    yield "grade moves: live down, tried across"
    yield "        " + "".join(f"{grade:>8}" for grade in columns)
    for live in sorted({live for live, _tried in found.moves}, key=_place):
        yield f"  {live:>5} " + "".join(f"{found.moves.get((live, tried), 0):8}" for tried in columns)


def between(interval: Interval | None) -> str:
    """An interval of a share in brackets; nothing for none."""
    return "" if interval is None else f" ({interval.low * 100:.0f} to {interval.high * 100:.0f} %)"


def _place(grade: str) -> tuple[bool, str]:
    return grade == NO_GRADE, grade
