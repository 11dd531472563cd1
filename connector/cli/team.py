"""The command that shows and seeds the roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.arguments import AsJson, Company
from connector.cli.opening import opened
from connector.cli.output import print_document, print_text

if TYPE_CHECKING:
    from connector.app.roster import Roster
    from connector.decide.roster import Colleague


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(team)


def team(
    context: typer.Context,
    company: Company,
    *,
    write: Annotated[bool, typer.Option("--write", help="Add who is missing to the company's team.toml.")] = False,
    as_json: AsJson = False,
) -> int:
    """Show who works here. Users of both CRMs, matched; who is not in the roster, inactive or there twice."""
    from connector.app.roster import read_roster
    from connector.cli.connectors import Connectors

    with opened(context) as app:
        roster = read_roster(app, company, tuple(Connectors()), write=write)
    if as_json:
        print_document(roster.as_json())
    else:
        print_text(_shown(roster, write=write))
    return 0


def _shown(roster: Roster, *, write: bool) -> str:
    width = max((len(each.name) for each in roster.colleagues), default=0)
    lines = [f"{roster.company}: {len(roster.colleagues)} colleagues with a user in a CRM"]
    lines += [f"  {each.name:<{width}}  {'; '.join(_standing(each))}" for each in roster.colleagues]
    lines += [f"  {name}: in team.toml, but without a user in any CRM" for name in roster.unmatched]
    if roster.added:
        lines.append(f"added to team.toml with weight 0, check their roles: {', '.join(roster.added)}")
    if roster.completed:
        lines.append(f"ids added in team.toml: {', '.join(roster.completed)}")
    if roster.fallback:
        lines.append(f"routing.toml: {roster.fallback} is the fallback now; name another one if that is wrong")
    if write and not (roster.added or roster.completed):
        lines.append("team.toml needs nothing that could be guessed")
    return "\n".join(lines)


def _standing(colleague: Colleague) -> list[str]:
    told = [f"in the roster as {colleague.member}" if colleague.member else "not in the roster"]
    told.append(", ".join(f"{system} {owner_id}" for system, owner_id in sorted(colleague.ids.items())))
    if colleague.work.leads or colleague.work.opportunities:
        told.append(f"{colleague.work.leads} open leads, {colleague.work.opportunities} open opportunities")
    told += [f"inactive in {system}" for system in colleague.inactive]
    told += [f"no user in {system}" for system in colleague.missing]
    told += [f"several active users in {system}" for system in colleague.duplicated]
    if not colleague.member and colleague.is_active:
        told.append(f"looks like {colleague.role}" if colleague.role else "role unknown")
    return told
