"""The commands around the agreed definitions: playbook show, check, capacity, agree. None asks a CRM."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.arguments import AsJson, Company
from connector.cli.opening import Invocation, invocation, opened
from connector.cli.output import print_document, print_drawing, print_text, say
from connector.errors import BadConfiguration

if TYPE_CHECKING:
    from connector.config import CompanySettings
    from connector.playbook import Loaded
    from connector.playbook.checks import Finding

WRONG = 2
MaybeCompany = Annotated[
    str | None, typer.Argument(help="A company of the configuration; left out: the default playbook.")
]


def register(app: typer.Typer) -> None:
    """Add the group ``playbook``."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for command in (show, check, capacity, agree):
        group.command()(command)
    app.add_typer(group, name="playbook", help="The agreed definitions: read them, check them, agree on them.")


def show(
    context: typer.Context,
    company: MaybeCompany = None,
    *,
    section: Annotated[list[str] | None, typer.Option("--section", help="Only this section; may be repeated.")] = None,
    as_json: AsJson = False,
) -> int:
    """Print the agreed definitions in plain English. Stages, points, grades, promises, reasons: what decides."""
    from connector.playbook.agreement import agreed_digest
    from connector.playbook.shown import SECTIONS, sections
    from connector.rules.toml import nearest

    for name in section or ():
        if name not in SECTIONS:
            raise BadConfiguration(f'no section "{name}"', where="--section", remedy=nearest(name, SECTIONS))
    called = invocation(context)
    playbook = _loaded(called, company).playbook
    found = sections(playbook, _today(called, company), tuple(section or ()))
    if as_json:
        parts = [each.as_json() for each in found]
        print_document({"company": company, "digest": agreed_digest(playbook.body), "sections": parts})
        return 0
    from connector.cli.playbook_picture import draw_sections

    title = f"The playbook of {company}" if company else "The default playbook"
    print_drawing(lambda console: draw_sections(title, found, console))
    return 0


def check(context: typer.Context, company: MaybeCompany = None, *, as_json: AsJson = False) -> int:
    """Find what contradicts itself. Exit code 2 when something cannot work as written, else 0."""
    from connector.playbook.checks import finding_of

    called = invocation(context)
    try:
        found = _checked(called, company)
    except BadConfiguration as problem:
        if not as_json:
            raise
        say(problem.sentence())
        print_document({"findings": [finding_of(problem).as_json()]})
        return WRONG
    if as_json:
        print_document({"findings": [each.as_json() for each in found]})
    else:
        from connector.cli.playbook_picture import draw_findings

        print_drawing(lambda console: draw_findings(company or "the default playbook", found, console))
    return WRONG if any(each.severity == "error" for each in found) else 0


def capacity(context: typer.Context, company: Company, *, as_json: AsJson = False) -> int:
    """Compare hand-offs with what sales can take. A week, at each cut, over the last thirteen weeks."""
    from connector.app.trials import capacity as weigh
    from connector.cli.connectors import Connectors

    with opened(context) as app:
        figures = weigh(app, company, tuple(Connectors()))
    if as_json:
        print_document({"company": company, **figures.as_json()})
        return 0
    from connector.cli.shadow_picture import draw_calibration

    print_drawing(lambda console: draw_calibration(company, figures, console))
    return 0


def agree(
    context: typer.Context,
    company: Company,
    *,
    marketing: Annotated[str, typer.Option("--marketing", help="Who agrees for marketing.")],
    sales: Annotated[str, typer.Option("--sales", help="Who agrees for sales.")],
    review_days: Annotated[int, typer.Option("--review-days", min=1, help="To be looked at again after so long.")] = 90,
    notes: Annotated[str | None, typer.Option("--notes", help="What was said.")] = None,
    as_json: AsJson = False,
) -> int:
    """Sign the definitions as they are now. Writes [agreement] of the company's stages.toml."""
    from connector.cli.connectors import Connectors
    from connector.playbook.signing import Signature, sign

    called = invocation(context)
    folder = _company(called, company).mappings
    if folder is None:
        raise BadConfiguration(
            "no folder for its playbook", where=f"config.toml: [companies.{company}]", remedy='write mappings = "..."'
        )
    today = _today(called, company)
    digest = sign(folder, Signature(marketing, sales, today, review_days, notes), systems=tuple(Connectors()))
    if as_json:
        print_document({"company": company, "agreed_on": today, "digest": digest})
    else:
        print_text(f"{company}: agreed on {today} by {marketing} and {sales}; these definitions are {digest}")
    return 0


def _checked(called: Invocation, company: str | None) -> list[Finding]:
    from connector.playbook.checks.check import Surroundings, negated_fields
    from connector.playbook.checks.check import check as find

    loaded = _loaded(called, company)
    if company is None:
        return find(loaded, Surroundings(_today(called, None)))
    from connector.store.fill import fill_of

    facts = negated_fields(loaded.playbook.definitions.stages)
    fill = fill_of(called.settings().store_url, company, facts)
    return find(loaded, Surroundings(_today(called, company), company=True, fill=fill))


def _loaded(called: Invocation, company: str | None) -> Loaded:
    from connector.cli.connectors import Connectors
    from connector.playbook import load

    folder = None if company is None else _company(called, company).mappings
    return load(folder, systems=tuple(Connectors()))


def _company(called: Invocation, name: str) -> CompanySettings:
    return called.settings().company(name)


def _today(called: Invocation, company: str | None) -> date:
    from datetime import UTC

    from connector.clock import SystemClock

    zone = UTC if company is None else _company(called, company).zone
    return SystemClock().now().astimezone(zone).date()
