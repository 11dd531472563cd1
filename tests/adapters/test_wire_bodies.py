"""Bodies are read whole within a deadline, and addresses are checked before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.failure import Lost
from adapters.transport import checked_origin, read_whole, server_date
from connector.clock import MovedClock
from connector.errors import BadConfiguration

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class DrippingBody:
    """One byte a second for ever."""

    def __init__(self, clock: MovedClock) -> None:
        self.clock = clock
        self.closed = self.released = False

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        self.clock.sleep(1)
        return b"x"

    def close(self) -> None:
        self.closed = True

    def release_conn(self) -> None:
        self.released = True


def test_a_dripping_body_is_given_up_at_the_deadline() -> None:
    clock = MovedClock(NOW)
    body = DrippingBody(clock)
    with pytest.raises(Lost):
        read_whole(body, clock, total_s=30)
    assert (clock.now() - NOW).total_seconds() <= 32
    assert (body.closed, body.released) == (True, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        "ftp://127.0.0.1",
        "https://user@api.hubapi.com",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "",
    ],
)
def test_an_address_that_could_leak_is_refused(url: str) -> None:
    with pytest.raises(BadConfiguration):
        checked_origin(url, "acme")


@pytest.mark.parametrize("url", ["https://api.hubapi.com", "http://127.0.0.1:8080", "http://localhost"])
def test_https_and_loopback_are_accepted(url: str) -> None:
    assert checked_origin(url, "acme").hostname


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}, NOW),
        ({"date": "Sat, 21 Nov 2026 12:00:00 GMT"}, NOW),
        ({}, None),
        ({"Date": "yesterday"}, None),
    ],
)
def test_the_servers_date_is_read_or_not_known(headers: dict[str, str], expected: datetime | None) -> None:
    assert server_date(headers) == expected
