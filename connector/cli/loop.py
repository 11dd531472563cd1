"""The commands of the loop: sync, backfill, plan, push, evaluate."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.arguments import AsJson, Company, Since, Until, moment
from connector.cli.failures import failure_of
from connector.cli.opening import opened
from connector.cli.output import print_document, print_drawing, print_text, say
from connector.errors import BadConfiguration, LeadloopError

if TYPE_CHECKING:
    from connector.app import App
    from connector.summary import Summary


def register(app: typer.Typer) -> None:
    """Add the commands in the order in which a newcomer meets them."""
    app.command()(backfill)
    app.command()(sync)
    app.command()(plan)
    app.command()(push)
    app.command()(evaluate)


def sync(
    context: typer.Context,
    company: Annotated[
        str | None, typer.Argument(help="A company; all of the configuration when left out.", show_default=False)
    ] = None,
    *,
    as_json: AsJson = False,
) -> int:
    """Run one whole cycle. Reads, decides, writes what level and approval allow, and reads back."""
    with opened(context) as app:
        if company is None:
            return _sync_all(app, as_json=as_json)
        return _show(app.sync(company), as_json=as_json)


def _sync_all(app: App, *, as_json: bool) -> int:
    if not app.settings.companies:
        raise BadConfiguration("there is no company", where=app.settings.file.name, remedy="add [companies.<name>]")
    ended = [_sync_one(app, name, quiet=as_json) for name in sorted(app.settings.companies)]
    if as_json:
        print_document({"runs": [document for document, _ in ended]})
    return max(code for _, code in ended)


def _sync_one(app: App, name: str, *, quiet: bool) -> tuple[dict[str, Any], int]:
    """One company of many: its failure is told and the next one goes on."""
    try:
        summary = app.sync(name)
    except Exception as error:
        failure = failure_of(error)
        say(failure.sentence if isinstance(error, LeadloopError) else f"{name}: {failure.sentence}")
        return {"schema": 1, "company": name, "status": "stopped", "error": failure.as_json()}, failure.code
    if not quiet:
        print_text(_summary_text(summary))
    _tell_problem(summary)
    return summary.as_json(), _code(summary)


def backfill(
    context: typer.Context,
    company: Company,
    *,
    system: Annotated[str | None, typer.Option("--system", help="Only this system.")] = None,
    object_name: Annotated[str | None, typer.Option("--object", help="Only this object.")] = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> int:
    """Load everything, resumably. Writes to no CRM."""
    from connector.cli.backfill_cost import expected_calls

    with opened(context) as app:
        settings = app.settings.company(company)
        started, ended = moment(since, settings.zone, "--since"), moment(until, settings.zone, "--until")
        app.prepare()
        wanted = app.loadable(company, system, object_name)
        before = app.read_until(company, wanted)
        say(expected_calls(app, company, system=system, object_name=object_name))
        pulled = app.backfill(company, system=system, object_name=object_name, since=started, until=ended)
    if as_json:
        print_document({"company": company, "pulled": pulled})
    else:
        print_text(f"{company}: {_loaded(pulled, before, settings.zone)}")
    return 0


def _loaded(pulled: Any, before: datetime | None, zone: tzinfo) -> str:
    """What a load brought; where it brought nothing, since when nothing has changed."""
    some = _only_some(pulled)
    if some or before is None:
        return f"loaded {_counts_by_system(some)}"
    return f"nothing new since {before.astimezone(zone):%Y-%m-%d %H:%M}: everything up to then was loaded before"


def plan(
    context: typer.Context,
    company: Company,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Show every record, not only the first fifty.")] = False,
    as_json: AsJson = False,
) -> int:
    """Show every change with its reason. Always what level full would write; nothing is pushed."""
    with opened(context) as app:
        view = app.plan(company)
        unread = not app.was_read(company)
    if unread:
        say(f"{company}: nothing was read yet; run leadloop backfill {company} first.")
    if as_json:
        print_document(view.as_json())
    else:
        from connector.cli.plan_picture import draw_plan

        print_drawing(lambda console: draw_plan(view, console, everything=everything))
    return 0


def push(
    context: typer.Context,
    company: Company,
    *,
    plan_id: Annotated[int | None, typer.Option("--plan", help="Only when this is the open plan.")] = None,
    over_guard: Annotated[
        bool, typer.Option("--over-guard", help="Push although a guard found the plan too large or too strange.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Apply exactly the open plan. Run by a person, this is the approval."""
    with opened(context) as app:
        return _show(app.push(company, plan_id, over_guard=over_guard), as_json=as_json)


def evaluate(
    context: typer.Context,
    company: Company,
    *,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", help="Only compare: what the playbook in this folder would change.")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Only compare: with the second playbook of the configuration.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Decide everybody again. By the current rules; pushes nothing. Or compare with a second playbook."""
    if playbook is not None or shadow:
        return _compare(context, company, playbook, as_json=as_json)
    with opened(context) as app:
        decided = app.evaluate(company).decided
    figures = {
        "changed": len(decided.changed),
        "stage_moves": decided.stage_moves,
        "handed_off": decided.handed_off,
        "recycled": decided.recycled,
    }
    if as_json:
        print_document({"company": company, **figures})
    else:
        print_text(f"{company}: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in figures.items()))
    return 0


def _compare(context: typer.Context, company: str, playbook: Path | None, *, as_json: bool) -> int:
    from connector.app.trials import beside, shadow_folder
    from connector.cli.connectors import Connectors

    with opened(context) as app:
        found, keys = beside(app, company, shadow_folder(app, company, playbook), tuple(Connectors()))
    if as_json:
        print_document({"company": company, **found.as_json(keys)})
    else:
        from connector.cli.shadow_picture import draw_difference

        print_drawing(lambda console: draw_difference(company, found, keys, console))
    return 0


def _show(summary: Summary, *, as_json: bool) -> int:
    if as_json:
        print_document(summary.as_json())
    else:
        print_text(_summary_text(summary))
    _tell_problem(summary)
    return _code(summary)


def _tell_problem(summary: Summary) -> None:
    if summary.problem is not None:
        sentence = summary.problem.sentence()
        say(sentence if summary.company in sentence else f"{summary.company}: {sentence}")


def _code(summary: Summary) -> int:
    return summary.exit_code


def _summary_text(summary: Summary) -> str:
    people = ", ".join(f"{count} {name}" for name, count in summary.people.items())
    grades = ", ".join(f"{grade} {count}" for grade, count in summary.grades.items())
    held = ", ".join(f"{why} {count}" for why, count in sorted(summary.held_by.items()))
    lines = [
        f"{summary.company}: {summary.status} (run {summary.run_id})",
        f"  read      {_counts_by_system(_only_some(summary.pulled))}",
        f"  people    {people}; {summary.stage_moves} stage moves; grades {grades}",
        f"  sales     {summary.handed_off} handed off, {summary.recycled} recycled"
        + (f"; {summary.messages} messages sent" if summary.messages else ""),
        f"  written   {_counts(summary.pushed)} of {summary.planned} planned; {summary.failed} failed, "
        f"{summary.held} held"
        + (f" (fields by {held})" if held else "")
        + (f"; see leadloop errors {summary.company}" if summary.failed else ""),
        f"  to do     {summary.conflicts} conflicts, {summary.leaks} leaks ({summary.leaks_inherited} inherited)"
        + (f"; see leadloop conflicts {summary.company}" if summary.conflicts else ""),
        f"  API calls {_counts(summary.api_calls)}",
    ]
    return "\n".join(lines)


def _only_some(pulled: Any) -> dict[str, dict[str, int]]:
    """Without the objects of which nothing was new."""
    some = {system: {name: count for name, count in objects.items() if count} for system, objects in pulled.items()}
    return {system: objects for system, objects in some.items() if objects}


def _counts_by_system(pulled: Any) -> str:
    told = (f"{system}: {_counts(objects)}" for system, objects in pulled.items())
    return "; ".join(told) or "nothing"


def _counts(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
