"""A report as one HTML file: no script, nothing loaded from elsewhere, readable on paper.

Every text is escaped; the charts are SVG inside the page. Decides how the page looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from string import Template

from connector.report.charts import svg
from connector.report.definitions import Definition, Unit, definition
from connector.report.document import Figure, Report, Table, Value
from connector.report.values import shown

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; background: #fff; max-width: 56rem; margin: 0 auto;
  padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.under { color: #52606d; margin: .2rem 0 0; } .warn { color: #8a4b08; font-weight: 600; }
.says { border-left: 4px solid #0b5d8a; padding: .3rem .8rem; margin: 1rem 0; background: #f3f7fa; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .7rem;
  margin: 1.2rem 0; padding: 0; list-style: none; }
.figures li { border: 1px solid #d4dae0; border-radius: 6px; padding: .6rem .8rem; break-inside: avoid; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures small { display: block; color: #52606d; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; vertical-align: top; border-bottom: 1px solid #e4e9ee; }
th { font-weight: 600; color: #52606d; font-size: .85rem; vertical-align: bottom; }
th:first-child, td:first-child, .text { text-align: left; } thead { break-inside: avoid; } tr { break-inside: avoid; }
.note, dd { color: #52606d; font-size: .9rem; } figure { margin: 1rem 0; break-inside: avoid; }
figcaption { font-weight: 600; } figure svg { width: 100%; height: auto; display: block; }
dl { margin: 0; } dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; }
footer { margin-top: 2rem; color: #52606d; font-size: .85rem; border-top: 1px solid #d4dae0; padding-top: .6rem; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } .wide { overflow: visible; }
  h2 { break-after: avoid; } }
</style>
</head>
<body>
<header>
<h1>$title</h1>
<p class="under">$period</p>
<p class="$standing_class">$standing</p>
</header>
<main>
$body
</main>
<footer>Leadloop, playbook $digest</footer>
</body>
</html>
""")


def html_page(report: Report) -> str:
    """The whole file."""
    parts = [_sentences(report), _figures(report.figures)]
    parts += [_figure(svg(chart, number), chart.title) for number, chart in enumerate(report.charts, 1)]
    parts += [_table(table) for table in report.tables]
    parts.append(_definitions(report.definitions()))
    return PAGE.substitute(
        title=escape(f"{report.title} of {report.company}"),
        period=escape(report.period.text(report.zone)),
        standing=escape(report.standing.sentence),
        standing_class="under" if report.standing.is_sound else "under warn",
        digest=escape(report.standing.short_digest),
        body="\n".join(part for part in parts if part),
    )


def _sentences(report: Report) -> str:
    return "\n".join(f'<p class="says">{escape(sentence)}</p>' for sentence in report.sentences)


def _figures(figures: Iterable[Figure]) -> str:
    items = "\n".join(_tile(figure) for figure in figures)
    return f'<ul class="figures">\n{items}\n</ul>' if items else ""


def _tile(figure: Figure) -> str:
    one = figure.definition
    lines = [f"<b>{escape(shown(figure.value, one.unit))}</b>{escape(one.label)}"]
    if figure.before is not None:
        lines.append(f"<small>before: {escape(shown(figure.before, one.unit))}</small>")
    if figure.note:
        lines.append(f"<small>{escape(figure.note)}</small>")
    return f'<li title="{escape(one.sentence)}">{"".join(lines)}</li>'


def _figure(drawing: str, title: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawing}</figure>"


def _table(table: Table) -> str:
    heading = f"<h2>{escape(table.title)}</h2>"
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    if not table.rows:
        return f'{heading}\n<p class="note">none</p>{note}'
    columns = [definition(key) for key in table.columns]
    cells = "".join(_heading(one) for one in columns)
    head = f'<thead><tr><th scope="col">{escape(table.by)}</th>{cells}</tr></thead>'
    rows = "\n".join(_row(table, row, columns) for row in table.rows)
    return f'{heading}\n<div class="wide"><table>{head}\n<tbody>\n{rows}\n</tbody></table></div>{note}'


def _heading(one: Definition) -> str:
    return f'<th scope="col"{_side(one)} title="{escape(one.sentence)}">{escape(one.label)}</th>'


def _side(one: Definition) -> str:
    """Words begin at the left, numbers end at the right, and their heading with them."""
    return ' class="text"' if one.unit is Unit.TEXT else ""


def _row(table: Table, row: tuple[Value, ...], columns: list[Definition]) -> str:
    name = "(none)" if row[0] is None else str(row[0]).replace("_", " ")
    cells = [f"<td>{escape(name)}</td>"]
    for value, one in zip(row[1:], columns, strict=True):
        cells.append(f"<td{_side(one)}>{escape(shown(table.worded(value), one.unit))}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _definitions(found: Iterable[Definition]) -> str:
    lines = "\n".join(f"<dt>{escape(one.label)}</dt><dd>{escape(one.sentence)}</dd>" for one in found)
    return f"<h2>What the figures mean</h2>\n<dl>\n{lines}\n</dl>" if lines else ""
