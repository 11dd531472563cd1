"""A bare client of the simulated org: JSON in, status and JSON out, no retries, no library."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters.simulator.salesforce import SalesforceSimulator
from adapters.simulator.wire import Request, Response

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
BASE = "/services/data/v67.0"
OWNER = "005000000000001AAA"
SECOND_OWNER = "005000000000002AAA"
INACTIVE = "005000000000003AAA"
QUIET = {"Sforce-Auto-Assign": "FALSE"}
USERS = [
    {"Id": OWNER, "Username": "dana@acme.example", "Email": "dana@acme.example", "LastName": "Ruiz"},
    {"Id": SECOND_OWNER, "Username": "lee@acme.example", "Email": "lee@acme.example", "LastName": "Lee"},
    {"Id": INACTIVE, "Username": "old@acme.example", "Email": "old@acme.example", "LastName": "Old", "IsActive": False},
]


class Client:
    """The org and short words for what is asked of it."""

    def __init__(self, seed: int = 0) -> None:
        self.simulator = SalesforceSimulator(seed=seed, now=NOW)
        self.token = "simulator-token"
        self.control("seed", {"leadloop_fields": True, "records": {"User": USERS}})

    def raw(self, method: str, path: str, body: Any = None, headers: Any = None, **query: str) -> Response:
        sent = {"authorization": f"Bearer {self.token}", **{k.lower(): v for k, v in (headers or {}).items()}}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        target = path if path.startswith("/") else f"{BASE}/{path}"
        return self.simulator.handle(Request(method, target, urlencode(query), sent, content))

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: str) -> tuple[int, Any]:
        response = self.raw(method, path, body, headers, **query)
        return response.status, json.loads(response.body) if response.body else None

    def refused(self, method: str, path: str, body: Any = None, headers: Any = None, **query: str) -> tuple[int, str]:
        status, errors = self.call(method, path, body, headers, **query)
        return status, errors[0]["errorCode"]

    def control(self, route: str, body: Any = None, method: str = "POST", **query: str) -> Any:
        response = self.raw(method, f"/_simulator/{route}", body, **query)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def soql(self, text: str, resource: str = "query") -> list[dict[str, Any]]:
        status, page = self.call("GET", resource, q=text)
        assert status == 200, page
        return [_plain(record) for record in page["records"]]

    def lead(self, **fields: Any) -> str:
        given = {"LastName": "Doe", "Company": "Acme", **fields}
        return str(self.control("create", {"object": "Lead", "fields": given, "by": OWNER})["id"])

    def row(self, object_name: str, identifier: str) -> dict[str, Any]:
        return self.control("dump", method="GET")["records"][object_name][identifier]

    def wait(self, seconds: float) -> None:
        self.control("clock", {"advance_seconds": seconds})


def _plain(record: Any) -> Any:
    if isinstance(record, dict):
        return {name: _plain(value) for name, value in record.items() if name != "attributes"}
    return [_plain(entry) for entry in record] if isinstance(record, list) else record
