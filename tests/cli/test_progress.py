"""Progress is one overwritten line for somebody who watches, and nothing for a file or a pipe."""

from __future__ import annotations

import io

from connector.cli.opening import ERASE_LINE, PROGRESS_COLUMNS, Progress


class Terminal(io.StringIO):
    """Text that somebody watches."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_each_line_replaces_the_one_before() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.note("acme: 200 read")
    progress.note("x" * 500)
    progress.clear()
    assert stream.getvalue() == f"{ERASE_LINE}acme: 200 read{ERASE_LINE}{'x' * PROGRESS_COLUMNS}{ERASE_LINE}"


def test_nothing_is_written_where_nobody_watches() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.note("acme: 200 read")
    progress.clear()
    assert stream.getvalue() == ""
