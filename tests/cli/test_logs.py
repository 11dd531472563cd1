"""The log lets only allowed keys through, and tells of an unexpected error no more than its type."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

from connector.clock import MovedClock
from connector.errors import Busy
from connector.logs import LibraryHandler, Log

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_only_allowed_keys_get_in() -> None:
    stream = io.StringIO()
    Log(MovedClock(NOW), stream).event("run ended", company="acme", count=3, email="ada@customer.example")
    assert lines(stream) == [
        {
            "at": "2026-11-21T12:00:00.000+00:00",
            "level": "info",
            "event": "run ended",
            "company": "acme",
            "count": 3,
            "left_out": 1,
        }
    ]


def test_an_error_of_ours_has_its_sentence_and_another_only_its_type() -> None:
    stream = io.StringIO()
    log = Log(MovedClock(NOW), stream)
    log.failure(Busy("at work", where="acme"), company="acme")
    log.failure(ValueError("ada@customer.example"), company="acme")
    ours, other = lines(stream)
    assert (ours["error"], ours["sentence"]) == ("Busy", "acme: at work.")
    assert (other["error"], "sentence" in other) == ("ValueError", False)
    assert "ada@" not in stream.getvalue()


def test_a_library_is_named_and_not_quoted() -> None:
    stream = io.StringIO()
    logger = logging.Logger("urllib3.connectionpool")
    logger.addHandler(LibraryHandler(Log(MovedClock(NOW), stream)))
    logger.warning("Retrying %s", "/contacts?email=ada@customer.example")
    (line,) = lines(stream)
    assert (line["event"], line["library"], line["level"]) == ("library", "urllib3", "warning")
    assert "ada@" not in stream.getvalue()
