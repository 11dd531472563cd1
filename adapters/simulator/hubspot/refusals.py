"""Decides the wording and status of every refusal; must not know what state led to it.

Bodies follow contract sheet 2.2 and 2.3. The correlation id and ``"status": "error"`` are added where the
response is built, because they belong to the request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


class Refusal(Exception):
    """An error answer: HTTP status and the body without its correlation id."""

    def __init__(self, status: int, document: dict[str, Any], headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(document.get("message", "refused"))
        self.status = status
        self.document = document
        self.headers = tuple(headers)


@dataclass(frozen=True)
class ValueProblem:
    """One property value the portal does not take."""

    name: str
    code: str
    message: str


def validation(message: str, **more: Any) -> Refusal:
    """400 VALIDATION_ERROR with a plain message."""
    return Refusal(400, {"message": message, "category": "VALIDATION_ERROR", **more})


def invalid_values(problems: Sequence[ValueProblem], portal_id: int) -> Refusal:
    """400 with the rows as JSON text inside the message, and once more under ``errors`` (sheet 2.2)."""
    rows = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": portal_id,
        }
        for problem in problems
    ]
    errors = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [problem.name]}}
        for problem in problems
    ]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return validation(f"Property values were not valid: {text}", errors=errors)


def required_missing(legacy: str, names: Sequence[str]) -> Refusal:
    """400 for a create without a property the object needs (message unconfirmed)."""
    return validation(
        f"Error creating {legacy}. Some required properties were not set.",
        context={"properties": list(names)},
    )


def value_taken(portal_id: int, legacy: str, coordinates: tuple[str, str], ids: tuple[str, str]) -> Refusal:
    """400 for a unique value that another record has; the second id is the existing record (sheet 2.2)."""
    name, value = coordinates
    return validation(
        f"Cannot set PropertyValueCoordinates{{portalId={portal_id}, "
        f"objectTypeId=ObjectTypeId{{legacyObjectType={legacy}}}, propertyName={name}, value={value}}} "
        f"on {ids[0]}. {ids[1]} already has that value."
    )


def already_exists(singular: str, existing_id: str) -> Refusal:
    """409 CONFLICT naming the existing record."""
    message = f"{singular.capitalize()} already exists. Existing ID: {existing_id}"
    return Refusal(409, {"message": message, "category": "CONFLICT"})


def not_found(message: str = "resource not found") -> Refusal:
    """404 OBJECT_NOT_FOUND."""
    return Refusal(404, {"message": message, "category": "OBJECT_NOT_FOUND"})


def unknown_type(text: str) -> Refusal:
    """400 for an object type the portal does not have; it carries no category."""
    return Refusal(400, {"message": f"Unable to infer object type from: {text}"})


def bad_path_value(text: str) -> Refusal:
    """400 for a path segment that cannot be an id; it carries no category."""
    return Refusal(400, {"message": f"Unable to parse value for path parameter: {text}"})


def not_unique(type_id: str) -> Refusal:
    """400 for an ``idProperty`` that is not unique, hs_object_id included."""
    return validation(f"Unable to perform update/upsert by non-unique {type_id} property")


def duplicate_ids(ids: Sequence[str]) -> Refusal:
    """400 for the whole batch."""
    return validation(
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
        context={"ids": list(ids)},
    )


def invalid_authentication() -> Refusal:
    """401 for a token the portal does not know."""
    return Refusal(
        401,
        {
            "message": "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
            "category": "INVALID_AUTHENTICATION",
        },
    )


def expired_authentication(expired_at: str, seconds: int) -> Refusal:
    """401 for an OAuth token past its life."""
    return Refusal(
        401,
        {
            "message": f"The OAuth token used to make this call expired {seconds} second(s) ago.",
            "category": "EXPIRED_AUTHENTICATION",
            "context": {"expire time": [expired_at]},
        },
    )


def missing_scopes(scopes: Sequence[str]) -> Refusal:
    """403 naming the scopes the call needs."""
    message = (
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes."
    )
    error = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(scopes)},
    }
    return Refusal(
        403,
        {
            "message": message,
            "category": "MISSING_SCOPES",
            "errors": [error],
            "links": {"scopes": "https://developers.hubspot.com/scopes"},
        },
    )


def rate_limited(policy: str, group: str, headers: Iterable[tuple[str, str]] = ()) -> Refusal:
    """429 for ``TEN_SECONDLY_ROLLING``, ``SECONDLY`` or ``DAILY``: ``errorType``, no category (sheet 2.3)."""
    period = {"TEN_SECONDLY_ROLLING": "ten_secondly_rolling", "SECONDLY": "secondly", "DAILY": "daily"}[policy]
    document = {
        "message": f"You have reached your {period} limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
        "groupName": group,
    }
    return Refusal(429, document, headers)
