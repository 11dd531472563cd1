"""The command line: arguments in, one sentence, one picture or one JSON document out.

Nothing heavy is imported here or while the commands are declared: ``leadloop --help`` must answer at once.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script ``leadloop``: run one command and exit with its code (DESIGN section 6)."""
    import sys

    from connector.cli.collecting import collect_rarely

    collect_rarely()
    from connector.cli.commands import run

    sys.exit(run(sys.argv[1:] if arguments is None else arguments))
