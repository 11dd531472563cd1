"""One API call as its handler sees it, and the state that lives beside the records: cursors and jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.org import Actor, Org
from adapters.simulator.salesforce.refusals import Refusal, malformed_json, not_found
from adapters.simulator.salesforce.schema import SObject
from adapters.simulator.wire import Request, Response

Handler = Callable[["Call"], Response]


@dataclass
class Backend:
    """What handlers share. ``cursors`` by locator, ``jobs`` by id."""

    org: Org
    cursors: dict[str, Any] = field(default_factory=dict)
    jobs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A routed request. ``base`` is ``/services/data/vXX.X``; ``arguments`` come from the path."""

    backend: Backend
    request: Request
    base: str
    arguments: Mapping[str, str]
    route: str = ""

    @property
    def org(self) -> Org:
        """The org the call acts on."""
        return self.backend.org

    def actor(self) -> Actor:
        """The integration user, under this call's assignment header (default: rules run, sheet 9.1)."""
        header = self.request.headers.get("sforce-auto-assign", "TRUE")
        return Actor(self.org.integration_user_id, auto_assign=header.strip().upper() != "FALSE")

    def entry(self) -> SObject:
        """The object named in the path; raises 404."""
        entry = self.org.schema.object(self.arguments["object"])
        if entry is None or not entry.prefix:
            raise not_found()
        return entry

    def identifier(self) -> str:
        """The record id in the path; raises 404 when it is none, or one of another object."""
        given = self.arguments["id"]
        found = canonical(given)
        if found is None or not found.startswith(self.entry().prefix):
            message = f"Provided external ID field does not exist or is not accessible: {given}"
            raise Refusal("NOT_FOUND", message, status=404)
        return found

    def body(self) -> dict[str, Any]:
        """The JSON object sent; raises JSON_PARSER_ERROR."""
        try:
            document = self.request.json()
        except ValueError:
            raise malformed_json("Unexpected character or end of input at [line:1, column:1]") from None
        if not encodable(self.request.body, document):
            raise malformed_json("Invalid UTF-8: a surrogate without its other half at [line:1, column:1]")
        if not isinstance(document, dict):
            raise malformed_json("The HTTP entity body is required to be a JSON object at [line:1, column:1]")
        return document

    def moment_header(self, name: str) -> datetime | None:
        """A conditional header; raises 400 when it is not an HTTP date."""
        value = self.request.headers.get(name)
        if value is None:
            return None
        try:
            return moments.parse_http_date(value)
        except ValueError:
            raise Refusal("INVALID_HEADER", f"The value of the {name} header is not a date: {value}") from None


def encodable(body: bytes, document: object) -> bool:
    """Whether every text of a JSON body can be written as UTF-8: an escape may hide half a character."""
    if b"\\u" not in body:
        return True
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def flag_parameter(value: object) -> bool:
    """A boolean given as JSON or as text."""
    return value is True or str(value).lower() == "true"
