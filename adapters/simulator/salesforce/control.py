"""The control plane: what a test, a demo or a person at the keyboard does to the org, as JSON over HTTP.

Its requests are not counted, not logged and need no token. Mistakes are answered 400 with one sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from adapters.simulator.salesforce import moments, seeding, tracking
from adapters.simulator.salesforce.call import encodable
from adapters.simulator.salesforce.control_edits import EDITS
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.wire import Fault, FaultPlan, Request, Response, json_response

if TYPE_CHECKING:
    from adapters.simulator.salesforce.simulator import SalesforceSimulator

Document = Mapping[str, Any]


class Control:
    """The routes below ``/_simulator/``."""

    def __init__(self, simulator: SalesforceSimulator) -> None:
        self._simulator = simulator
        self._routes: dict[tuple[str, str], Callable[[Request], object]] = {
            ("GET", "clock"): lambda _: self._now(),
            ("POST", "clock"): self._move_clock,
            ("GET", "settings"): lambda _: simulator.org.settings.as_json(),
            ("POST", "settings"): self._merge_settings,
            ("POST", "seed"): lambda request: seeding.seed(simulator.org, _document(request)),
            ("GET", "faults"): lambda _: {"faults": [asdict(fault) for fault in simulator.faults.faults]},
            ("POST", "faults"): self._replace_faults,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "dump"): lambda _: self._dump(),
            ("GET", "digest"): lambda _: {"digest": self._digest()},
            ("GET", "history"): self._history,
            ("POST", "revoke"): lambda _: {"revoked": simulator.tokens.revoke()},
            ("POST", "reset"): self._reset,
        }

    def handle(self, request: Request) -> Response:
        """Answer one control request."""
        name = request.path.removeprefix("/_simulator/").strip("/")
        try:
            if request.method == "POST" and name in EDITS:
                return json_response(200, self._edited(name, request))
            action = self._routes.get((request.method, name))
            if action is None:
                return json_response(404, {"error": f"there is no {request.method} /_simulator/{name}"})
            return json_response(200, action(request))
        except Refusal as refusal:
            error = {"error": f"{refusal.code}: {refusal.message}", "code": refusal.code}
            return json_response(400, error)
        except KeyError as missing:
            return json_response(400, {"error": f"/_simulator/{name}: {missing} is missing or unknown"})
        except AttributeError:
            return json_response(400, {"error": f"/_simulator/{name}: the body does not have the shape of this route"})
        except (ValueError, TypeError) as mistake:
            return json_response(400, {"error": f"/_simulator/{name}: {mistake}"})

    def _edited(self, name: str, request: Request) -> object:
        org = self._simulator.org
        mark = org.mark()
        try:
            result = EDITS[name](org, _document(request))
        except Exception:
            org.roll_back(mark)
            raise
        org.commit()
        return result

    def _now(self) -> dict[str, str]:
        return {"now": self._simulator.clock.now().isoformat()}

    def _move_clock(self, request: Request) -> object:
        document = _document(request)
        if "now" in document:
            self._simulator.clock.set(moments.parse(str(document["now"])))
        else:
            self._simulator.clock.advance(float(document["advance_seconds"]))
        return self._now()

    def _merge_settings(self, request: Request) -> object:
        org = self._simulator.org
        document = _document(request)
        org.settings.merge(document)
        org.schema.hidden_fields = frozenset(org.settings["hidden_fields"])
        org.schema.hidden_objects = frozenset(org.settings["hidden_objects"]) | tracking.untracked(org)
        if "sandbox" in document:
            seeding.set_sandbox(org, bool(document["sandbox"]))
        if {"hidden_fields", "hidden_objects", "tracked_fields"} & set(document):
            seeding.schema_changed(org)
        return org.settings.as_json()

    def _replace_faults(self, request: Request) -> object:
        faults = [_fault(given) for given in _document(request)["faults"]]
        self._simulator.faults = FaultPlan(faults)
        return {"faults": len(faults)}

    def _requests(self, request: Request) -> object:
        log = self._simulator.log
        return log.totals() if request.parameter("count") else {"requests": log.entries}

    def _clear_requests(self, _: Request) -> object:
        cleared = len(self._simulator.log.entries)
        self._simulator.log.entries.clear()
        return {"cleared": cleared}

    def _dump(self) -> dict[str, Any]:
        tables = sorted(self._simulator.org.tables.items())
        return {"records": {name: dict(sorted(table.rows.items())) for name, table in tables if table.rows}}

    def _digest(self) -> str:
        canonical = json.dumps(self._dump(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def _history(self, request: Request) -> object:
        wanted = {name: value for name in ("object", "id") if (value := request.parameter(name))}
        rows = self._simulator.org.history
        return {"history": [row for row in rows if all(row[name] == value for name, value in wanted.items())]}

    def _reset(self, request: Request) -> object:
        seed = _document(request).get("seed")
        self._simulator.reset(None if seed is None else int(seed))
        return self._now()


def _document(request: Request) -> Document:
    document = request.json() if request.body else {}
    if not encodable(request.body, document):
        raise ValueError("a text holds half a character")
    if not isinstance(document, dict):
        raise ValueError("the body must be a JSON object")
    return document


def _fault(given: Document) -> Fault:
    headers = tuple((str(name), str(value)) for name, value in given.get("headers", ()))
    return Fault(**{**given, "headers": headers})
