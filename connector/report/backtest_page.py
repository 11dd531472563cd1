"""A backtest as one HTML page: plots as inline SVG, no script, nothing fetched from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from connector.errors import BadConfiguration
from connector.report.backtest import DEFINITIONS, Backtest, Side, field_sentence, grade_reliability
from connector.report.backtest_picture import between
from connector.report.drawing import Style, pygal
from connector.report.judging import NO_GRADE
from connector.report.shares import percent

NOT_DRAWN = re.compile(r"<script\b.*?</script>|<!--.*?-->", re.DOTALL)
"""The library's own script (its settings, for tooltips) and its comments with addresses."""
COLOURS = ("#4a6fa5", "#d1793f", "#7a7a7a")
STYLE_SHEET = """
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}
.verdict{background:#eef3fa;border-left:5px solid #4a6fa5;padding:.8rem 1rem;font-size:1.1rem}
table{border-collapse:collapse;margin:.5rem 0}th,td{border:1px solid #cfd6e0;padding:.25rem .7rem;text-align:right}
th{background:#f5f7fa}td:first-child,th:first-child{text-align:left}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(26rem,1fr));gap:1rem}figure{margin:0}
figcaption,.small{color:#556;font-size:.88rem}svg{width:100%;height:auto}
"""


def write_page(found: Backtest, path: Path) -> None:
    """Write the page; ``BadConfiguration`` where that is not possible."""
    try:
        path.write_text(page(found), encoding="utf-8")
    except OSError as error:
        raise BadConfiguration(f"cannot be written ({type(error).__name__})", where=f"--html {path}") from error


def page(found: Backtest) -> str:
    """The whole document."""
    sides = [each for each in (found.live, found.tried) if each is not None]
    parts = [
        f"<h1>Backtest of {escape(found.company)}</h1>",
        f'<p class="verdict">{escape(found.sentence)}</p>',
        f"<p>{escape(found.hand_overs)}</p>" if found.hand_overs is not None else "",
        f"<p>{escape(_period(found))}</p>",
        "<h2>Side by side</h2>",
        _summary(sides),
        '<div class="plots">',
        _figure(_lift_plot(sides), DEFINITIONS["lift"]),
        _figure(_reliability_plot(sides), "Chance configured for the grade against the share who bought, with 95 %"),
        _figure(_weeks_plot(sides), DEFINITIONS["hand_overs"]) if found.live.weekly else "",
        "</div>",
        _moves(found) if found.tried is not None else "",
        *(_grades(each) for each in sides),
        _history(found),
        _definitions(),
    ]
    head = f"<meta charset='utf-8'><title>Backtest of {escape(found.company)}</title><style>{STYLE_SHEET}</style>"
    body = "\n".join(parts)
    return f"<!DOCTYPE html>\n<html lang='en'><head>{head}</head>\n<body>\n{body}\n</body></html>\n"


def _period(found: Backtest) -> str:
    first, last = found.days
    days = f"judged weekly from {first} to {last}"
    if found.undated and found.undated == found.people:
        days = "judged at the end of an order without dates"
    counts = f"{found.people} people, {found.decided} decided, {found.won} won within {found.horizon_days} days"
    return f"{counts}; {found.history} history, {days}."


def _summary(sides: Sequence[Side]) -> str:
    rows: list[tuple[str, list[str]]] = [
        ("AUC", ["-" if each.auc is None else f"{each.auc:.3f}" for each in sides]),
        ("Handed over", [str(each.handed) for each in sides]),
        ("Precision", [percent(each.precision) + between(each.precision_interval) for each in sides]),
        ("Recall", [percent(each.recall) + between(each.recall_interval) for each in sides]),
        ("New hand-overs a week", ["-" if each.per_week is None else f"{each.per_week:.1f}" for each in sides]),
        ("Per rep and week", ["-" if each.per_rep is None else f"{each.per_rep:.1f}" for each in sides]),
        ("Brier", ["-" if each.brier is None else f"{each.brier:.4f}" for each in sides]),
    ]
    return _table(["", *(each.name for each in sides)], [[name, *cells] for name, cells in rows])


def _lift_plot(sides: Sequence[Side]) -> Any:
    chart = _chart(pygal.Bar, "Lift by decile", x_title="tenth of the ranking, best first", y_title="lift")
    chart.x_labels = [str(number) for number in range(1, 11)]
    for each in sides:
        chart.add(each.name, [round(part.lift or 0.0, 3) for part in each.lift])
    return chart


def _reliability_plot(sides: Sequence[Side]) -> Any:
    chart = _chart(pygal.XY, "Calibration", x_title="said, %", y_title="came true, %")
    highest = 1.0
    for each in sides:
        points = grade_reliability([grade for grade in each.grades if grade.grade != NO_GRADE])
        chart.add(each.name, [(round(100 * p.said, 2), round(100 * p.came_true, 2)) for p in points])
        whiskers: list[Any] = []
        for point in points:
            said, low, high = 100 * point.said, 100 * point.interval.low, 100 * point.interval.high
            whiskers += [(said, low), (said, high), None]
            highest = max(highest, said, high)
        chart.add(f"{each.name}, 95 %", whiskers, allow_interruptions=True, show_dots=False)
    chart.add("perfect", [(0, 0), (highest, highest)], show_dots=False, stroke_style={"dasharray": "4, 4"})
    return chart


def _weeks_plot(sides: Sequence[Side]) -> Any:
    chart = _chart(pygal.Line, "New hand-overs by week", x_title="week", y_title="people", include_x_axis=True)
    chart.x_labels = [str(number) for number in range(1, len(sides[0].weekly) + 1)]
    for each in sides:
        chart.add(each.name, list(each.weekly))
    return chart


def _chart(kind: Any, title: str, **options: Any) -> Any:
    # Without js=[] the chart links a script on another host; the style's font is the reader's own.
    style = Style(
        background="white",
        plot_background="white",
        colors=(COLOURS[0], COLOURS[1], COLOURS[0], COLOURS[1], COLOURS[2]) if kind is not pygal.XY else _XY_COLOURS,
        font_family="sans-serif",
    )
    return kind(
        title=title,
        js=[],
        style=style,
        height=360,
        width=560,
        legend_at_bottom=True,
        explicit_size=False,
        no_data_text="nothing decided yet",
        **options,
    )


_XY_COLOURS = (COLOURS[0], "#9db4d3", COLOURS[1], "#e6b592", COLOURS[2])


def _figure(chart: Any, caption: str) -> str:
    svg = NOT_DRAWN.sub("", chart.render(is_unicode=True, disable_xml_declaration=True))
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _moves(found: Backtest) -> str:
    columns = sorted({tried for _live, tried in found.moves}, key=lambda grade: (grade == NO_GRADE, grade))
    lives = sorted({live for live, _tried in found.moves}, key=lambda grade: (grade == NO_GRADE, grade))
    rows = [[live, *(str(found.moves.get((live, tried), 0)) for tried in columns)] for live in lives]
    return f"<h2>Grade moves</h2><p class='small'>Live down, tried across.</p>{_table(['', *columns], rows)}"


def _grades(side: Side) -> str:
    rows = [
        [
            grade.grade,
            str(grade.people),
            str(grade.won),
            "-" if grade.grade == NO_GRADE else percent(grade.said),
            percent(grade.won / grade.people) + between(grade.interval),
        ]
        for grade in side.grades
    ]
    return f"<h2>Grades, {escape(side.name)}</h2>" + _table(["grade", "people", "won", "said", "came true"], rows)


def _history(found: Backtest) -> str:
    lines = [*found.notes]
    if found.hidden:
        lines.append(f"Excluded, because too little of their past is known: {', '.join(found.hidden)}.")
    lines += [field_sentence(each) for each in found.fields]
    return "<h2>What the history holds</h2><ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _definitions() -> str:
    rows = (f"<li><b>{escape(name)}</b>: {escape(text)}</li>" for name, text in DEFINITIONS.items())
    return f"<h2>Definitions</h2><ul class='small'>{''.join(rows)}</ul>"


def _table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
