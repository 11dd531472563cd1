"""The HTTP shell: a simulator core behind a real threaded HTTP/1.1 server on the loopback address.

It knows sockets and nothing of a vendor: every header, the date included, comes from the core. One lock
stands around the core, so a core stays single threaded however many clients there are.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import cast

from adapters.simulator.framing import (
    AfterRequest,
    BeforeRequest,
    Simulator,
    arriving,
    framed,
    head_bytes,
    observed,
)
from adapters.simulator.wire import ConnectionLost, Request, Response, json_response

BODY_SIZE_MAX_BYTES = 160 * 1024 * 1024  # a Bulk 2.0 upload may hold 150 MB (contract sheet, Salesforce)
_STOP_WAIT_S = 5.0
_DRAIN_WAIT_S = 1.0


class SimulatorServer:
    """One simulator at ``url``; starts with ``start`` or ``with``, ends with ``stop``.

    ``failures`` keeps every exception that a core raised by mistake; the client got a 500 for it.
    """

    def __init__(
        self,
        simulator: Simulator,
        port: int = 0,
        *,
        before: BeforeRequest | None = None,
        after: AfterRequest | None = None,
        body_size_max_bytes: int = BODY_SIZE_MAX_BYTES,
    ) -> None:
        self.simulator = simulator
        self.before = before
        self.after = after
        self.body_size_max_bytes = body_size_max_bytes
        self.failures: list[Exception] = []
        self._lock = threading.Lock()
        self._listener = _Listener(("127.0.0.1", port), self)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, known before the server starts."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def start(self) -> SimulatorServer:
        """Serve in the background until ``stop``."""
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and close every open connection; a second call does nothing."""
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join(_STOP_WAIT_S)
            self._thread = None
        self._listener.server_close()
        self._listener.hang_up()

    def __enter__(self) -> SimulatorServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Response:
        """The core's answer, one request at a time; raises ``ConnectionLost`` under a fault."""
        with self._lock:
            try:
                return observed(self.simulator, request, self.before, self.after)
            except ConnectionLost:
                raise
            except Exception as error:  # a mistake in a core must reach the test that sees the 500
                self.failures.append(error)
                return json_response(500, {"simulator_error": f"{type(error).__name__}: {error}"})


@contextmanager
def serve(
    simulator: Simulator,
    *,
    port: int = 0,
    before: BeforeRequest | None = None,
    after: AfterRequest | None = None,
) -> Iterator[str]:
    """Serve a simulator for the length of the block; gives its URL."""
    with SimulatorServer(simulator, port, before=before, after=after) as server:
        yield server.url


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: SimulatorServer) -> None:
        super().__init__(address, _Handler)
        self.owner = owner
        self.connections: dict[socket.socket, threading.Thread] = {}

    def hang_up(self) -> None:
        """Close the connections that clients keep open, and wait for their threads."""
        for connection, thread in list(self.connections.items()):
            _shut(connection)
            thread.join(_STOP_WAIT_S)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        cast(_Listener, self.server).connections[self.connection] = threading.current_thread()

    def finish(self) -> None:
        cast(_Listener, self.server).connections.pop(self.connection, None)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client went away: its affair, and nothing to print
            self.close_connection = True

    def respond(self) -> None:
        owner = cast(_Listener, self.server).owner
        body = self._body(owner.body_size_max_bytes)
        if body is None:
            return
        request = self._request(body)
        try:
            response = framed(request, owner.answer(request))
        except ConnectionLost as lost:
            self._break_off(request, lost)
            return
        self.connection.sendall(head_bytes(response) + response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Request(self.command, path, query, headers, body)

    def _body(self, size_max_bytes: int) -> bytes | None:
        """The body, or ``None`` after a refusal: a body without a usable length cannot be skipped."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdigit():
            self._refuse(411, "send the body with a Content-Length")
            return None
        if int(length) > size_max_bytes:
            self._refuse(413, f"the body is larger than {size_max_bytes} bytes")
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int, message: str) -> None:
        """Answer without having read the body, and close so that the client can still read the answer."""
        self.close_connection = True
        refusal = json_response(status, {"message": message}, [("Connection", "close")])
        response = framed(Request(self.command, self.path), refusal)
        self.connection.sendall(head_bytes(response) + response.body)
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_DRAIN_WAIT_S)  # closing over unread bytes would reset the connection
        while self.connection.recv(65536):
            pass

    def _break_off(self, request: Request, lost: ConnectionLost) -> None:
        self.close_connection = True
        arrived = arriving(request, lost)
        if arrived is not None:
            response, body = arrived
            self.connection.sendall(head_bytes(response) + body)
        _shut(self.connection)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Only for a request that HTTP itself refuses; without the library's own Date and Server."""
        self.send_response_only(code, message)

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing: the control plane serves the request log."""


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
