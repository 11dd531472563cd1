"""The funnel's figures laid out as a report: where people stand, the path, the work of both teams, the promises."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import tzinfo

from connector.report.definitions import Unit, definition
from connector.report.document import Chart, Figure, Period, Report, Table, Value
from connector.report.funnel import Funnel, PromiseTally
from connector.report.standing import Standing

MOMENT_WORDS = {"mql": "MQL", "sal": "SAL", "sql": "SQL", "handed_off": "handed off"}
TALLY_COLUMNS = ("kept", "broken", "running", "unknown", "waiting", "ended", "speed_median", "speed_p90")


def funnel_document(figures: Funnel, followed: tuple[Table, ...], header: tuple[Standing, tzinfo, Period]) -> Report:
    """The report. ``followed``: the tables of cohorts and of time in a stage."""
    standing, zone, period = header
    document = figures.as_json()
    return Report(
        name="funnel",
        title="Funnel",
        company=figures.company,
        standing=standing,
        zone=zone,
        period=period,
        figures=(Figure("people", figures.people, _aside(figures)),),
        tables=(*funnel_tables(figures), *followed),
        charts=_charts(figures),
        further={key: document[key] for key in document if key not in ("schema", "report", "company")},
        own_csv=figures.as_csv() + _as_lines(followed),
    )


def funnel_tables(figures: Funnel) -> tuple[Table, ...]:
    """Every count of the funnel as tables; those without a row are left out, but for stages, path and promises."""
    stages = [(stage, count, figures.share_at(count)) for stage, count in figures.stages.items()]
    path = [(step.name, step.reached, step.conversion) for step in figures.path]
    left_out = f"Left out: {figures.sales_origin} who began at sales." if figures.sales_origin else ""
    further = (
        _counts("set_aside", "Set aside", "rule", "people", figures.set_aside),
        _counts("moments", "Moments of the cycles", "moment", "moments", _words(figures.moments)),
        _counts("grades", "Open qualified leads by grade", "grade", "open_leads", figures.grades),
        _counts("dispositions", "Cycles by disposition", "disposition", "cycles", figures.dispositions),
        _counts("hand_offs", "Hand-offs by promise", "promise", "handed_off", figures.hand_offs),
        _counts("recycled", "Recycled by reason", "reason", "recycled", figures.recycled),
    )
    tallies = [_tally(tally) for tally in (*figures.promises, figures.follow_up)]
    return (
        Table("stages", "Where people stand now", "stage", ("people", "share"), stages, bars=True),
        Table("path", "The path", "step", ("reached", "conversion"), path, left_out, bars=True),
        *(table for table in further if table.rows),
        Table("promises", "Follow-up promises", "promise", TALLY_COLUMNS, tallies),
    )


def _as_lines(tables: tuple[Table, ...]) -> str:
    """Further lines in the funnel's own columns: part, name, value, share."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for table in tables:
        for name, *values in table.rows:
            for key, value in zip(table.columns, values, strict=True):
                number = "" if value is None else value
                shares = definition(key).unit is Unit.SHARE
                writer.writerow((table.key, f"{name}:{key}", *(("", number) if shares else (number, ""))))
    return text.getvalue()


def _counts(key: str, title: str, by: str, column: str, counts: Mapping[str, int]) -> Table:
    return Table(key, title, by, (column,), list(counts.items()))


def _words(moments: Mapping[str, int]) -> dict[str, int]:
    return {MOMENT_WORDS.get(name, name): count for name, count in moments.items()}


def _tally(tally: PromiseTally) -> tuple[Value, ...]:
    states = (tally.kept, tally.broken, tally.running, tally.unknown, tally.waiting, tally.ended)
    return (tally.promise, *states, tally.median_minutes, tally.p90_minutes)


def _aside(figures: Funnel) -> str:
    aside = sum(figures.set_aside.values())
    said = [
        f"{aside} of them set aside as junk" if aside else "",
        f"{figures.gone} more without a record" if figures.gone else "",
    ]
    return ", ".join(part for part in said if part)


def _charts(figures: Funnel) -> tuple[Chart, ...]:
    stages = tuple(stage.replace("_", " ") for stage in figures.stages)
    steps = tuple(step.name.replace("_", " ") for step in figures.path)
    return (
        Chart("Where people stand now", "bar", stages, {"people": tuple(figures.stages.values())}),
        Chart("The path", "bar", steps, {"reached": tuple(step.reached for step in figures.path)}),
    )
