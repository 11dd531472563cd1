"""``report sources``: what each source brought, first and latest, with junk, revenue and cost where it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from connector.report.document import Chart, Figure, Period, Report, Table, Value
from connector.report.shares import share
from connector.report.sources import SourceLine
from connector.report.standing import Standing

BROUGHT = ("came", "junk_share", "qualified", "qualified_share", "handed_off_people", "sql", "won", "revenue")
COSTS = ("spent", "cost_per_person", "cost_per_qualified", "cost_per_customer", "return")
WORDS_SHOWN_MAX = 8
UNKNOWN = "unknown"


def sources_document(
    company: str,
    first: Sequence[SourceLine],
    latest: Sequence[SourceLine],
    words: Mapping[str, int],
    header: tuple[Standing, tzinfo, Period],
) -> Report:
    """The report. ``words``: source words outside the list, with their people."""
    standing, zone, period = header
    return Report(
        name="sources",
        title="Sources",
        company=company,
        standing=standing,
        zone=zone,
        period=period,
        sentences=tuple(sentence for sentence in (_said(first), _words(words)) if sentence),
        figures=_figures(first),
        tables=(
            Table("first", "By first source", "source", BROUGHT, [_brought(line) for line in first]),
            Table(
                "latest", "By latest source", "source", BROUGHT, [_brought(line) for line in latest], _unread(latest)
            ),
            _costs(first),
        ),
        charts=_charts(first),
    )


def _figures(lines: Sequence[SourceLine]) -> tuple[Figure, ...]:
    people, junk, won = (sum(getattr(line, name) for line in lines) for name in ("people", "junk", "won"))
    return (
        Figure("came", people),
        Figure("junk_share", share(junk, people), f"{junk} people"),
        Figure("qualified", sum(line.qualified for line in lines)),
        Figure("won", won),
        Figure("revenue", sum(line.revenue for line in lines)),
    )


def _said(lines: Sequence[SourceLine]) -> str:
    best = max(lines, key=lambda line: (line.won, line.revenue_cents), default=None)
    if best is None or not best.won:
        return "No source has made a customer in this period yet."
    won = sum(line.won for line in lines)
    return f"Most customers came from {best.group.replace('_', ' ')}: {best.won} of {won}."


def _words(words: Mapping[str, int]) -> str:
    if not words:
        return ""
    named = ", ".join(f"{word} ({people})" for word, people in list(words.items())[:WORDS_SHOWN_MAX])
    more = f" and {len(words) - WORDS_SHOWN_MAX} more" if len(words) > WORDS_SHOWN_MAX else ""
    return f"Counted as other, because sources.toml names no group for them: {named}{more}."


def _unread(latest: Sequence[SourceLine]) -> str:
    if {line.group for line in latest} != {UNKNOWN}:
        return ""
    return "No latest source is known: the field that fields.toml reads into source_latest is empty, or cannot be read."


def _brought(line: SourceLine) -> tuple[Value, ...]:
    return (
        line.group,
        line.people,
        share(line.junk, line.people),
        line.qualified,
        share(line.qualified, line.people),
        line.handed_off,
        line.sales_qualified,
        line.won,
        line.revenue,
    )


def _costs(lines: Sequence[SourceLine]) -> Table:
    rows = [_cost(line) for line in lines if line.spent is not None]
    note = "" if rows else 'Write what a month cost into sources.toml, as [costs."2026-05"], to see it here.'
    return Table("costs", "What a source cost (by first source)", "source", COSTS, rows, note)


def _cost(line: SourceLine) -> tuple[Value, ...]:
    return (
        line.group,
        line.spent,
        line.cost_per(line.people),
        line.cost_per(line.qualified),
        line.cost_per(line.won),
        round(line.revenue / line.spent, 2) if line.spent else None,
    )


def _charts(lines: Sequence[SourceLine]) -> tuple[Chart, ...]:
    if not lines:
        return ()
    labels = tuple(line.group.replace("_", " ") for line in lines)
    series = {"qualified": tuple(line.qualified for line in lines), "won": tuple(line.won for line in lines)}
    return (
        Chart(
            "People who came, by first source", "bar", labels, {"came": tuple(line.people for line in lines)}, "came"
        ),
        Chart("Qualified and won, by first source", "bar", labels, series, "qualified"),
    )
