"""The commands that only look: explain and report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.arguments import AsJson, Company, Person, Since, Until, moment
from connector.cli.opening import opened
from connector.cli.output import print_document, print_drawing, print_text, say
from connector.errors import BadConfiguration

if TYPE_CHECKING:
    from connector.report.document import Report


class ReportName(StrEnum):
    """The reports there are."""

    FUNNEL = "funnel"
    HANDOFF = "handoff"
    SOURCES = "sources"
    REPS = "reps"
    RECYCLE = "recycle"
    COVERAGE = "coverage"
    LEAKS = "leaks"
    WEEK = "week"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(explain)
    app.command()(report)


def explain(
    context: typer.Context,
    company: Company,
    person: Person,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every field that was or is to be written, with its values.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Tell the whole story of one person. Also what is missing for the next stage and grade."""
    from connector.app.imported import explain_anybody

    with opened(context) as app:
        found = explain_anybody(app, company, person)
        zone, words = app.settings.company(company).zone, app.loaded(company).playbook.reason_labels
    if as_json:
        print_document(found.as_json())
        return 0
    from connector.report.story_picture import Manner, draw_story

    manner = Manner(zone, everything=everything, words=words)
    print_drawing(lambda console: draw_story(found, console, manner))
    return 0


def report(
    context: typer.Context,
    company: Company,
    name: Annotated[ReportName, typer.Argument(help="Which report.", show_default=False)],
    *,
    since: Since = None,
    until: Until = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet on stdout.")] = False,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with charts to this file.")] = None,
) -> int:
    """Print the figures both teams share. Each with its definition; --html writes a page to send or print."""
    if sum((as_csv, as_json, html is not None)) > 1:
        raise BadConfiguration("--csv, --json and --html exclude each other", remedy="choose one")
    from connector.app.reports import report as make
    from connector.report.document import Period

    with opened(context) as app:
        zone = app.settings.company(company).zone
        period = Period(moment(since, zone, "--since"), moment(until, zone, "--until"))
        made = make(app, company, name.value, period)
    _show(made, as_csv=as_csv, as_json=as_json, html=html)
    return 0


def _show(made: Report, *, as_csv: bool, as_json: bool, html: Path | None) -> None:
    from connector.report import forms

    if as_json:
        print_document(forms.as_json(made))
    elif as_csv:
        print_text(forms.as_csv(made))
    elif html is not None:
        _write_page(made, html)
    else:
        from connector.report.terminal import draw_report

        print_drawing(lambda console: draw_report(made, console))


def _write_page(made: Report, file: Path) -> None:
    from connector.report.page import html_page

    try:
        file.write_text(html_page(made), encoding="utf-8")
    except OSError as error:
        raise BadConfiguration(
            f"the page cannot be written ({type(error).__name__})", where=str(file), remedy="name a file in a folder"
        ) from error
    say(f"wrote {file}")
