"""The commands that work on a company's past: import it and try playbooks on it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.arguments import AsJson, Company, moment
from connector.cli.opening import opened
from connector.cli.output import print_document, print_text, say

if TYPE_CHECKING:
    from connector.decide.win_model import WinModel
    from connector.history.load import Imported

BAD_ROWS_PRINTED = 20


class Kind(StrEnum):
    """What the rows of a file are."""

    LEAD = "lead"
    ACTIVITY = "activity"
    DEAL = "deal"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="import")(import_file)
    app.command()(backtest)
    models = typer.Typer(help="The chance of winning, learned from the company's own won and lost history.")
    models.command(name="train")(train_model)
    models.command(name="show")(show_model)
    app.add_typer(models, name="model")


def import_file(
    context: typer.Context,
    company: Company,
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8 with a header.", show_default=False)],
    *,
    kind: Annotated[Kind, typer.Option("--as", help="What its rows are.", show_default=False)],
    map_path: Annotated[Path, typer.Option("--map", help="Which column is what (TOML).", show_default=False)],
    as_json: AsJson = False,
) -> int:
    """Read history from a CSV file. To try playbooks before connecting; the rows are never written to a CRM."""
    from connector.app.backtest import import_history
    from connector.cli.connectors import Connectors

    with opened(context) as app:
        found = import_history(app, company, file, kind=kind.value, map_path=map_path, systems=tuple(Connectors()))
    if as_json:
        print_document(found.as_json())
    else:
        print_text(_shown(found))
    return found.exit_code


def backtest(
    context: typer.Context,
    company: Company,
    *,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", help="A folder like mappings/<company> to try.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The last day to judge people on.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="The first day; weekly from then on.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write a report with plots to this file.")] = None,
    as_json: AsJson = False,
) -> int:
    """Try a playbook on the past. Judges everybody as they were known then; changes and pushes nothing."""
    from connector.app.backtest import Asked
    from connector.app.backtest import backtest as tried_on_the_past
    from connector.cli.connectors import Connectors

    with opened(context) as app:
        zone = app.settings.company(company).zone
        asked = Asked(playbook, moment(as_of, zone, "--as-of"), moment(since, zone, "--since"))
        found = tried_on_the_past(app, company, asked, tuple(Connectors()))
    if html is not None:
        from connector.report.backtest_page import write_page

        write_page(found, html)
        say(f"report written to {html}")
    if as_json:
        print_document(found.as_json())
        return 0
    from connector.report.backtest_picture import shown

    print_text(shown(found))
    return 0


def train_model(
    context: typer.Context,
    company: Company,
    *,
    since: Annotated[str | None, typer.Option("--since", help="Leave out who was decided before.")] = None,
    as_json: AsJson = False,
) -> int:
    """Train the model of winning. On what was known when each lead was decided; needs leadloop[model]."""
    from connector.app.win_model import train_company
    from connector.cli.connectors import Connectors

    with opened(context) as app:
        first = moment(since, app.settings.company(company).zone, "--since")
        found = train_company(app, company, first, tuple(Connectors()))
    return _print_model(company, found, as_json=as_json)


def show_model(context: typer.Context, company: Company, *, as_json: AsJson = False) -> int:
    """Show the trained model of winning. What it reads, its weights, and how it did on people it had not seen."""
    from connector.app.win_model import model_of

    with opened(context) as app:
        found = model_of(app, company)
    return _print_model(company, found, as_json=as_json)


def _print_model(company: str, found: WinModel, *, as_json: bool) -> int:
    from connector.report.model_picture import as_document, shown

    if as_json:
        print_document(as_document(company, found))
    else:
        print_text(shown(company, found))
    return 0


def _shown(found: Imported) -> str:
    counts = f"{found.new} new, {found.changed} corrected, {found.same} as before"
    lines = [f"{found.company}: {found.rows} rows of {found.file} read as {found.kind}: {counts}"]
    if found.repeated:
        lines.append(f"  {found.repeated} were the same activity once more")
    lines += [f"  {note}" for note in found.notes]
    if found.unread:
        lines.append(f"  columns not read: {', '.join(found.unread)}")
    if found.bad_rows:
        lines.append(f"{found.bad_rows} rows were skipped:")
        lines += [f"  line {each.line}: {each.column}: {each.reason}" for each in found.bad[:BAD_ROWS_PRINTED]]
        more = found.bad_rows - min(len(found.bad), BAD_ROWS_PRINTED)
        lines += [f"  and {more} more (--json lists up to a thousand)"] if more > 0 else []
    return "\n".join(lines)
