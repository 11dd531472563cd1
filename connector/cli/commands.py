"""The ``leadloop`` command: global options, what is installed, and how every failure ends.

Declares; the commands' work is in the modules beside this one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from connector.cli import database, history, leftovers, looking, loop, playbook, route_test, switches, team
from connector.cli.connectors import further_commands
from connector.cli.failures import INTERRUPTED, failure_of, interrupted, show_frames, tell, usage_failure
from connector.cli.opening import Invocation
from connector.cli.output import say
from connector.errors import LeadloopError

NAME = "leadloop"
PROLOGUE = "Keeps Salesforce and HubSpot agreeing about people, and hands the right ones to sales in time."
CODES = (
    "Exit codes: 0 done, 1 done with leftovers, 2 wrong usage or configuration, 3 stopped, 130 interrupted "
    "(the state is safe, run again)."
)


def build() -> typer.Typer:
    """The application with every command that is installed."""
    app = typer.Typer(
        name=NAME,
        help=PROLOGUE,
        epilog=CODES,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )
    app.callback()(_global_options)
    for module in (loop, looking, leftovers, route_test, history, switches, team, playbook, database):
        module.register(app)
    for register in further_commands():
        register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. No exception leaves this function."""
    as_json = "--json" in arguments
    try:
        code = _invoke(arguments)
    except typer.TyperException as error:
        return _tell_usage(error, as_json=as_json)
    except (Exception, KeyboardInterrupt) as error:
        if _verbose(arguments) and not isinstance(error, LeadloopError | KeyboardInterrupt):
            show_frames(error)
        return tell(failure_of(error), as_json=as_json)
    return tell(interrupted(), as_json=as_json) if code == INTERRUPTED else code


def _invoke(arguments: Sequence[str]) -> int:
    from connector.logs import silence_libraries

    silence_libraries()
    command = typer.main.get_command(build())
    given = command.main(args=list(arguments), prog_name=NAME, standalone_mode=False)
    return given if isinstance(given, int) else 0


def _tell_usage(error: typer.TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    if context is not None and error.format_message() == context.get_help():
        say(context.get_help())  # a group without its command shows what there is
        return error.exit_code
    return tell(usage_failure(error.format_message(), context.command_path if context else NAME), as_json=as_json)


def _verbose(arguments: Sequence[str]) -> bool:
    return "--verbose" in arguments or "-v" in arguments


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(f"{NAME} {version(NAME)}\n")
        raise typer.Exit()


def _global_options(
    context: typer.Context,
    *,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="LEADLOOP_CONFIG", help="The configuration file.")
    ] = Path("config.toml"),
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log every step to stderr, as JSON lines without personal values.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    context.obj = Invocation(config, verbose)
