"""Composite: up to 25 calls in one, with references between them (sheet section 9.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.simulator.salesforce.call import Call, flag_parameter
from adapters.simulator.salesforce.refusals import Refusal, malformed_json
from adapters.simulator.wire import Request, Response, json_response

SUBREQUESTS_MAX = 25
FORBIDDEN_HEADERS = frozenset({"accept", "authorization", "content-type"})
INHERITED_HEADERS = ("sforce-auto-assign", "sforce-call-options", "sforce-duplicate-rule-header")
HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
Dispatch = Callable[[Request], Response]


def composite(call: Call, dispatch: Dispatch) -> Response:
    """POST /composite; ``dispatch`` answers one subrequest without counting it."""
    body = call.body()
    parts = _parts(call, body)
    start = call.org.mark()
    answers: dict[str, Any] = {}
    responses = [_subresponse(call, part, dispatch, answers) for part in parts]
    if flag_parameter(body.get("allOrNone")) and any(r["httpStatusCode"] >= 400 for r in responses):
        call.org.roll_back(start)
        responses = [r if r["httpStatusCode"] >= 400 else _halted(r["referenceId"]) for r in responses]
    return json_response(200, {"compositeResponse": responses})


def _parts(call: Call, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = body.get("compositeRequest")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise malformed_json("compositeRequest must be a list of objects at [line:1, column:1]")
    if len(parts) > SUBREQUESTS_MAX:
        message = f"Limit exceeded: A composite request can contain at most {SUBREQUESTS_MAX} subrequests."
        raise Refusal("LIMIT_EXCEEDED", message)
    if not all(isinstance(part.get("httpHeaders") or {}, dict) for part in parts):
        raise malformed_json("httpHeaders must be an object at [line:1, column:1]")
    names = [str(part.get("referenceId", "")) for part in parts]
    if len(set(names)) != len(names) or not all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names):
        raise Refusal("INVALID_INPUT", "Every subrequest needs its own referenceId of letters, digits and underscores")
    for part in parts:
        _check_headers(part.get("httpHeaders") or {})
    queries = sum("/query" in str(part.get("url")) for part in parts)
    if queries > call.org.settings["composite_query_limit"]:
        raise Refusal("LIMIT_EXCEEDED", "Limit exceeded: too many query subrequests.")
    return parts


def _check_headers(headers: Mapping[str, str]) -> None:
    forbidden = sorted(name for name in headers if name.lower() in FORBIDDEN_HEADERS)
    if forbidden:
        raise Refusal("INVALID_INPUT", f"Header not allowed in a subrequest: {', '.join(forbidden)}")


def _subresponse(call: Call, part: dict[str, Any], dispatch: Dispatch, answers: dict[str, Any]) -> dict[str, Any]:
    name = str(part["referenceId"])
    mark = call.org.mark()
    try:
        response = dispatch(_subrequest(call, part, answers))
    except Refusal as refusal:
        call.org.roll_back(mark)
        response = refusal.response()
    document = json.loads(response.body) if response.body else None
    if response.status < 300:
        answers[name] = document
    location = response.header("Location")
    headers = {"Location": location} if location else {}
    return {"body": document, "httpHeaders": headers, "httpStatusCode": response.status, "referenceId": name}


def _subrequest(call: Call, part: Mapping[str, Any], answers: Mapping[str, Any]) -> Request:
    url = str(_filled(part.get("url", ""), answers))
    path, _, query = url.partition("?")
    if not path.startswith("/services/data/") or path.rstrip("/").endswith("/composite"):
        raise Refusal(
            "INVALID_INPUT", f"The url of a subrequest must begin with /services/data/ and not be composite: {path}"
        )
    headers = {name: call.request.headers[name] for name in INHERITED_HEADERS if name in call.request.headers}
    headers |= {name.lower(): str(value) for name, value in (part.get("httpHeaders") or {}).items()}
    body = part.get("body")
    sent = b"" if body is None else json.dumps(_filled(body, answers)).encode()
    return Request(str(part.get("method", "")).upper(), path, query, headers, sent)


def _filled(value: Any, answers: Mapping[str, Any]) -> Any:
    """The value with every ``@{reference.field}`` replaced."""
    if isinstance(value, dict):
        return {key: _filled(inner, answers) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, answers) for inner in value]
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_referenced(match, answers)), value)
    return value


def _referenced(match: re.Match[str], answers: Mapping[str, Any]) -> Any:
    found: Any = answers.get(match[1])
    for step in re.findall(r"\w+", match[2]):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError, ValueError):
            found = None
    if found is None:
        message = f"Invalid reference specified. No value for {match[1]}{match[2]} found in {match[1]}"
        raise Refusal("PROCESSING_HALTED", message)
    return found


def _halted(name: str) -> dict[str, Any]:
    error = {"errorCode": "PROCESSING_HALTED", "message": HALTED}
    return {"body": [error], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}
