"""The shells show one core the same way: over a socket, to requests and to urllib3."""

from __future__ import annotations

import http.client
import json
import socket
from datetime import UTC, datetime

import pytest
import requests
import urllib3
from urllib3.exceptions import ProtocolError

from adapters.simulator.http_server import SimulatorServer, serve
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.replay import (
    LOST,
    Recorder,
    dumped,
    in_process,
    in_session,
    loaded,
    over_http,
    session_over_http,
)
from adapters.simulator.wire import ConnectionLost, Request, Response, SimulatorClock, json_response

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Echo:
    """A small core: answers what it was asked, and breaks where the path says so."""

    def __init__(self) -> None:
        self.clock = SimulatorClock(NOW)
        self.seen: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.seen.append(request)
        answer = json_response(
            200,
            {
                "n": len(self.seen),
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "host": request.headers.get("host"),
                "body": request.body.decode(),
            },
            [("Date", "Mon, 02 Mar 2026 12:00:00 GMT"), ("X-Two", "a"), ("x-case", "B")],
        )
        if request.path == "/empty":
            return Response(204, (("Date", "now"),), b"never sent")
        if request.path == "/odd":
            return Response(218, (), b"x")
        if request.path == "/lost":
            raise ConnectionLost(answer, sent=0)
        if request.path == "/half":
            raise ConnectionLost(answer, sent=10)
        if request.path == "/bug":
            raise KeyError("no such table")
        return answer


LOG = [
    Request("GET", "/a", "x=1&x=2&y=%C3%A9", {"host": "acme.example"}),
    Request("POST", "/b", "", {"content-type": "application/json", "host": "acme.example"}, b'{"a":"\xc3\xa9"}'),
    Request("PATCH", "/empty", "", {"host": "acme.example"}, b"{}"),
    Request("HEAD", "/a", "", {"host": "acme.example"}),
    Request("GET", "/half", "", {"host": "acme.example"}),
    Request("DELETE", "/lost", "", {"host": "acme.example"}),
    Request("GET", "/odd", "", {"host": "acme.example"}),
    Request("PUT", "/c/%2Fd", "q=a%20b", {"host": "acme.example"}, b"x" * 200_000),
]


def test_every_shell_answers_byte_for_byte_the_same():
    with serve(Echo()) as url:
        socket_pool = over_http(url, LOG)
    with serve(Echo()) as url:
        socket_session = session_over_http(url, LOG)
    assert socket_pool == in_process(Echo(), LOG)
    assert socket_session == in_session(Echo(), LOG)
    assert socket_pool == socket_session
    assert [answer.status for answer in socket_pool] == [200, 200, 204, 200, 200, None, 218, 200]
    assert socket_pool[5] == LOST
    assert socket_pool[4].broken
    assert len(socket_pool[4].body) == 10


def test_the_core_sees_the_same_request_through_every_shell():
    over_socket, in_pool, in_requests = Echo(), Echo(), Echo()
    with serve(over_socket) as url:
        over_http(url, LOG)
    in_process(in_pool, LOG)
    in_session(in_requests, LOG)

    def essence(core: Echo) -> list[tuple[str, str, str, str, bytes]]:
        return [(r.method, r.path, r.query, r.headers["host"], r.body) for r in core.seen]

    assert essence(over_socket) == essence(in_pool) == essence(in_requests)
    assert [r.path for r in in_pool.seen] == [r.path for r in LOG]


def test_a_recorded_log_survives_as_text_and_replays_the_same():
    recorder = Recorder()
    with serve(Echo(), before=recorder.before) as url:
        first = over_http(url, LOG)
    log = loaded(dumped(recorder.requests))
    assert log == recorder.requests
    assert in_process(Echo(), log) == first


def test_a_damaged_log_line_is_named():
    with pytest.raises(ValueError, match="line 2 of the request log"):
        loaded(dumped(LOG[:1]) + '{"method": "GET"}\n')


def test_the_server_adds_no_header_but_the_length():
    with serve(Echo()) as url:
        answer = over_http(url, LOG[:1])[0]
    assert [name for name, _ in answer.headers] == [
        "Content-Type",
        "Date",
        "X-Two",
        "x-case",
        "Content-Length",
    ]


def test_a_connection_is_kept_alive_and_answers_come_in_one_piece():
    with SimulatorServer(Echo()) as server:
        host, port = server.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("GET", "/a")
        connection.getresponse().read()
        first = connection.sock.getsockname()
        connection.request("POST", "/b", body=b"{}")
        assert json.loads(connection.getresponse().read())["n"] == 2
        assert connection.sock.getsockname() == first
        connection.close()


def test_stopping_closes_kept_connections_and_the_port():
    server = SimulatorServer(Echo()).start()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as open_connection:
        open_connection.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert open_connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        server.stop()
        assert open_connection.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    server.stop()


def test_a_body_without_a_length_is_refused_and_one_too_large_too():
    with (
        SimulatorServer(Echo(), body_size_max_bytes=10) as server,
        urllib3.PoolManager(retries=False) as pool,
    ):
        assert pool.request("POST", server.url + "/a", body=b"x" * 10).status == 200
        assert pool.request("POST", server.url + "/a", body=b"x" * 11).status == 413
        assert pool.request("POST", server.url + "/a", body=iter([b"x"])).status == 411


def test_a_mistake_in_a_core_is_a_500_over_http_and_is_kept():
    with SimulatorServer(Echo()) as server, urllib3.PoolManager(retries=False) as pool:
        answer = pool.request("GET", server.url + "/bug")
        assert answer.status == 500
        assert "no such table" in answer.data.decode()
        assert [type(error) for error in server.failures] == [KeyError]
    with pytest.raises(KeyError):
        InProcessPool(Echo()).request("GET", "http://x/bug")


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_lost_connection_looks_to_requests_as_on_a_wire(in_memory):
    with serve(Echo()) as url, requests.Session() as session:
        if in_memory:
            session.mount(url, InProcessAdapter(Echo()))
        with pytest.raises(requests.exceptions.ConnectionError):
            session.get(url + "/lost")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            session.get(url + "/half")
        assert session.get(url + "/a", params={"q": "é"}).json()["query"] == "q=%C3%A9"


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_lost_connection_looks_to_urllib3_as_on_a_wire(in_memory):
    with serve(Echo()) as url:
        pool = InProcessPool(Echo()) if in_memory else urllib3.PoolManager(retries=False)
        with pytest.raises(ProtocolError):
            pool.request("GET", url + "/lost")
        with pytest.raises(ProtocolError):
            pool.request("GET", url + "/half", preload_content=True)
        late = pool.request("GET", url + "/half", preload_content=False)
        assert late.status == 200
        with pytest.raises(ProtocolError):
            late.read()
        late.release_conn()
        assert pool.request("POST", url + "/b", fields={"a": "1"}, encode_multipart=False).status == 200
        pool.clear()


def test_the_hooks_stand_around_the_core():
    core = Echo()
    order: list[tuple[str, str | int | None, int]] = []

    def before(request: Request) -> None:
        order.append(("before", request.path, len(core.seen)))

    def after(request: Request, response: Response | None) -> None:
        order.append(("after", response.status if response else None, len(core.seen)))

    pool = InProcessPool(core, before=before, after=after)
    pool.request("GET", "http://x/a")
    with pytest.raises(ProtocolError):
        pool.request("GET", "http://x/lost")
    assert order == [("before", "/a", 0), ("after", 200, 1), ("before", "/lost", 1), ("after", None, 2)]


def test_a_crash_before_a_request_leaves_the_core_untouched():
    class Crash(BaseException):
        pass

    def crash(request: Request) -> None:
        raise Crash

    core = Echo()
    with pytest.raises(Crash):
        InProcessPool(core, before=crash).request("POST", "http://x/b", body="{}")
    assert core.seen == []
    with requests.Session() as session:
        session.mount("https://", InProcessAdapter(core, after=lambda *_: crash(LOG[0])))
        with pytest.raises(Crash):
            session.post("https://acme.example/b", json={})
    assert len(core.seen) == 1
