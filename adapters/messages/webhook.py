"""A webhook: one POST of a JSON document to a secret address, and what its answer means.

Answers of 429 and 503 mean "not taken"; any other 5xx and a lost answer leave the fate open. Knows no vendor's form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError, SSLError

from adapters.failure import Lost, Refused
from adapters.retry import Patience, advised_wait_s, backoff_s, persist
from adapters.transport import CONNECT_TIMEOUT_S, checked_origin, read_whole
from connector.clock import Clock
from connector.ports.messages import ChannelSettings, Delivered, Delivery, Letter

READ_TIMEOUT_S = 20.0
PATIENCE = Patience(attempts_max=3, deadline_s=30.0)
WAIT_MAX_S = 10.0
NOT_TAKEN = (429, 503)
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, NameResolutionError, SSLError)

Document = Callable[[Letter], dict[str, Any]]


class Webhook:
    """A channel that posts letters as ``document`` makes them."""

    def __init__(self, settings: ChannelSettings, document: Document) -> None:
        self._url = settings.secret()
        checked_origin(self._url, settings.place)
        self._clock: Clock = settings.clock
        self._document = document
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1)

    def send(self, letter: Letter) -> Delivered:
        """Post the letter; tried again only when it certainly was not taken."""
        body = json.dumps(self._document(letter)).encode()

        def decide(error: BaseException, attempt: int) -> float | None:
            return self._wait_s(error, attempt, letter.key)

        try:
            persist(lambda: self._post(body), decide, self._clock, PATIENCE)
        except Refused as refused:
            return _meaning(refused)
        except Lost as lost:
            outcome = Delivery.UNKNOWN if lost.sent else Delivery.NOT_SENT
            return Delivered(outcome, "no_answer" if lost.sent else "unreachable", channel_down=True)
        return Delivered(Delivery.SENT)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _post(self, body: bytes) -> None:
        try:
            answer = self._pool.request(
                "POST",
                self._url,
                body=body,
                headers={"Content-Type": "application/json", "User-Agent": "leadloop"},
                preload_content=False,
                redirect=False,  # the address is a secret and the letter is for it alone
                retries=False,
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            )
        except (HTTPError, OSError) as error:
            raise Lost("the webhook did not answer", sent=not isinstance(error, _NEVER_SENT)) from error
        if answer.status < 300:
            # The status is the answer: what the body says changes nothing, even when it breaks off.
            answer.close()
            return
        raise Refused(answer.status, answer.headers, read_whole(answer, self._clock, READ_TIMEOUT_S))

    def _wait_s(self, error: BaseException, attempt: int, key: str) -> float | None:
        if isinstance(error, Refused) and error.status in NOT_TAKEN:
            advised = advised_wait_s(error.headers.get("retry-after"), self._clock.now(), WAIT_MAX_S)
            return backoff_s(attempt, key, cap_s=WAIT_MAX_S) if advised is None else advised
        if isinstance(error, Lost) and not error.sent:
            return backoff_s(attempt, key, cap_s=WAIT_MAX_S)
        return None


def _meaning(refused: Refused) -> Delivered:
    code = f"http_{refused.status}"
    if refused.status in NOT_TAKEN:
        return Delivered(Delivery.NOT_SENT, code, channel_down=True)
    if refused.status >= 500:
        return Delivered(Delivery.UNKNOWN, code)
    return Delivered(Delivery.REFUSED, code)
