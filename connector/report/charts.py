"""Charts as SVG to stand inside a page: no script, no font and no address to load, the same bytes for the same values.

Decides how a chart looks. Colours differ in lightness too, so that a grey print and a colour-blind reader can tell
them apart; the numbers stand in the tables beside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from connector.report.definitions import Unit, definition
from connector.report.document import Chart
from connector.report.drawing import Style, pygal
from connector.report.values import shown

INK = "#1f2933"
COLOURS = ("#0b5d8a", "#e2a33b", "#3f8f6b", "#b3402e", "#8a9aa8", "#5b3f8c")
VALUE_COLOURS = ("#ffffff", INK, "#ffffff", "#ffffff", INK, "#ffffff")
FONT = "system-ui, sans-serif"
KINDS: dict[str, Callable[..., Any]] = {
    "bar": pygal.HorizontalBar,
    "stacked": pygal.HorizontalStackedBar,
    "line": pygal.Line,
}
ROW_PIXELS = 34
LEGEND_PIXELS = 30
"""The library leaves too little room for a legend under many rows."""
MARKS_MAX = 10
WIDTH = 860
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)


def svg(chart: Chart, number: int) -> str:
    """The chart as one ``<svg>`` element; ``number`` makes its names unique in a page."""
    unit = definition(chart.column).unit
    drawn = KINDS[chart.kind](
        js=[],
        style=_style(),
        width=WIDTH,
        height=_height(chart),
        explicit_size=False,
        show_legend=len(chart.series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        legend_box_size=12,
        margin=8,
        margin_right=40,
        margin_bottom=LEGEND_PIXELS if len(chart.series) > 1 else 8,
        stroke_style={"width": 3},
        dots_size=4,
        truncate_label=-1,
        truncate_legend=-1,
        print_values=chart.kind != "line",
        print_zeroes=False,
        value_formatter=lambda value: shown(value, unit),
        disable_xml_declaration=True,
        no_data_text="nothing in this period",
    )
    if unit is Unit.COUNT:
        drawn.y_labels = _whole_marks(chart)
    drawn.uuid = f"chart-{number}"
    # A horizontal chart is drawn from below: what comes first shall stand on top.
    order = slice(None) if chart.kind == "line" else slice(None, None, -1)
    drawn.x_labels = list(chart.labels)[order]
    for name, values in chart.series.items():
        drawn.add(name, list(values)[order])
    # Even without scripts of its own the library writes its settings into one.
    return SCRIPT.sub("", COMMENT.sub("", drawn.render(is_unicode=True))).strip()


def _whole_marks(chart: Chart) -> list[int]:
    """Marks of the axis for things that are counted: there is no half a person."""
    columns = list(zip(*chart.series.values(), strict=True))
    summed = chart.kind == "stacked"
    tops = [sum(v or 0 for v in column) if summed else max((v or 0 for v in column), default=0) for column in columns]
    top = math.ceil(max(tops, default=0))
    step = next(size * 10**power for power in range(20) for size in (1, 2, 5) if top <= MARKS_MAX * size * 10**power)
    return list(range(0, top + step, step))


def _height(chart: Chart) -> int:
    if chart.kind == "line":
        return 320
    thickness = len(chart.series) * 0.6 + 0.4 if chart.kind == "bar" else 1.0
    legend = LEGEND_PIXELS if len(chart.series) > 1 else 0
    return int(110 + legend + ROW_PIXELS * thickness * max(1, len(chart.labels)))


def _style() -> Style:
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground=INK,
        foreground_strong=INK,
        foreground_subtle="#d4dae0",
        guide_stroke_color="#d4dae0",
        major_guide_stroke_color="#d4dae0",
        guide_stroke_dasharray="1,0",
        major_guide_stroke_dasharray="1,0",
        opacity="1",
        opacity_hover="1",
        transition="0s",
        colors=COLOURS,
        value_colors=VALUE_COLOURS,
        font_family=FONT,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        value_font_size=12,
        value_label_font_size=12,
        no_data_font_size=16,
    )
