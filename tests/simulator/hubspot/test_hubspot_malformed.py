"""Malformed bodies are refused as the vendor refuses them; none breaks the simulator."""

from __future__ import annotations

from random import Random

import pytest

OPERATIONS = [
    "contacts",
    "contacts/search",
    "contacts/merge",
    "contacts/gdpr-delete",
    *(f"contacts/batch/{name}" for name in ("read", "create", "update", "upsert", "archive")),
    *(f"/crm/associations/2026-09/contacts/companies/batch/{name}" for name in ("read", "create", "archive")),
    "/crm/properties/2026-09/contacts",
    "/crm/properties/2026-09/contacts/batch/create",
]
KEYS = [
    "inputs",
    "id",
    "idProperty",
    "properties",
    "propertiesWithHistory",
    "objectWriteTraceId",
    "associations",
    "to",
    "from",
    "types",
    "filterGroups",
    "filters",
    "propertyName",
    "operator",
    "value",
    "values",
    "highValue",
    "sorts",
    "limit",
    "after",
    "query",
    "primaryObjectId",
    "objectIdToMerge",
    "objectId",
    "name",
    "label",
    "type",
    "fieldType",
    "groupName",
    "options",
    "hasUniqueValue",
]
SCALARS = (None, "", "x", "11", "email", "EQ", "IN", 0, -1, 1.5, True, "9" * 400)


def anything(random, depth=0):
    kind = random.random()
    if depth < 4 and kind < 0.35:
        return {random.choice(KEYS): anything(random, depth + 1) for _ in range(random.randint(0, 5))}
    if depth < 4 and kind < 0.6:
        return [anything(random, depth + 1) for _ in range(random.randint(0, 3))]
    return random.choice(SCALARS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_sent_there_is_an_answer(api, operation):
    api.contact("11", email="a@b.example")
    random = Random(operation)
    for _ in range(200):
        body = {random.choice(KEYS): anything(random) for _ in range(4)}
        body["inputs"] = [{"id": "11", **{random.choice(KEYS): anything(random, 1) for _ in range(3)}}]
        answer = api.post(operation, body)
        assert answer.status in (200, 201, 204, 207, 400, 404, 409), (body, answer.json)
