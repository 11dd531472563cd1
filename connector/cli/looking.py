"""The commands that only look: explain and report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from connector.cli.arguments import AsJson, Company, Since, moment
from connector.cli.opening import opened
from connector.cli.output import print_document, print_drawing, print_text
from connector.errors import BadConfiguration


class ReportName(StrEnum):
    """The reports there are."""

    FUNNEL = "funnel"
    LEAKS = "leaks"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(explain)
    app.command()(report)


def explain(
    context: typer.Context,
    company: Company,
    person: Annotated[str, typer.Argument(help="An e-mail, a record id or a person key.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> int:
    """Tell the whole story of one person. Also what is missing for the next stage and grade."""
    with opened(context) as app:
        found = app.explain(company, person)
        zone = app.settings.company(company).zone
    if as_json:
        print_document(found.as_json())
        return 0
    from connector.report.story_picture import draw_story

    print_drawing(lambda console: draw_story(found, console, zone=zone))
    return 0


def report(
    context: typer.Context,
    company: Company,
    name: Annotated[ReportName, typer.Argument(help="Which report.", show_default=False)],
    *,
    since: Since = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet on stdout.")] = False,
    as_json: AsJson = False,
) -> int:
    """Print the funnel or the leaks. Where people stand and how many went on, or who was lost on the way."""
    if as_csv and as_json:
        raise BadConfiguration("--csv and --json exclude each other", remedy="choose one")
    if name is ReportName.LEAKS:
        return _leaks(context, company, since, as_csv=as_csv, as_json=as_json)
    with opened(context) as app:
        figures = app.funnel(company, moment(since, app.settings.company(company).zone, "--since"))
    if as_json:
        print_document(figures.as_json())
    elif as_csv:
        print_text(figures.as_csv())
    else:
        from connector.report.picture import draw_funnel

        print_drawing(lambda console: draw_funnel(figures, console))
    return 0


def _leaks(context: typer.Context, company: str, since: str | None, *, as_csv: bool, as_json: bool) -> int:
    if since is not None:
        raise BadConfiguration("the leaks are those of now", where="--since", remedy="leave it out")
    with opened(context) as app:
        found = app.leaks(company)
    if as_json:
        print_document(found.as_json())
    elif as_csv:
        print_text(found.as_csv())
    else:
        from connector.report.picture import draw_leaks

        print_drawing(lambda console: draw_leaks(found, console))
    return 0
