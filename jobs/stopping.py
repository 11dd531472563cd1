"""A wish to stop, told by a signal: the first one asks, the second one ends the process at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from connector.errors import LeadloopError

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(LeadloopError):
    """The work was left at a safe place because the process is ending; the next run goes on from there."""


class Stop:
    """Whether this process should end. May be asked from every thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        """The process should end."""
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether it should."""
        return self._asked.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until somebody asks; whether somebody did."""
        return self._asked.wait(seconds)

    def raise_if_asked(self, where: str) -> None:
        """Between two batches: ``Stopped`` when the process should end."""
        if self.asked:
            raise Stopped("stopped on request", where=where, remedy="the next run goes on from here")


@contextmanager
def stopping_on_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and SIGINT ask ``stop``; a second one does what it does by default. Main thread only."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.ask()
        signal.signal(number, signal.SIG_DFL)

    for number in SIGNALS:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
