"""One table from HubSpot's errors to what is to be done next (contract sheet 2.2 and 2.3).

Pure: decides by status, category and policy. Error texts are searched for codes and ids, never passed on,
because they repeat people's values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.failure import Failure, Lost, Refused
from adapters.retry import advised_wait_s, backoff_s
from connector.errors import (
    BatchRejected,
    BudgetExhausted,
    LeadloopError,
    NeedsOperator,
    NotGranted,
    RetryLater,
    SchemaDrift,
    Unconfirmed,
)
from connector.model import Outcome, RowOutcome

LOCKED_WAIT_S = 2.0  # a lock lasts two seconds (contract sheet 2.2)
BURST_WAIT_S = 10.0
SEARCH_WAIT_S = 1.0
MIGRATING_WAIT_MAX_S = 86_400.0
_TRANSIENT = frozenset({408, 429, 502, 503, 504, 500, 520, 521, 523, 524})

_ROW_OUTCOMES: Mapping[str, Outcome] = {
    "OBJECT_NOT_FOUND": Outcome.GONE,
    "RATE_LIMIT": Outcome.RETRY,
    "RATE_LIMITS": Outcome.RETRY,
    "LOCKED": Outcome.RETRY,
    "INTERNAL_ERROR": Outcome.UNKNOWN,
}
_PROPERTY_CODE = re.compile(r'"error"\s*:\s*"([A-Z_]+)"')
_PROPERTY_NAME = re.compile(r'"name"\s*:\s*"([A-Za-z0-9_]+)"')
_EXISTING = (re.compile(r"Existing ID: (\d+)"), re.compile(r"on \d+\. (\d+) already has that value"))


def document_of(failure: Refused) -> Mapping[str, Any]:
    """The error envelope; empty when the body is a gateway's page."""
    document = failure.document()
    return document if isinstance(document, Mapping) else {}


def is_expired(failure: BaseException) -> bool:
    """Whether a renewed OAuth token helps: only EXPIRED does, INVALID means stop (contract sheet 4)."""
    return (
        isinstance(failure, Refused)
        and failure.status == 401
        and document_of(failure).get("category") == "EXPIRED_AUTHENTICATION"
    )


def read_wait_s(failure: BaseException, attempt: int, key: str, now: datetime) -> float | None:
    """How long to wait before a read is tried again; ``None``: not at all."""
    if isinstance(failure, Lost):
        return backoff_s(attempt, key)
    if not isinstance(failure, Refused):
        return None
    if failure.status == 423:
        return LOCKED_WAIT_S + backoff_s(attempt, key)
    if failure.status not in _TRANSIENT:
        return None
    advised = advised_wait_s(failure.headers.get("retry-after"), now)
    if failure.status == 429:
        return _limit_wait_s(failure, attempt, key, advised)
    return backoff_s(attempt, key) if advised is None else advised


def _limit_wait_s(failure: Refused, attempt: int, key: str, advised: float | None) -> float | None:
    policy = str(document_of(failure).get("policyName", ""))
    if policy == "DAILY":
        return None
    least = SEARCH_WAIT_S if policy == "SECONDLY" else BURST_WAIT_S
    return max(least, advised or 0.0) + backoff_s(attempt, key)  # Retry-After is a hint only (sheet 2.3)


def read_error(failure: Failure, where: str) -> LeadloopError:
    """What a read that will not succeed now means to the core."""
    if isinstance(failure, Lost):
        remedy = "check the url and the network, then run again: it goes on where it was"
        return RetryLater(f"HubSpot did not answer ({failure.why})", where=where, remedy=remedy)
    shared = _shared_error(failure, where)
    if shared is not None:
        return shared
    what = f"HubSpot refused a read ({_named(failure)})"
    if failure.status in _TRANSIENT or failure.status >= 500:
        return RetryLater(what, where=where)
    if failure.status in (400, 404):
        return SchemaDrift(what, where=where, remedy="check the mapping against the live properties")
    return NeedsOperator(what, where=where)


def write_error(failure: Failure, where: str) -> LeadloopError:
    """What a failed write request means: surely not done, to be halved, or unknown."""
    if isinstance(failure, Lost):
        if failure.sent:
            return Unconfirmed(f"no usable answer to a write came ({failure.why})", where=where)
        return RetryLater(f"HubSpot cannot be reached ({failure.why})", where=where)
    if failure.status >= 500 or failure.status < 400 or failure.status == 408:
        return Unconfirmed(f"a write was answered with HTTP status {failure.status}", where=where)
    shared = _shared_error(failure, where)
    if shared is not None:
        return shared
    document = document_of(failure)
    return BatchRejected(
        f"HubSpot refused a whole batch ({_named(failure)})",
        code=code_of(document) or f"HTTP_{failure.status}",
        record_id=existing_id(document),
        where=where,
    )


def _shared_error(failure: Refused, where: str) -> LeadloopError | None:
    named = _named(failure)
    if failure.status == 401:
        return NeedsOperator(f"the credentials were refused ({named})", where=where, remedy="renew the access token")
    if failure.status == 403:
        scopes = missing_scopes(document_of(failure))
        remedy = f"grant the scopes: {', '.join(scopes) or 'those of the mapped objects'}"
        return NotGranted(f"access was refused ({named})", scopes=scopes, where=where, remedy=remedy)
    if failure.status == 423:
        return RetryLater("HubSpot has locked a record", retry_after_s=LOCKED_WAIT_S, where=where)
    if failure.status == 429:
        return _limit_error(failure, where)
    if failure.status == 477:
        return _migrating(failure, where)
    return None


def _limit_error(failure: Refused, where: str) -> LeadloopError:
    policy = str(document_of(failure).get("policyName", ""))
    if policy == "DAILY":
        remedy = "run again after midnight in the portal's time zone"
        return BudgetExhausted("the account's API requests of today are used up", where=where, remedy=remedy)
    wait_s = SEARCH_WAIT_S if policy == "SECONDLY" else BURST_WAIT_S
    return RetryLater("HubSpot's rate limit is reached", retry_after_s=wait_s, where=where)


def _migrating(failure: Refused, where: str) -> RetryLater:
    try:
        wait_s = float(failure.headers.get("retry-after", "") or 0)
    except ValueError:
        wait_s = 0.0
    wait_s = min(max(wait_s, 60.0), MIGRATING_WAIT_MAX_S)
    return RetryLater("HubSpot is moving this portal", retry_after_s=wait_s, where=where)


def missing_scopes(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes a 403 asks for."""
    context = _first(document.get("errors")).get("context") or {}
    scopes = context.get("requiredGranularScopes") or context.get("requiredScopes") or ()
    return tuple(str(scope) for scope in scopes)


def code_of(document: Mapping[str, Any]) -> str:
    """The most telling code: of the property if there is one, else the category."""
    message = str(document.get("message", ""))
    nested = _first(document.get("errors"))
    in_text = _PROPERTY_CODE.search(message) or _PROPERTY_CODE.search(str(nested.get("message", "")))
    return str(nested.get("code") or (in_text.group(1) if in_text else "") or document.get("category") or "")


def field_of(document: Mapping[str, Any]) -> str | None:
    """The property an error speaks of, if it names one."""
    nested = _first(document.get("errors"))
    names = (nested.get("context") or {}).get("propertyName") or ()
    if names:
        return str(names[0])
    in_text = _PROPERTY_NAME.search(str(document.get("message", "")))
    return in_text.group(1) if in_text else None


def existing_id(document: Mapping[str, Any]) -> str | None:
    """The record that already holds a unique value, read out of the text (contract sheet 2.2)."""
    message = str(document.get("message", ""))
    found = (pattern.search(message) for pattern in _EXISTING)
    return next((match.group(1) for match in found if match), None)


def row_outcome(action_id: str, error: Mapping[str, Any]) -> RowOutcome:
    """The outcome of one refused row of a 207."""
    code = code_of(error)
    outcome = _ROW_OUTCOMES.get(str(error.get("category") or code), Outcome.REJECTED)
    return RowOutcome(
        action_id,
        outcome,
        record_id=existing_id(error),
        code=code or "REFUSED",
        field=field_of(error),
        retry_after_s=BURST_WAIT_S if outcome is Outcome.RETRY else 0.0,
    )


def _first(errors: object) -> Mapping[str, Any]:
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        return errors[0]
    return {}


def _named(failure: Refused) -> str:
    return code_of(document_of(failure)) or f"HTTP status {failure.status}"
