"""The command that tells why a person goes to whom."""

from __future__ import annotations

import typer

from connector.cli.arguments import AsJson, Company, Person
from connector.cli.opening import opened
from connector.cli.output import print_document, print_text


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="route-test")(route_test)


def route_test(
    context: typer.Context,
    company: Company,
    person: Person,
    *,
    as_json: AsJson = False,
) -> int:
    """Tell who would get a person now, and why nobody else. Every rule in order; nothing is changed."""
    from connector.app.route_test import route_test as ask

    with opened(context) as app:
        found = ask(app, company, person)
    if as_json:
        print_document(found.as_json())
    else:
        print_text(found.as_text())
    return 0
