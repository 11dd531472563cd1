"""The simulated org as one function from request to response.

Decides the order of things around a call: fault plan, token, limit, route, rules, headers, log. It must not
know what a route does.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from adapters.simulator.salesforce import composite_api, describe_api, moments, routes, seeding
from adapters.simulator.salesforce.auth import Tokens
from adapters.simulator.salesforce.call import Backend, Call, Handler
from adapters.simulator.salesforce.control import Control
from adapters.simulator.salesforce.limits import CallLimit
from adapters.simulator.salesforce.org import Org
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.request_log import TOKEN_PATH, RequestLog
from adapters.simulator.wire import ConnectionLost, Fault, FaultPlan, Request, Response, SimulatorClock, json_response

CONTROL_PATH = "/_simulator/"
URI_BYTES_MAX = 16_384  # URI and headers together (sheet section 10)
HTML_BUSY = b"<html><head><title>Server too busy</title></head><body>Server too busy</body></html>"


class SalesforceSimulator:
    """One org with its clock, its control plane and its request log; single threaded."""

    def __init__(self, *, seed: int = 0, now: datetime) -> None:
        self.clock = SimulatorClock(now)
        self.seed = seed
        self.reset()

    def reset(self, seed: int | None = None) -> None:
        """A new org; the clock stays where it is."""
        self.seed = self.seed if seed is None else seed
        self.org = Org(self.seed, self.clock)
        seeding.furnish(self.org)
        self.tokens = Tokens(self.org)
        self.limit = CallLimit(self.org)
        self.log = RequestLog()
        self.faults = FaultPlan()
        self._backend = Backend(self.org)
        self._extra: dict[str, dict[str, Handler]] = {
            "limits": {"GET": self.limit.resource},
            "composite": {"POST": partial(composite_api.composite, dispatch=self._dispatch)},
        }
        self._control = Control(self)

    def handle(self, request: Request) -> Response:
        """Answer one request; raises ``ConnectionLost`` under a fault."""
        if request.path.startswith(CONTROL_PATH):
            return self._control.handle(request)
        fault = self.faults.due(request)
        response = self._answer(request, fault)
        kind = fault.kind if fault else ""
        done = None if response is None else self._with_headers(request, response)
        self.log.add(moments.wire_exact(self.clock.now()), self._route_name(request), request, (done, kind))
        self.org.requests_seen = self.log.seen
        if done is None or kind == "drop_after":
            raise ConnectionLost()
        if kind == "truncate":
            raise ConnectionLost(done, len(done.body) // 2)
        return done

    def _answer(self, request: Request, fault: Fault | None) -> Response | None:
        """The answer, whether or not it arrives; None when nothing is done."""
        if fault is None or fault.kind in ("drop_after", "truncate"):
            return self._acted(request)
        if fault.kind == "drop_before":
            return None
        if fault.kind == "lie":
            return self._pretended(request)
        if fault.kind == "html":
            return Response(503, (("Content-Type", "text/html;charset=UTF-8"),), HTML_BUSY)
        kind = "application/json;charset=UTF-8" if fault.body.lstrip()[:1] in ("[", "{") else "text/plain"
        return Response(fault.status, (("Content-Type", kind), *fault.headers), fault.body.encode())

    def _pretended(self, request: Request) -> Response:
        mark = self.org.mark()
        response = self._checked(request)
        self.org.roll_back(mark)
        return response

    def _acted(self, request: Request) -> Response:
        response = self._checked(request)
        self.org.commit()
        return response

    def _checked(self, request: Request) -> Response:
        """The answer of the API without its common headers."""
        mark = self.org.mark()
        try:
            if request.path == TOKEN_PATH:
                return self._token(request)
            if request.path.rstrip("/") == "/services/data":
                return describe_api.versions()
            self.tokens.check(request)
            self.limit.take()
            if _uri_size(request) > URI_BYTES_MAX:
                return json_response(414, [{"message": "URI Too Long", "errorCode": "URI_TOO_LONG"}])
            return self._dispatch(request)
        except Refusal as refusal:
            self.org.roll_back(mark)
            return refusal.response()

    def _token(self, request: Request) -> Response:
        if request.method != "POST":
            raise Refusal("METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed", status=405)
        return self.tokens.endpoint(request)

    def _dispatch(self, request: Request) -> Response:
        found = routes.match(request.path, self._extra)
        handler = found.handler(request.method)
        return handler(Call(self._backend, request, found.base, found.arguments, found.pattern))

    def _route_name(self, request: Request) -> str:
        try:
            return routes.match(request.path, self._extra).pattern
        except Refusal:
            return request.path

    def _with_headers(self, request: Request, response: Response) -> Response:
        headers = [("Date", moments.http_date(self.clock.now()))]
        if request.path != TOKEN_PATH and request.path.rstrip("/") != "/services/data":
            headers.append(self.limit.header())
        return Response(response.status, (*headers, *response.headers), response.body)


def _uri_size(request: Request) -> int:
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    return len(request.path) + len(request.query) + headers
