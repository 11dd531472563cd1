"""HubSpot's errors, one by one, and what each leads to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.failure import Lost, Refused
from adapters.hubspot.failures import is_expired, read_error, read_wait_s, row_outcome, write_error
from connector.errors import (
    BatchRejected,
    BudgetExhausted,
    NeedsOperator,
    NotGranted,
    RetryLater,
    SchemaDrift,
    Unconfirmed,
)
from connector.model import Outcome

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INVALID_EMAIL = (
    'Property values were not valid: [{"isValid":false,"message":"Email address ada@@x is invalid",'
    '"error":"INVALID_EMAIL","name":"email"}]'
)


def refused(status: int, headers: dict[str, str] | None = None, **document: Any) -> Refused:
    body = json.dumps({"status": "error", **document}).encode() if document else b"<html></html>"
    return Refused(status, headers or {}, body)


BURST = refused(429, errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")
SECONDLY = refused(429, errorType="RATE_LIMIT", policyName="SECONDLY")
DAILY = refused(429, errorType="RATE_LIMIT", policyName="DAILY")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (refused(401, category="INVALID_AUTHENTICATION"), NeedsOperator),
        (refused(403, category="MISSING_SCOPES"), NotGranted),
        (refused(404, message="resource not found"), SchemaDrift),
        (refused(400, category="VALIDATION_ERROR"), SchemaDrift),
        (DAILY, BudgetExhausted),
        (BURST, RetryLater),
        (refused(503), RetryLater),
        (refused(477, {"Retry-After": "3600"}, message="moving"), RetryLater),
        (refused(302), NeedsOperator),
        (Lost("the answer is not JSON", sent=True), RetryLater),
    ],
    ids=str,
)
def test_what_a_failed_read_leads_to(failure: Refused | Lost, kind: type[Exception]) -> None:
    assert type(read_error(failure, "acme: hubspot")) is kind


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Lost("timeout", sent=True), Unconfirmed),
        (Lost("no connection", sent=False), RetryLater),
        (refused(502), Unconfirmed),
        (refused(302), Unconfirmed),
        (refused(423, category="LOCKED"), RetryLater),
        (BURST, RetryLater),
        (DAILY, BudgetExhausted),
        (refused(400, category="VALIDATION_ERROR"), BatchRejected),
        (refused(409, category="CONFLICT", message="Contact already exists. Existing ID: 512"), BatchRejected),
    ],
    ids=str,
)
def test_what_a_failed_write_leads_to(failure: Refused | Lost, kind: type[Exception]) -> None:
    assert type(write_error(failure, "acme: hubspot")) is kind


@pytest.mark.parametrize(
    "message",
    [
        "Contact already exists. Existing ID: 512",
        "Cannot set PropertyValueCoordinates{propertyName=email, value=a@x} on 77. 512 already has that value.",
    ],
)
def test_a_conflict_names_the_record_that_exists(message: str) -> None:
    error = write_error(refused(409, category="CONFLICT", message=message), "acme")
    assert isinstance(error, BatchRejected)
    assert (error.record_id, error.code) == ("512", "CONFLICT")


def test_missing_scopes_are_named() -> None:
    context = {"requiredGranularScopes": ["crm.objects.contacts.write"]}
    error = write_error(refused(403, category="MISSING_SCOPES", errors=[{"context": context}]), "acme")
    assert "crm.objects.contacts.write" in str(error)


def test_no_error_repeats_the_vendors_text() -> None:
    error = write_error(refused(400, category="VALIDATION_ERROR", message=INVALID_EMAIL), "acme")
    assert isinstance(error, BatchRejected)
    assert error.code == "INVALID_EMAIL"
    assert "ada" not in str(error)


@pytest.mark.parametrize(
    ("error", "outcome", "code", "field"),
    [
        ({"category": "VALIDATION_ERROR", "message": INVALID_EMAIL}, Outcome.REJECTED, "INVALID_EMAIL", "email"),
        ({"category": "OBJECT_NOT_FOUND"}, Outcome.GONE, "OBJECT_NOT_FOUND", None),
        ({"category": "RATE_LIMITS"}, Outcome.RETRY, "RATE_LIMITS", None),
        ({"category": "INTERNAL_ERROR"}, Outcome.UNKNOWN, "INTERNAL_ERROR", None),
        (
            {
                "category": "VALIDATION_ERROR",
                "errors": [{"code": "INVALID_OPTION", "context": {"propertyName": ["x"]}}],
            },
            Outcome.REJECTED,
            "INVALID_OPTION",
            "x",
        ),
        ({}, Outcome.REJECTED, "REFUSED", None),
    ],
)
def test_what_a_refused_row_comes_to(error: dict[str, Any], outcome: Outcome, code: str, field: str | None) -> None:
    row = row_outcome("a1", error)
    assert (row.outcome, row.code, row.field) == (outcome, code, field)


def test_which_reads_are_tried_again_and_when() -> None:
    assert read_wait_s(DAILY, 1, "k", NOW) is None
    assert 10 <= (read_wait_s(BURST, 1, "k", NOW) or 0) <= 11
    assert 1 <= (read_wait_s(SECONDLY, 1, "k", NOW) or 0) <= 2
    assert (read_wait_s(refused(423), 1, "k", NOW) or 0) >= 2
    assert read_wait_s(refused(503, {"Retry-After": "9"}), 1, "k", NOW) == 9
    assert read_wait_s(refused(477, {"Retry-After": "9"}), 1, "k", NOW) is None
    assert read_wait_s(refused(400, category="VALIDATION_ERROR"), 1, "k", NOW) is None
    assert read_wait_s(KeyError("x"), 1, "k", NOW) is None


def test_only_an_expired_token_asks_for_a_new_one() -> None:
    assert is_expired(refused(401, category="EXPIRED_AUTHENTICATION"))
    assert not is_expired(refused(401, category="INVALID_AUTHENTICATION"))
    assert not is_expired(Lost("x", sent=True))
