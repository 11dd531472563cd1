"""Decides the order in which one request meets faults, limits, authentication and its handler; knows no rule.

Sans-IO and single threaded: the shells hold a lock. The same seed, clock and requests give the same bytes.
"""

from __future__ import annotations

import copy
import hashlib
from datetime import datetime
from email.utils import format_datetime

from adapters.simulator.hubspot.account_api import usage_document
from adapters.simulator.hubspot.auth import Tokens, require_scopes
from adapters.simulator.hubspot.call import Call, Reply
from adapters.simulator.hubspot.control import Control
from adapters.simulator.hubspot.faults import fault_response
from adapters.simulator.hubspot.limiter import Limiter
from adapters.simulator.hubspot.moments import epoch_ms
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor
from adapters.simulator.hubspot.refusals import Refusal, not_found
from adapters.simulator.hubspot.request_log import RequestLog
from adapters.simulator.hubspot.routing import Route, handler_of, route_of, scopes_of, writes
from adapters.simulator.wire import (
    ConnectionLost,
    Fault,
    FaultPlan,
    Request,
    Response,
    SimulatorClock,
    json_response,
)

_CONTROL = "/_simulator/"


class HubSpotSimulator:
    """One portal with its API and, under ``/_simulator/``, its control plane."""

    def __init__(self, *, seed: int = 0, now: datetime) -> None:
        self.seed = seed
        self.clock = SimulatorClock(now)
        self._control = Control(self)
        self.reset()

    def reset(self) -> None:
        """Back to an empty portal; the clock stays where it is."""
        self.portal = Portal(self.seed, self.clock)
        self.tokens = Tokens(self.seed)
        self.limiter = Limiter()
        self.faults = FaultPlan()
        self.log = RequestLog()

    def handle(self, request: Request) -> Response:
        """Answer one request; raises ``ConnectionLost`` when a scripted fault breaks the connection."""
        if request.path.startswith(_CONTROL):
            return self._stamped(self._control.handle(request, request.path.removeprefix(_CONTROL)))
        route = route_of(request.path)
        fault = self.faults.due(request)
        self.clock.advance(self.portal.settings["request_takes_ms"] / 1000)
        self.portal.request_index = self.log.next_index
        try:
            return self._answer_or_break(request, route, fault)
        finally:
            self.portal.request_index = None

    def _answer_or_break(self, request: Request, route: Route | None, fault: Fault | None) -> Response:
        kind = fault.kind if fault else None
        if fault is not None and kind in ("status", "html"):
            response = self._stamped(fault_response(fault, self._correlation_id()))
            self._note(request, route, response, kind)
            return response
        if kind == "drop_before":
            self._note(request, route, None, kind)
            raise ConnectionLost
        response = self._answer(request, route, lie=kind == "lie")
        self._note(request, route, response, kind)
        if kind == "drop_after":
            raise ConnectionLost
        if kind == "truncate":
            raise ConnectionLost(response, len(response.body) // 2)
        return response

    def _note(self, request: Request, route: Route | None, response: Response | None, fault: str | None) -> None:
        write = route is not None and writes(route, request.method)
        self.log.note(request, response, at=self.portal.now(), write=write, fault=fault)

    def _answer(self, request: Request, route: Route | None, *, lie: bool) -> Response:
        headers: tuple[tuple[str, str], ...] = ()
        try:
            if route is None:
                raise not_found()
            if route.area == "oauth":
                reply = self._oauth(request, route)
            else:
                app = self.tokens.app_of(request, self.portal.settings, self.clock.now())
                headers = self._limit_headers(route, app)
                self.limiter.admit(self.portal.settings, self.clock.now(), app=app, search=route.search)
                headers = self._limit_headers(route, app)
                reply = self._dispatch(request, route, app, lie=lie)
        except Refusal as refusal:
            return self._refused(refusal, headers)
        if reply.document is None:
            return self._stamped(Response(reply.status, headers))
        return self._stamped(json_response(reply.status, reply.document, headers))

    def _limit_headers(self, route: Route, app: str) -> tuple[tuple[str, str], ...]:
        """Search answers carry none (sheet 2.3)."""
        settings, now = self.portal.settings, self.clock.now()
        return () if route.search else self.limiter.headers(settings, now, app)

    def _oauth(self, request: Request, route: Route) -> Reply:
        if route.parts != ("token",) or request.method != "POST":
            raise not_found()
        return self.tokens.token_call(request, route.version, self.portal.settings, self.clock.now())

    def _dispatch(self, request: Request, route: Route, app: str, *, lie: bool) -> Reply:
        settings = self.portal.settings
        actor = Actor("INTEGRATION", str(settings["app_id"]), settings["app_name"])
        # A lie is acted out on a throwaway twin: the answer is true to form and nothing is stored.
        portal = copy.deepcopy(self.portal, {id(self.clock): self.clock}) if lie else self.portal
        call = Call(portal, request, actor, route.version, route.parts)
        if route.parts == ("api-usage", "daily", "private-apps") and route.area == "account-info":
            used = self.limiter.used_today
            return usage_document(call, used, self.limiter.resets_at(settings, self.clock.now()))
        handler = handler_of(route, request.method)
        if handler is None:
            raise not_found()
        require_scopes(scopes_of(route, request.method), settings)
        return handler(call)

    def _refused(self, refusal: Refusal, headers: tuple[tuple[str, str], ...]) -> Response:
        document = {"status": "error", **refusal.document, "correlationId": self._correlation_id()}
        return self._stamped(json_response(refusal.status, document, (*headers, *refusal.headers)))

    def _correlation_id(self) -> str:
        """Looks like a UUID of version 7; follows from seed, clock and request number."""
        stamp = f"{epoch_ms(self.clock.now()) & 0xFFFFFFFFFFFF:012x}"
        noise = hashlib.sha256(f"{self.seed}:{self.log.next_index}".encode()).hexdigest()
        return f"{stamp[:8]}-{stamp[8:]}-7{noise[:3]}-8{noise[3:6]}-{noise[6:18]}"

    def _stamped(self, response: Response) -> Response:
        date = ("Date", format_datetime(self.clock.now(), usegmt=True))
        correlation = ("X-HubSpot-Correlation-Id", self._correlation_id())
        return Response(response.status, (*response.headers, date, correlation), response.body)
