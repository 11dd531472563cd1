"""Structured logs: JSON lines on stderr with an allow-list of keys. No value of a person and no secret gets in.

What other libraries log is reduced to who logged and how gravely: their messages hold addresses and values.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

from connector.clock import Clock
from connector.errors import LeadloopError

ALLOWED = (
    *("at", "level", "event", "company", "run_id", "kind", "schedule", "status", "step", "system", "object"),
    *("count", "written", "handed_off", "failed", "held", "conflicts", "leaks"),
    *("code", "error", "sentence", "library"),
)
"""The only keys a line may have, in this order."""

TEXT_LENGTH_MAX = 500


class Log:
    """Writes one JSON object a line; safe to share between threads."""

    def __init__(self, clock: Clock, stream: TextIO | None = None) -> None:
        import structlog  # only a verbose command or the daemon needs it

        self._clock = clock
        self._logger = structlog.wrap_logger(
            structlog.PrintLogger(stream or sys.stderr),
            processors=[self._stamped, _allowed_only, structlog.processors.JSONRenderer(sort_keys=False)],
            wrapper_class=structlog.BoundLogger,
        )

    def event(self, name: str, *, level: str = "info", **facts: str | int | float | bool | None) -> None:
        """One line. Keys outside ``ALLOWED`` are left out, and only their number is told."""
        self._logger.msg(name, level=level, **facts)

    def failure(self, error: BaseException, **facts: str | int | float | bool | None) -> None:
        """One line for an error: our own sentence, or the type of an unexpected one."""
        told = {"sentence": error.sentence()} if isinstance(error, LeadloopError) else {}
        self.event("failed", level="error", error=type(error).__name__, **told, **facts)

    def _stamped(self, _logger: Any, _method: str, facts: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {"at": self._clock.now().isoformat(timespec="milliseconds"), **facts}


class LibraryHandler(logging.Handler):
    """What a library logs, without its message; nothing at all when there is no log."""

    def __init__(self, log: Log | None = None) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Tell who logged, and how gravely."""
        if self._log is not None:
            self._log.event("library", level=record.levelname.lower(), library=record.name.split(".")[0])


def silence_libraries(log: Log | None = None) -> None:
    """Send the logging of every library through ``LibraryHandler`` instead of printing its messages."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, LibraryHandler)]:
        root.removeHandler(handler)
    root.addHandler(LibraryHandler(log))


def _allowed_only(_logger: Any, _method: str, facts: MutableMapping[str, Any]) -> Mapping[str, Any]:
    kept = {key: _short(facts[key]) for key in ALLOWED if key in facts}
    left_out = len(facts) - len(kept)
    return {**kept, "left_out": left_out} if left_out else kept


def _short(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:TEXT_LENGTH_MAX]
