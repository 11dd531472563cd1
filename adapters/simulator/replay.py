"""Replays a recorded request log against a simulator, through a socket or in process.

A replay asks the recorded requests in their order, with the recorded headers, and returns what a client would
see: that is how a test shows that both shells answer byte for byte the same. It knows no vendor.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

from adapters.simulator.framing import Simulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.wire import Request

_ORIGIN = "http://simulator.invalid"


@dataclass(frozen=True)
class Answer:
    """What arrived: ``broken`` when the connection ended before the answer was complete."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    broken: bool = False


LOST = Answer(None, (), b"", broken=True)


@dataclass
class Recorder:
    """The hook that records: pass ``recorder.before`` to a shell."""

    requests: list[Request] = field(default_factory=list)

    def before(self, request: Request) -> None:
        """Remember a request that is about to be handled."""
        self.requests.append(request)


def dumped(log: Iterable[Request]) -> str:
    """The log as lines of JSON; bodies are base64, so any bytes survive."""
    return "".join(json.dumps(_line(request), sort_keys=True) + "\n" for request in log)


def loaded(lines: str) -> list[Request]:
    """The log that ``dumped`` wrote; raises ``ValueError`` for a line that is not one of its own."""
    return [_recorded(number, line) for number, line in enumerate(lines.splitlines(), start=1)]


def over_http(url: str, log: Iterable[Request]) -> list[Answer]:
    """Replay over a real connection to a server at ``url``."""
    with urllib3.PoolManager(retries=False) as pool:
        return [_through_pool(pool, url, request) for request in log]


def in_process(simulator: Simulator, log: Iterable[Request]) -> list[Answer]:
    """Replay through the in-process pool (what HubSpot's client uses)."""
    pool = InProcessPool(simulator)
    return [_through_pool(pool, _ORIGIN, request) for request in log]


def in_session(simulator: Simulator, log: Iterable[Request]) -> list[Answer]:
    """Replay through the in-process adapter of ``requests`` (what Salesforce's client uses)."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        session.mount(_ORIGIN, InProcessAdapter(simulator))
        return [_through_session(session, _ORIGIN, request) for request in log]


def session_over_http(url: str, log: Iterable[Request]) -> list[Answer]:
    """Replay through ``requests`` over a real connection."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        session.mount(url, HTTPAdapter(max_retries=0))
        return [_through_session(session, url, request) for request in log]


def _through_pool(pool: urllib3.PoolManager, url: str, request: Request) -> Answer:
    try:
        raw = pool.request(
            request.method,
            url + _target(request),
            body=request.body or None,
            headers=dict(request.headers),
            preload_content=False,
            redirect=False,
        )
    except ProtocolError:
        return LOST
    return _read(raw.status, raw.headers.items(), raw)


def _through_session(session: requests.Session, url: str, request: Request) -> Answer:
    prepared = session.prepare_request(
        requests.Request(request.method, url + _target(request), dict(request.headers), data=request.body)
    )
    try:
        answer = session.send(prepared, stream=True, allow_redirects=False)
    except requests.exceptions.ConnectionError:
        return LOST
    return _read(answer.status_code, answer.headers.items(), answer.raw)


def _read(status: int, headers: Iterable[tuple[str, str]], raw: Any) -> Answer:
    pieces: list[bytes] = []
    broken = False
    try:
        while piece := raw.read(65536, decode_content=False):
            pieces.append(piece)
    except ProtocolError:
        broken = True
    raw.release_conn()
    return Answer(status, tuple(headers), b"".join(pieces), broken)


def _target(request: Request) -> str:
    return f"{request.path}?{request.query}" if request.query else request.path


def _line(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        "body": base64.b64encode(request.body).decode(),
    }


def _recorded(number: int, line: str) -> Request:
    try:
        row = json.loads(line)
        body = base64.b64decode(row["body"], validate=True)
        return Request(row["method"], row["path"], row["query"], row["headers"], body)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"line {number} of the request log is not a recorded request: {error}") from error
