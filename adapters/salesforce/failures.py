"""One table from Salesforce's error codes to what is to be done next (contract sheet 11).

Pure: decides by status and code, never by waiting or asking. Error texts of the vendor are looked at but
never passed on, because they repeat people's values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from adapters.failure import Failure, Lost, Refused
from adapters.retry import advised_wait_s, backoff_s
from connector.errors import (
    BadConfiguration,
    BatchRejected,
    BudgetExhausted,
    LeadloopError,
    NeedsOperator,
    RetryLater,
    SchemaDrift,
    StaleToken,
    Unconfirmed,
)
from connector.model import Outcome, RowOutcome

EXPIRED = "INVALID_SESSION_ID"
_NOT_A_SESSION_PROBLEM = ("not valid for use with the REST API", "not attached to Agent")  # jsforce skip-list

_ROW_OUTCOMES: Mapping[str, Outcome] = {
    "UNABLE_TO_LOCK_ROW": Outcome.RETRY,
    "ENTITY_IS_LOCKED": Outcome.RETRY,
    "SERVER_UNAVAILABLE": Outcome.RETRY,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Outcome.RETRY,
    "PROCESSING_HALTED": Outcome.RETRY,
    "UNKNOWN_EXCEPTION": Outcome.UNKNOWN,
    "ENTITY_IS_DELETED": Outcome.GONE,
    "NOT_FOUND": Outcome.GONE,
    "CANNOT_UPDATE_CONVERTED_LEAD": Outcome.GONE,
    "PRECONDITION_FAILED": Outcome.CONFLICT,
    "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE": Outcome.CONFLICT,
}
_LOCK_RETRY_AFTER_S = 5.0
_CONCURRENT_RETRY_AFTER_S = 30.0
_RETRIED_STATUSES = frozenset({420, 429, 500, 502, 503, 504})
_RETRIED_CODES = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"})
_SCHEMA_CODES = frozenset({"INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND"})
_SHRINK_CODES = frozenset({"QUERY_TIMEOUT", "QUERY_TOO_COMPLICATED", "EXCEEDED_ID_LIMIT"})
_UNKNOWN_COLUMN = re.compile(r"[Nn]o such column '([^']+)'")


class Problem(Struct, frozen=True):
    """One error of the vendor: a code, its text (not to be passed on) and the fields it names."""

    code: str
    text: str = ""
    fields: tuple[str, ...] = ()


def problem_of(document: object) -> Problem:
    """The first error in any of the vendor's envelopes: array, object, OAuth, or none."""
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, Mapping):
        return Problem("")
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    text = first.get("message") or first.get("error_description") or ""
    return Problem(str(code), str(text), tuple(str(name) for name in first.get("fields") or ()))


def is_expired(failure: BaseException) -> bool:
    """Whether a new token may help; not every 401 means that (contract sheet 2)."""
    if not isinstance(failure, Refused) or failure.status != 401:
        return False
    problem = problem_of(failure.document())
    return problem.code in (EXPIRED, "") and not any(hint in problem.text for hint in _NOT_A_SESSION_PROBLEM)


def read_wait_s(failure: BaseException, attempt: int, key: str, now: datetime) -> float | None:
    """How long to wait before a read is tried again; ``None``: not at all."""
    if isinstance(failure, Lost):
        return backoff_s(attempt, key)
    if not isinstance(failure, Refused):
        return None
    problem = problem_of(failure.document())
    if problem.code == "REQUEST_LIMIT_EXCEEDED":
        return backoff_s(attempt, key, base_s=5.0) if _is_concurrent(problem) else None
    if failure.status == 500 and problem.code == "UNKNOWN_EXCEPTION" and attempt > 2:
        return None
    if failure.status in _RETRIED_STATUSES or problem.code in _RETRIED_CODES:
        advised = advised_wait_s(failure.headers.get("retry-after"), now)
        return backoff_s(attempt, key) if advised is None else advised
    return None


def read_error(failure: Failure, where: str) -> LeadloopError:
    """What a read that will not succeed now means to the core."""
    if isinstance(failure, Lost):
        remedy = "check the url and the network, then run again: it goes on where it was"
        return RetryLater(f"Salesforce did not answer ({failure.why})", where=where, remedy=remedy)
    problem = problem_of(failure.document())
    shared = _shared_error(failure, problem, where)
    if shared is not None:
        return shared
    what = f"Salesforce refused a read ({_named(failure, problem)})"
    return RetryLater(what, where=where) if failure.status >= 500 else NeedsOperator(what, where=where)


def write_error(failure: Failure, where: str) -> LeadloopError:
    """What a failed write request means: surely not done, to be halved, or unknown."""
    if isinstance(failure, Lost):
        if failure.sent:
            return Unconfirmed(f"no usable answer to a write came ({failure.why})", where=where)
        return RetryLater(f"Salesforce cannot be reached ({failure.why})", where=where)
    problem = problem_of(failure.document())
    if failure.status >= 500 and problem.code != "SERVER_UNAVAILABLE":
        return Unconfirmed(f"a write was answered with HTTP status {failure.status}", where=where)
    if failure.status < 400:
        return Unconfirmed(f"a write was answered with HTTP status {failure.status}", where=where)
    shared = _shared_error(failure, problem, where)
    if shared is not None:
        return shared
    return BatchRejected(
        f"Salesforce refused a whole batch ({_named(failure, problem)})", code=problem.code, where=where
    )


def _shared_error(failure: Refused, problem: Problem, where: str) -> LeadloopError | None:
    named = _named(failure, problem)
    if failure.status == 401:
        return NeedsOperator(f"the credentials were refused ({named})", where=where, remedy="renew the access")
    if problem.code == "REQUEST_LIMIT_EXCEEDED":
        return _limit_error(problem, where)
    if failure.status == 403:
        remedy = "check the integration user's permissions and the org's API access"
        return NeedsOperator(f"access was refused ({named})", where=where, remedy=remedy)
    if failure.status in (420, 429) or problem.code == "SERVER_UNAVAILABLE":
        return RetryLater(f"Salesforce is busy ({named})", retry_after_s=_LOCK_RETRY_AFTER_S, where=where)
    if problem.code == "INVALID_QUERY_LOCATOR":
        return StaleToken("a query's continuation has expired", where=where)
    if problem.code in _SHRINK_CODES:
        return RetryLater(f"a query was too large ({named})", where=where, remedy="narrow the range read at once")
    if problem.code == "UNSUPPORTED_API_VERSION":
        return BadConfiguration(f"the API version is not supported ({named})", where=where)
    if problem.code in _SCHEMA_CODES:
        return _drift(problem, where)
    return None


def _limit_error(problem: Problem, where: str) -> LeadloopError:
    if _is_concurrent(problem):
        what = "too many long requests run at once in this org"
        return RetryLater(what, retry_after_s=_CONCURRENT_RETRY_AFTER_S, where=where)
    return BudgetExhausted("the org's API requests of the last 24 hours are used up", where=where)


def _is_concurrent(problem: Problem) -> bool:
    return "concurrent" in problem.text.lower()  # one code for two limits (contract sheet 10)


def _drift(problem: Problem, where: str) -> SchemaDrift:
    unknown = _UNKNOWN_COLUMN.search(problem.text)
    fields = (unknown.group(1),) if unknown else problem.fields
    named = f"field {fields[0]}" if fields else "an object or field"
    remedy = "check the mapping and the integration user's field permissions"
    return SchemaDrift(f"{named} does not exist or is hidden from us", fields=fields, where=where, remedy=remedy)


def row_outcome(action_id: str, errors: object, *, status: int = 400) -> RowOutcome:
    """The outcome of one refused row, from its ``errors`` list and (in Composite) its own HTTP status."""
    problem = problem_of(errors)
    code = problem.code or f"HTTP_{status}"
    if status == 412:
        return RowOutcome(action_id, Outcome.CONFLICT, code=problem.code or "PRECONDITION_FAILED")
    outcome = _ROW_OUTCOMES.get(code) or _judged(problem, status)
    return RowOutcome(
        action_id,
        outcome,
        record_id=_existing(problem),
        code=code,
        field=problem.fields[0] if problem.fields else None,
        retry_after_s=_LOCK_RETRY_AFTER_S if outcome is Outcome.RETRY else 0.0,
    )


def _judged(problem: Problem, status: int) -> Outcome:
    if status >= 500:
        return Outcome.UNKNOWN
    if "unable to obtain exclusive access" in problem.text or "UNABLE_TO_LOCK_ROW" in problem.text:
        return Outcome.RETRY  # a trigger's error may wrap a lock error
    if problem.code == "INVALID_CROSS_REFERENCE_KEY" and not problem.fields:
        return Outcome.GONE  # the record's own id is unknown, not one of its references
    return Outcome.REJECTED


def _existing(problem: Problem) -> str | None:
    if problem.code != "DUPLICATE_VALUE":
        return None
    found = re.search(r"with id: ([A-Za-z0-9]{15,18})", problem.text)
    return found.group(1) if found else None


def _named(failure: Refused, problem: Problem) -> str:
    return problem.code or f"HTTP status {failure.status}"
