"""A simulated portal spoken to as a client does, without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.simulator.hubspot import HubSpotSimulator
from adapters.simulator.wire import Request, Response

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@dataclass
class Answer:
    """A response with its JSON."""

    status: int
    json: Any
    response: Response


class Api:
    """Sends requests to one simulator; paths are those of version 2026-09 unless written out."""

    def __init__(self, simulator: HubSpotSimulator) -> None:
        self.simulator = simulator
        self.token = "simulator-token"

    def send(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        full = path if path.startswith("/") else f"/crm/objects/2026-09/{path}"
        text = urlencode(query, doseq=True)
        payload = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = self.simulator.handle(Request(method, full, text, headers, payload))
        return Answer(response.status, json.loads(response.body) if response.body else None, response)

    def get(self, path: str, **query: object) -> Answer:
        return self.send("GET", path, **query)

    def post(self, path: str, body: object = None, **query: object) -> Answer:
        return self.send("POST", path, body, **query)

    def patch(self, path: str, body: object) -> Answer:
        return self.send("PATCH", path, body)

    def control(self, route: str, body: object = None, **query: object) -> Any:
        answer = self.send("GET" if body is None else "POST", f"/_simulator/{route}", body, **query)
        assert answer.status == 200, answer.json
        return answer.json

    def settings(self, **values: object) -> None:
        self.control("settings", values)

    def advance(self, seconds: float) -> None:
        self.control("clock", {"advance_seconds": seconds})

    def seed(self, **document: object) -> dict[str, Any]:
        return dict(self.control("seed", document))

    def contact(self, record_id: str, **properties: object) -> None:
        self.seed(records={"contacts": [{"id": record_id, "properties": properties}]})

    def value(self, record_id: str, name: str, kind: str = "contacts") -> str | None:
        properties: Mapping[str, str | None] = self.get(f"{kind}/{record_id}", properties=name).json["properties"]
        return properties[name]

    def search(self, *filters: Mapping[str, Any], kind: str = "contacts", **more: object) -> Answer:
        groups = [{"filters": list(filters)}] if filters else []
        return self.post(f"{kind}/search", {"filterGroups": groups, **more})

    def found(self, *filters: Mapping[str, Any], **more: Any) -> list[str]:
        return [row["id"] for row in self.search(*filters, **more).json["results"]]


@pytest.fixture
def api() -> Api:
    """A portal with the leadloop properties and three owners."""
    api = Api(HubSpotSimulator(seed=7, now=NOW))
    owners = [
        {"id": "501", "email": "dana@seller.example", "firstName": "Dana", "lastName": "Reyes", "userId": 61},
        {"id": "502", "email": "left@seller.example", "firstName": "Lee", "userId": 62, "archived": True},
        {"id": "503", "firstName": "Inbound", "lastName": "queue", "type": "QUEUE"},
    ]
    api.seed(leadloop_fields=True, owners=owners)
    api.settings(search_limit=1000, burst_limit=100_000)
    return api
