"""The commands of the jobs: demo, simulator, daemon. Declares them; each job is imported when it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connector.cli.arguments import AsJson
from connector.cli.opening import invocation

PEOPLE_MIN = 50


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(demo)
    app.command()(simulator)
    app.command()(daemon)


def demo(
    *,
    people: Annotated[int, typer.Option("--people", min=PEOPLE_MIN, help="How many people the company has.")] = 500,
    seed: Annotated[int, typer.Option("--seed", help="One seed gives one company and one history.")] = 0,
    serve: Annotated[bool, typer.Option("--serve", help="Leave both simulators running at the end.")] = False,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the store and the configuration here.")] = None,
    as_json: AsJson = False,
) -> int:
    """Show the loop on two simulators. No credentials are needed; about a minute."""
    from jobs.demo import run

    return run(people=people, seed=seed, serve=serve, keep=keep, as_json=as_json)


def simulator(
    *,
    port_salesforce: Annotated[int, typer.Option("--port-salesforce", help="0 takes a free port.")] = 8501,
    port_hubspot: Annotated[int, typer.Option("--port-hubspot", help="0 takes a free port.")] = 8502,
    seed: Annotated[int, typer.Option("--seed", help="One seed gives one company.")] = 0,
    people: Annotated[
        int | None, typer.Option("--people", min=PEOPLE_MIN, help="Seed the demo company with so many people.")
    ] = None,
    faults: Annotated[str, typer.Option("--faults", help="none, slow, or flaky.")] = "none",
    as_json: AsJson = False,
) -> int:
    """Serve both CRM simulators. On this machine, until interrupted."""
    from jobs.simulator import Asked, run

    return run(Asked(port_salesforce, port_hubspot, seed, people, faults), as_json=as_json)


def daemon(
    context: typer.Context,
    *,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Companies worked on at the same time.")] = 4,
) -> int:
    """Keep every company in sync. Scheduler and work in one process; SIGTERM finishes the current batch and ends."""
    from jobs.daemon import run

    return run(invocation(context).settings(), workers_max=workers)
