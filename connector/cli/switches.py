"""The commands that switch a company, or let a person go: go-live, pause, resume, release."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.cli.arguments import AsJson, Company, Since, moment
from connector.cli.opening import opened
from connector.cli.output import print_document, print_drawing, print_text
from connector.errors import WaitingForApproval


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("go-live")(go_live)
    app.command()(pause)
    app.command()(resume)
    app.command()(release)


def go_live(
    context: typer.Context,
    company: Company,
    *,
    accept: Annotated[bool, typer.Option("--accept", help="Go live although the figures raise a question.")] = False,
    since: Since = None,
    as_json: AsJson = False,
) -> int:
    """Start hand-offs to sales. Shows first how many a week the last weeks would have made."""
    with opened(context) as app:
        zone = app.settings.company(company).zone
        start = moment(since, zone, "--since")
        figures = app.calibration(company)
        question = None if accept else figures.question
        live_since = None if question else app.go_live(company, start)
    if as_json and not question:
        print_document({"company": company, **figures.as_json(), "live_since": live_since})
    elif not as_json:
        from connector.cli.shadow_picture import draw_calibration

        print_drawing(lambda console: draw_calibration(company, figures, console))
    if question:
        finding = question.rpartition(":")[0] or question
        remedy = f"run leadloop go-live {company} --accept to go live all the same"
        raise WaitingForApproval(finding, where=company, remedy=remedy)
    if live_since is not None and not as_json:
        print_text(f"{company}: live since {live_since.astimezone(zone):%Y-%m-%d %H:%M %Z}")
    return 0


def pause(context: typer.Context, company: Company, *, as_json: AsJson = False) -> int:
    """Stop writing to the CRMs. Reading and deciding go on."""
    return _switch(context, company, paused=True, as_json=as_json)


def resume(context: typer.Context, company: Company, *, as_json: AsJson = False) -> int:
    """Go on writing after a pause."""
    return _switch(context, company, paused=False, as_json=as_json)


def release(
    context: typer.Context,
    company: Company,
    person: Annotated[str, typer.Argument(help="An e-mail, a record id or a person key.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> int:
    """Let go of somebody held as a suspected bot. The next sync decides about them."""
    with opened(context) as app:
        released = app.release(company, person)
    if as_json:
        print_document({"company": company, "released": released})
    else:
        print_text(
            f"{company}: " + ("released; the next sync decides about them" if released else "this person was not held")
        )
    return 0


def _switch(context: typer.Context, company: str, *, paused: bool, as_json: bool) -> int:
    with opened(context) as app:
        app.pause(company, paused=paused)
    if as_json:
        print_document({"company": company, "paused": paused})
    else:
        print_text(f"{company}: " + ("paused: nothing is written until resume" if paused else "writing goes on"))
    return 0
