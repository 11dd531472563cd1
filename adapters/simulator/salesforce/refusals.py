"""How the vendor says no: one exception and its two body forms (sheet sections 9.2 and 11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.simulator.wire import Response, json_response


class Refusal(Exception):
    """A request or a record that the vendor refuses.

    ``fields`` is None for refusals of a whole request, whose body then has no such key.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, fields: Sequence[str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields

    def response(self) -> Response:
        """The answer of a single call: an array with one error, under ``errorCode``."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = list(self.fields)
        return json_response(self.status, [error])

    def row(self) -> dict[str, Any]:
        """The answer for one record of a collection: the same under ``statusCode``."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


def not_found() -> Refusal:
    """Unknown path, object or record."""
    return Refusal("NOT_FOUND", "The requested resource does not exist", status=404)


def invalid_session() -> Refusal:
    """A token that is unknown, expired or revoked."""
    return Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def entity_is_deleted() -> Refusal:
    """A record in the recycle bin."""
    return Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404, fields=[])


def converted_lead() -> Refusal:
    """A write to a converted Lead, or of an activity on one (sheet section 7)."""
    return Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])


def invalid_reference() -> Refusal:
    """A reference to a record that does not exist or may not be used there."""
    return Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[])


def malformed_json(message: str) -> Refusal:
    """A body that cannot be read."""
    return Refusal("JSON_PARSER_ERROR", message)


def no_such_column(field: str, object_name: str) -> Refusal:
    """A write to a field that is unknown or hidden."""
    return Refusal("INVALID_FIELD", f"No such column '{field}' on sobject of type {object_name}", fields=[])
