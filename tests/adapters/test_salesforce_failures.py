"""Salesforce's codes, one by one, and what each leads to."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.failure import Lost, Refused
from adapters.salesforce.failures import is_expired, read_error, read_wait_s, row_outcome, write_error
from connector.errors import (
    BatchRejected,
    BudgetExhausted,
    NeedsOperator,
    RetryLater,
    SchemaDrift,
    StaleToken,
    Unconfirmed,
)
from connector.model import Outcome

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HTML = b"<html>Server too busy</html>"


def refused(status: int, code: str = "", message: str = "", **headers: str) -> Refused:
    body = json.dumps([{"errorCode": code, "message": message}]).encode() if code else HTML
    return Refused(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (refused(401, "INVALID_SESSION_ID", "Session expired or invalid"), NeedsOperator),
        (refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), BudgetExhausted),
        (refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), RetryLater),
        (refused(403, "API_DISABLED_FOR_ORG"), NeedsOperator),
        (refused(503), RetryLater),
        (refused(400, "INVALID_FIELD", "No such column 'Foo__c' on entity 'Lead'."), SchemaDrift),
        (refused(404, "NOT_FOUND"), SchemaDrift),
        (refused(400, "INVALID_QUERY_LOCATOR"), StaleToken),
        (refused(400, "QUERY_TIMEOUT"), RetryLater),
        (refused(400, "MALFORMED_QUERY"), NeedsOperator),
        (refused(302), NeedsOperator),
        (Lost("timeout", sent=True), RetryLater),
    ],
    ids=str,
)
def test_what_a_failed_read_leads_to(failure: Refused | Lost, kind: type[Exception]) -> None:
    assert type(read_error(failure, "acme: salesforce")) is kind


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Lost("timeout", sent=True), Unconfirmed),
        (Lost("no connection", sent=False), RetryLater),
        (refused(500, "UNKNOWN_EXCEPTION"), Unconfirmed),
        (refused(503), Unconfirmed),
        (refused(302), Unconfirmed),
        (refused(503, "SERVER_UNAVAILABLE"), RetryLater),
        (refused(429), RetryLater),
        (refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), BudgetExhausted),
        (refused(400, "JSON_PARSER_ERROR"), BatchRejected),
        (refused(401, "INVALID_SESSION_ID"), NeedsOperator),
    ],
    ids=str,
)
def test_what_a_failed_write_leads_to(failure: Refused | Lost, kind: type[Exception]) -> None:
    assert type(write_error(failure, "acme: salesforce")) is kind


def test_a_hidden_field_is_named() -> None:
    error = read_error(refused(400, "INVALID_FIELD", "\nNo such column 'Foo__c' on entity 'Lead'."), "acme")
    assert isinstance(error, SchemaDrift)
    assert error.fields == ("Foo__c",)
    assert "Foo__c" in str(error)


def test_no_error_repeats_the_vendors_text() -> None:
    failure = refused(400, "STRING_TOO_LONG", "Company: data value too large: ada@x.example")
    assert "ada" not in str(read_error(failure, "acme")) + str(write_error(failure, "acme"))


@pytest.mark.parametrize(
    ("code", "fields", "message", "outcome"),
    [
        ("UNABLE_TO_LOCK_ROW", [], "", Outcome.RETRY),
        ("ENTITY_IS_LOCKED", [], "", Outcome.RETRY),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", [], "X: UNABLE_TO_LOCK_ROW, unable", Outcome.RETRY),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", [], "X: a trigger", Outcome.REJECTED),
        ("ENTITY_IS_DELETED", [], "", Outcome.GONE),
        ("NOT_FOUND", [], "", Outcome.GONE),
        ("CANNOT_UPDATE_CONVERTED_LEAD", [], "", Outcome.GONE),
        ("INVALID_CROSS_REFERENCE_KEY", [], "", Outcome.GONE),
        ("INVALID_CROSS_REFERENCE_KEY", ["OwnerId"], "", Outcome.REJECTED),
        ("INACTIVE_OWNER_OR_USER", [], "", Outcome.REJECTED),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", [], "", Outcome.REJECTED),
        ("DUPLICATES_DETECTED", [], "", Outcome.REJECTED),
        ("UNKNOWN_EXCEPTION", [], "", Outcome.UNKNOWN),
        ("SOMETHING_NEW", [], "", Outcome.REJECTED),
    ],
)
def test_what_a_refused_row_comes_to(code: str, fields: list[str], message: str, outcome: Outcome) -> None:
    row = row_outcome("a1", [{"statusCode": code, "message": message, "fields": fields}])
    assert (row.outcome, row.code, row.field) == (outcome, code, fields[0] if fields else None)


def test_a_duplicate_names_the_record_that_has_the_value() -> None:
    text = "duplicate value found: Leadloop_Id__c duplicates value on record with id: 00Q5g00000Ab12CEAR"
    assert row_outcome("a1", [{"statusCode": "DUPLICATE_VALUE", "message": text}]).record_id == "00Q5g00000Ab12CEAR"


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (refused(401, "INVALID_SESSION_ID", "Session expired or invalid"), True),
        (refused(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"), False),
        (Refused(401, {}, b'{"error":"x"}'), False),
        (Refused(401, {}, b"<html>"), True),
        (refused(403, "INVALID_SESSION_ID"), False),
        (Lost("x", sent=True), False),
    ],
    ids=str,
)
def test_only_an_expired_session_asks_for_a_new_token(failure: BaseException, expected: bool) -> None:
    assert is_expired(failure) is expected


def test_which_reads_are_tried_again_and_when() -> None:
    assert read_wait_s(refused(503, Retry_After="7"), 1, "k", NOW) == 7.0
    assert read_wait_s(refused(503), 1, "k", NOW) is not None
    assert read_wait_s(refused(400, "UNABLE_TO_LOCK_ROW"), 1, "k", NOW) is not None
    assert read_wait_s(refused(400, "MALFORMED_QUERY"), 1, "k", NOW) is None
    assert read_wait_s(refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests"), 1, "k", NOW) is None
    assert read_wait_s(refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests"), 1, "k", NOW) is not None
    assert read_wait_s(refused(500, "UNKNOWN_EXCEPTION"), 2, "k", NOW) is not None
    assert read_wait_s(refused(500, "UNKNOWN_EXCEPTION"), 3, "k", NOW) is None
    assert read_wait_s(KeyError("x"), 1, "k", NOW) is None
