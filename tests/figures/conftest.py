"""One company that lived for three simulated weeks, and the command line asked about it at the end of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from unittest.mock import patch

import pytest

from connector.cli.commands import run
from connector.clock import SystemClock
from tests.figures.weeks import Lived, lived

Printed = Callable[..., str]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with lived(tmp_path_factory.mktemp("lived")) as found:
        yield found


@pytest.fixture(scope="session")
def printed(company: Lived) -> Printed:
    """What ``leadloop report demo NAME ...`` prints."""

    def report(name: str, *options: str) -> str:
        out = io.StringIO()
        with patch.object(SystemClock, "now", lambda _: company.now), redirect_stdout(out):
            assert run(["--config", str(company.config), "report", "demo", name, *options]) == 0
        return out.getvalue()

    return report
