"""Decides the answer of a scripted fault that does nothing but answer; must not know the portal.

Bodies from contract sheet 2.2 and 2.3 when the fault names none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from adapters.simulator.wire import Fault, Response

KINDS = ("status", "drop_before", "drop_after", "truncate", "html", "lie")
_HTML = "<html><head><title>503 Service Unavailable</title></head><body><h1>503</h1></body></html>"
_BODIES: dict[int, dict[str, Any]] = {
    401: {
        "message": "The OAuth token used to make this call expired 75 second(s) ago.",
        "category": "EXPIRED_AUTHENTICATION",
    },
    423: {"message": "This record is locked. Try again later.", "category": "LOCKED"},
    429: {
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": "publicapi:private_app-api-calls-ten-secondly:148800001:1160452",
    },
    477: {"message": "This account is being migrated.", "category": "MIGRATION_IN_PROGRESS"},
}


def fault_response(fault: Fault, correlation_id: str) -> Response:
    """The scripted answer; an HTML page, the given body, or the vendor's usual one."""
    if fault.kind == "html":
        return Response(503, (("Content-Type", "text/html"), *fault.headers), _HTML.encode())
    body = fault.body
    if not body:
        usual = _BODIES.get(fault.status, {"message": "internal error"})
        body = json.dumps({"status": "error", **usual, "correlationId": correlation_id})
    return Response(fault.status, (("Content-Type", "application/json;charset=UTF-8"), *fault.headers), body.encode())


def fault_from(document: Mapping[str, Any]) -> Fault:
    """A fault from JSON; raises ``ValueError`` naming what is wrong."""
    known = {field.name for field in fields(Fault)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    if document.get("kind") not in KINDS:
        raise ValueError(f"fault kind must be one of {', '.join(KINDS)}, not {document.get('kind')!r}")
    headers = tuple((str(name), str(value)) for name, value in document.get("headers", ()))
    return Fault(**{**document, "headers": headers})


def fault_document(fault: Fault) -> dict[str, Any]:
    """A fault as JSON, with what is left of its ``skip`` and ``times``."""
    return asdict(fault)
