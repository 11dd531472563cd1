"""The commands for what the loop could not do alone: conflicts that wait for a person, refused records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.arguments import AsJson, Company
from connector.cli.opening import opened
from connector.cli.output import print_document, print_drawing, print_text, say
from connector.errors import BadConfiguration

if TYPE_CHECKING:
    from connector.app.conflicts import Chosen, Taken
    from connector.report.error_list import ErrorList

LEFT_OVER = 1
NOBODY = "person"
"""Who decides where the login has no name."""

OfPerson = Annotated[
    str | None, typer.Argument(help="Only of this person: an e-mail, a record id or a key.", show_default=False)
]
By = Annotated[str | None, typer.Option("--by", help="Who decides; kept with the decision. Default: the login name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(conflicts)
    app.command()(errors)


def conflicts(
    context: typer.Context,
    company: Company,
    person: OfPerson = None,
    *,
    ids: Annotated[list[int] | None, typer.Option("--id", help="Only this one; may be given again.")] = None,
    field: Annotated[str | None, typer.Option("--field", help="Only about this field of fields.toml.")] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="Only of this cause.")] = None,
    settled: Annotated[bool, typer.Option("--settled", help="Also those that are over.")] = False,
    take: Annotated[
        str | None, typer.Option("--take", help="A CRM or a record id: its value counts.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With --take: in every open conflict.")] = False,
    apart: Annotated[
        bool, typer.Option("--apart", help="Of this person it is clear who they are: nobody else.")
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> int:
    """Show what waits for a person, by cause. --take decides; the next plan writes the value to the other side."""
    from connector.app import conflicts as decisions

    chosen = decisions.Chosen(person, tuple(ids or ()), field, _known_cause(cause), settled)
    if apart:
        return _keep_apart(context, company, chosen, by or login_name(), as_json=as_json)
    if take is not None:
        _require_choice(chosen, everything=everything)
        with opened(context) as app:
            done = decisions.take(app, company, chosen, take, by or login_name())
        return _tell_taken(done, as_json=as_json)
    with opened(context) as app:
        found = decisions.conflicts(app, company, chosen)
        zone = app.settings.company(company).zone
    if as_json:
        print_document(found.as_json())
        return 0
    from connector.cli.leftovers_picture import draw_conflicts

    print_drawing(lambda console: draw_conflicts(found, console, zone))
    return 0


def _keep_apart(context: typer.Context, company: str, chosen: Chosen, by: str, *, as_json: bool) -> int:
    from connector.app import conflicts as decisions

    if chosen != decisions.Chosen(person=chosen.person) or chosen.person is None:
        raise BadConfiguration("takes one person and nothing else", where="--apart", remedy="name the person")
    with opened(context) as app:
        settled = decisions.keep_apart(app, company, chosen.person, by)
    if as_json:
        print_document({"company": company, "apart": settled})
    else:
        told = "is one of their own; the next sync decides about them" if settled else "it was clear who this is"
        print_text(f"{company}: {told}")
    return 0


def errors(
    context: typer.Context,
    company: Company,
    person: OfPerson = None,
    *,
    cause: Annotated[str | None, typer.Option("--cause", help="Only with this code.")] = None,
    field: Annotated[str | None, typer.Option("--field", help="Only of this field of a CRM.")] = None,
    object_name: Annotated[str | None, typer.Option("--object", help="Only of this object.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try these once more with the next plan.")] = False,
    ignore: Annotated[bool, typer.Option("--ignore", help="Let these be until the value changes.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> int:
    """Show what was refused or could not be read, by cause with the remedy. Names records, never a value."""
    if retry and ignore:
        raise BadConfiguration("--retry and --ignore exclude each other", remedy="choose one")
    from connector.app import rejects
    from connector.cli.connectors import Connectors
    from connector.cli.leftovers_picture import draw_errors

    chosen, remedies = rejects.Chosen(person, cause, field, object_name), Connectors().remedies()
    with opened(context) as app:
        zone = app.settings.company(company).zone
        if retry:
            found = rejects.retry(app, company, chosen, remedies)
        elif ignore:
            found = rejects.ignore(app, company, chosen, by or login_name(), remedies)
        else:
            found = rejects.errors(app, company, chosen, remedies)
    if retry or ignore:
        _tell_decided(found, "retry" if retry else "ignore", as_json=as_json)
    elif as_json:
        print_document(found.as_json())
    else:
        print_drawing(lambda console: draw_errors(found, console, zone))
    return 0


def _tell_decided(found: ErrorList, action: str, *, as_json: bool) -> None:
    count = found.count("open", "retry", "ignored")
    if as_json:
        names = ("system", "object", "record_id", "field", "code")
        refs = [{name: each[name] for name in names} for each in found.as_json()["errors"]]
        print_document({"company": found.company, "action": action, "count": count, "errors": refs})
        return
    then = {"retry": "the next plan tries them once more", "ignore": "let be until the value changes"}[action]
    print_text(f"{found.company}: {count} errors" + (f"; {then}" if count else ""))


def login_name() -> str:
    """Who sits at the terminal, as the system calls them."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return NOBODY


def _known_cause(cause: str | None) -> str | None:
    from connector.report.conflict_list import CAUSES
    from connector.rules.toml import nearest

    if cause is not None and cause not in CAUSES:
        remedy = nearest(cause, CAUSES) or f"choose one of {', '.join(CAUSES)}"
        raise BadConfiguration("is not a cause of conflicts", where=f"--cause {cause}", remedy=remedy)
    return cause


def _require_choice(chosen: Chosen, *, everything: bool) -> None:
    if not (everything or chosen.person or chosen.ids or chosen.field):
        raise BadConfiguration(
            "it is not said which conflicts",
            where="--take",
            remedy="add --id, a person, --field, or --all for every one",
        )


def _tell_taken(done: Taken, *, as_json: bool) -> int:
    for _, sentence in done.refused:
        say(sentence)
    if as_json:
        refused = [{"id": number, "sentence": sentence} for number, sentence in done.refused]
        told = {"taken": list(done.taken), "already": list(done.already), "refused": refused}
        print_document({"company": done.company, "side": done.side, **told})
    else:
        already = f", {len(done.already)} were decided so before" if done.already else ""
        then = f"; leadloop plan {done.company} shows what will be written" if done.taken else ""
        print_text(f"{done.company}: took {done.side} in {len(done.taken)} conflicts{already}{then}")
    return LEFT_OVER if done.refused else 0
