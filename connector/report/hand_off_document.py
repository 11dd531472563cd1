"""``report handoff``: how fast sales answers, which promises were kept and by whom; beside it the system's own time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from connector.decide.followup import BROKEN, KEPT, UNKNOWN
from connector.ports.figures import HandOff, TouchMade
from connector.report.document import Chart, Figure, Period, Report, Table, Value
from connector.report.funnel import Minutes
from connector.report.hand_offs import (
    TALLY,
    accepting,
    grouped,
    handed_off,
    kept_share,
    speed_to_lead,
    states,
    tally,
    time_to_assign,
    time_to_confirm,
)
from connector.report.people_names import Names
from connector.report.standing import Standing
from connector.report.statistics import wilson
from connector.report.touches import touch_figures, touch_tables

SYSTEM = ("handed_off", "assign_median", "assign_p90", "confirm_median", "confirm_p90")
ACCEPT = ("handed_off", "accept_kept", "accept_broken", "accept_share")
TAKEN_OVER = "What somebody took over from a colleague is a promise of theirs, and no further hand-off."
REPS_SHOWN_MAX = 30


def hand_off_document(
    company: str,
    counted: tuple[Sequence[HandOff], Sequence[TouchMade]],
    names: Names,
    minutes: Minutes,
    header: tuple[Standing, tzinfo, Period],
) -> Report:
    """The report. ``counted``: what went to sales, and what the nurture tracks asked of colleagues."""
    rows, touches = counted
    standing, zone, period = header
    reps = grouped(rows, lambda row: names.of(row.owner_id))
    promises = grouped(rows, lambda row: row.promise)
    return Report(
        name="handoff",
        title="Hand-offs and follow-up",
        company=company,
        standing=standing,
        zone=zone,
        period=period,
        sentences=(_said(rows),),
        figures=(*_figures(rows, minutes), *touch_figures(touches)),
        tables=(
            _by("promises", "By promise", "promise", rows, minutes, lambda row: row.promise),
            _by("reps", "By rep", "rep", rows, minutes, lambda row: names.of(row.owner_id)),
            _by("teams", "By team", "team", rows, minutes, lambda row: names.team(row.owner_id)),
            _by("grades", "By grade at the hand-off", "grade", rows, minutes, lambda row: row.grade or "none"),
            Table("accepting", "Accepted in time", "promise", ACCEPT, [_accept(*one) for one in promises.items()]),
            Table("system", "The system's own time", "promise", SYSTEM, [_system(*one) for one in promises.items()]),
            *touch_tables(touches, names),
        ),
        charts=_charts(reps),
    )


def _figures(rows: Sequence[HandOff], minutes: Minutes) -> tuple[Figure, ...]:
    counted, speed = states(rows), speed_to_lead(rows, minutes)
    assign, confirm, accept = time_to_assign(rows), time_to_confirm(rows), accepting(rows)
    decided = counted[KEPT] + counted[BROKEN]
    between = wilson(counted[KEPT], decided)
    interval = f"95 % sure: {between.low * 100:.0f} to {between.high * 100:.0f} %" if between else ""
    return (
        Figure("handed_off", handed_off(rows)),
        Figure("speed_median", speed.median, f"{speed.count} were touched"),
        Figure("speed_p90", speed.p90),
        Figure("kept_share", kept_share(rows), f"{counted[KEPT]} of {decided}; {interval}" if interval else ""),
        Figure("broken", counted[BROKEN]),
        Figure("unknown", counted[UNKNOWN]),
        Figure("accept_share", accept.share, f"{accept.kept} of {accept.kept + accept.broken}"),
        Figure("assign_median", assign.median, "the system's time, not the rep's"),
        Figure("confirm_median", confirm.median, "the system's time, not the rep's"),
    )


def _said(rows: Sequence[HandOff]) -> str:
    counted, kept = states(rows), kept_share(rows)
    if kept is None:
        return f"{handed_off(rows)} hand-offs; no follow-up promise is decided yet."
    unknown = f" Of {counted[UNKNOWN]} nobody can say: their e-mails are not visible." if counted[UNKNOWN] else ""
    decided = counted[KEPT] + counted[BROKEN]
    return f"{counted[KEPT]} of {decided} decided follow-up promises were kept ({kept * 100:.0f} %).{unknown}"


def _by(
    key: str, title: str, by: str, rows: Sequence[HandOff], minutes: Minutes, name: Callable[[HandOff], str]
) -> Table:
    tallies = [(group, *tally(found, minutes)) for group, found in grouped(rows, name).items()]
    return Table(key, title, by, TALLY, tallies, "" if handed_off(rows) == len(rows) else TAKEN_OVER)


def _accept(promise: str, rows: Sequence[HandOff]) -> tuple[Value, ...]:
    found = accepting(rows)
    return promise, handed_off(rows), found.kept, found.broken, found.share


def _system(promise: str, rows: Sequence[HandOff]) -> tuple[Value, ...]:
    assign, confirm = time_to_assign(rows), time_to_confirm(rows)
    return promise, handed_off(rows), assign.median, assign.p90, confirm.median, confirm.p90


def _charts(reps: dict[str, list[HandOff]]) -> tuple[Chart, ...]:
    if not reps:
        return ()
    shown = dict(list(reps.items())[:REPS_SHOWN_MAX])
    counted = [states(rows) for rows in shown.values()]
    series = {state: tuple(each[state] for each in counted) for state in (KEPT, BROKEN, UNKNOWN)}
    return (Chart("Follow-up promises by rep", "stacked", tuple(shown), series, "kept"),)
