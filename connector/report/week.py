"""``report week``: the key figures of one week beside those of the week before, for both leaders; also as a mail.

Any period can take the week's place; it is compared with the time of the same length before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from connector.decide.followup import BROKEN, KEPT
from connector.ports.figures import HandOff, Won
from connector.report.document import Figure, Period, Report, Value
from connector.report.funnel import Funnel, Minutes
from connector.report.hand_offs import handed_off, kept_share, speed_to_lead, states
from connector.report.standing import Standing
from connector.report.values import shown

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Counted:
    """What one period is made of. ``came``: people whose first record was made in it."""

    came: int
    funnel: Funnel
    hand_offs: Sequence[HandOff]
    won: Won


@dataclass(frozen=True)
class NowOpen:
    """What is open now, whatever the period. ``shadow``: what a second playbook would change, in one sentence."""

    leaks_new: int = 0
    shadow: str = ""


def last_week(now: datetime, zone: tzinfo) -> Period:
    """The last week that is over, Monday to Sunday of the company's calendar."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    first, last = (datetime.combine(day, time(), zone) for day in (monday - WEEK, monday))
    return Period(first, last)


def before(period: Period) -> Period:
    """The time of the same length before; whole days stay whole days when the clocks change."""
    assert period.since is not None
    assert period.until is not None
    # Wall clock time of one zone: a subtraction of aware times in one zone counts days of the calendar.
    return Period(period.since - (period.until - period.since), period.since)


def week_document(
    company: str,
    counted: tuple[Counted, Counted],
    now_open: NowOpen,
    minutes: Minutes,
    header: tuple[Standing, tzinfo, Period],
) -> Report:
    """The report. ``counted``: the period and the one before it."""
    standing, zone, period = header
    leaks_new = now_open.leaks_new
    now, then = (_values(one, minutes) for one in counted)
    figures = tuple(Figure(key, now[key], before=then[key]) for key in now)
    return Report(
        name="week",
        title="The week",
        company=company,
        standing=standing,
        zone=zone,
        period=period,
        sentences=_sentences(counted, now_open, "the week before" if _is_week(period) else "the time before"),
        figures=(*figures, Figure("leaks_new", leaks_new, "now")),
    )


def mail_facts(report: Report) -> dict[str, str]:
    """The fields of the weekly mail. Names nobody."""
    until = report.period.until
    assert until is not None
    first, last = report.period.days(report.zone, until) or ("", "")
    return {
        "period": f"{first} to {last}",
        "agreement": report.standing.sentence,
        "sentences": "\n".join(report.sentences),
        "figures": "\n".join(_line(figure) for figure in report.figures),
    }


def _line(figure: Figure) -> str:
    unit = figure.definition.unit
    compared = f" ({shown(figure.before, unit)})" if figure.note == "" else ""
    return f"{figure.definition.label}: {shown(figure.value, unit)}{compared}"


def _values(one: Counted, minutes: Minutes) -> dict[str, Value]:
    moments, clocks = one.funnel.moments, states(one.hand_offs)
    return {
        "came": one.came,
        "mql": moments["mql"],
        "handed_off": handed_off(one.hand_offs),
        "sal": moments["sal"],
        "sql_moments": moments["sql"],
        "recycled": sum(one.funnel.recycled.values()),
        "kept_share": kept_share(one.hand_offs),
        "broken": clocks[BROKEN],
        "speed_median": speed_to_lead(one.hand_offs, minutes).median,
        "deals": one.won.deals,
        "deals_revenue": round(one.won.cents / 100),
    }


def _is_week(period: Period) -> bool:
    assert period.since is not None
    assert period.until is not None
    return period.until - period.since == WEEK


def _sentences(counted: tuple[Counted, Counted], now_open: NowOpen, compared: str) -> tuple[str, ...]:
    now, then = counted
    given, before_that = handed_off(now.hand_offs), handed_off(then.hand_offs)
    said = [f"{given} handed off, after {before_that} {compared}; {now.won.deals} won."]
    clocks = states(now.hand_offs)
    if clocks[KEPT] + clocks[BROKEN]:
        said.append(f"{clocks[KEPT]} of {clocks[KEPT] + clocks[BROKEN]} decided follow-up promises were kept.")
    if now_open.leaks_new:
        said.append(
            f"{now_open.leaks_new} open leads have nobody who answers or no next step: see leadloop report leaks."
        )
    if now_open.shadow:
        said.append(f"{now_open.shadow[:1].upper()}{now_open.shadow[1:]}.")
    return tuple(said)
