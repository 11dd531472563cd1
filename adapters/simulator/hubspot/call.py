"""Decides how a handler sees one API request: its parts, parameters, body and caller; must not know any rule.

Lists may be repeated or comma separated, booleans are case-insensitive, unknown parameters are ignored
(contract sheet 6.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.simulator.hubspot.object_types import ObjectType, object_type
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor
from adapters.simulator.hubspot.refusals import not_found, validation
from adapters.simulator.wire import Request


@dataclass(frozen=True)
class Reply:
    """What a handler answers: a status and a JSON document (None: no body)."""

    status: int
    document: Any = None


@dataclass(frozen=True)
class Call:
    """One authenticated request on its way to a handler; ``parts`` are the path segments after the area."""

    portal: Portal
    request: Request
    actor: Actor
    version: str
    parts: tuple[str, ...]

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.request.method

    def kind(self, position: int = 0) -> ObjectType:
        """The object type named by a path segment."""
        return object_type(self.parts[position])

    def names(self, parameter: str) -> list[str]:
        """A list parameter, repeated or comma separated, without repeats."""
        found = [
            name.strip()
            for key, value in self.request.parameters()
            if key == parameter
            for name in value.split(",")
            if name.strip()
        ]
        return list(dict.fromkeys(found))

    def flag(self, parameter: str) -> bool:
        """A boolean parameter, false when absent."""
        text = (self.request.parameter(parameter) or "false").lower()
        if text not in ("true", "false"):
            raise validation(f"Unable to parse value for query parameter: {parameter}")
        return text == "true"

    def limit(self, default: int, highest: int) -> int:
        """The page size; beyond the highest it is refused (text unconfirmed)."""
        text = self.request.parameter("limit") or str(default)
        if not text.isdigit() or not 0 < int(text) <= highest:
            raise validation(f"Invalid limit {text}: it must be between 1 and {highest}")
        return int(text)

    def after(self) -> int:
        """The paging cursor as a number; 0 at the start."""
        text = self.request.parameter("after") or "0"
        if not text.isdigit():
            raise validation(f"Invalid paging cursor: {text}")
        return int(text)

    def body(self) -> dict[str, Any]:
        """The JSON object sent; anything else is refused."""
        document = self.json()
        if not isinstance(document, dict):
            raise validation("Invalid input JSON on line 1, column 1: an object is expected")
        return document

    def json(self) -> Any:
        """The JSON sent, of any shape."""
        try:
            return json.loads(self.request.body)
        except (ValueError, UnicodeDecodeError) as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            raise validation(f"Invalid input JSON on line {line}, column {column}") from None

    def properties(self, document: dict[str, Any]) -> dict[str, Any]:
        """The ``properties`` of an input; values may be texts, numbers, booleans or null."""
        found = document.get("properties")
        if not isinstance(found, dict):
            raise validation("Invalid input JSON: properties must be an object")
        for name, value in found.items():
            if isinstance(value, (dict, list)):
                raise validation(f"Invalid input JSON: cannot read the value of property {name}")
        return found


def objects_in(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of objects under a key of a body, empty when absent; any other shape is refused."""
    rows = document.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise validation(f"Invalid input JSON: {name} must be a list of objects")
    return rows


def end_id(row: Mapping[str, Any], name: str) -> str:
    """The id under ``from`` or ``to`` of an association input."""
    end = row.get(name)
    if not isinstance(end, dict) or not str(end.get("id")).isdigit():
        raise validation(f"Invalid input JSON: {name} must be an object with an id")
    return str(end["id"])


def names_in(document: Mapping[str, Any], name: str) -> list[str]:
    """The list of texts under a key of a body, empty when absent; any other shape is refused."""
    rows = document.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        raise validation(f"Invalid input JSON: {name} must be a list of texts")
    return rows


Handler = Callable[[Call], Reply]


def page_link(call: Call, after: str) -> dict[str, Any]:
    """The ``paging`` block."""
    kept = [(key, value) for key, value in call.request.parameters() if key != "after"]
    query = "&".join(f"{key}={value}" for key, value in [*kept, ("after", after)])
    return {"next": {"after": after, "link": f"https://api.hubapi.com{call.request.path}?{query}"}}


def no_such_route() -> Reply:
    """404 for a path the vendor does not have."""
    raise not_found()
