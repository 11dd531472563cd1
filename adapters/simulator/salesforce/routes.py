"""The table of the API's paths and the look-up of a handler. Literal steps win over placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from adapters.simulator.salesforce import (
    bulk_ingest_api,
    bulk_query_api,
    collections_api,
    describe_api,
    query_api,
    replication_api,
    rows_api,
)
from adapters.simulator.salesforce.call import Handler
from adapters.simulator.salesforce.describe_api import VERSION_MAX, VERSION_MIN
from adapters.simulator.salesforce.refusals import Refusal, not_found

_VERSIONED = re.compile(r"/services/data/v(\d+)\.0(?:/(.*))?")

TABLE: Mapping[str, Mapping[str, Handler]] = {
    "": {"GET": describe_api.resources},
    "sobjects": {"GET": describe_api.all_objects},
    "sobjects/{object}": {"GET": describe_api.basic, "POST": rows_api.create},
    "sobjects/{object}/describe": {"GET": describe_api.describe},
    "sobjects/{object}/updated": {"GET": replication_api.updated},
    "sobjects/{object}/deleted": {"GET": replication_api.deleted},
    "sobjects/{object}/{id}": {"GET": rows_api.read, "PATCH": rows_api.update, "DELETE": rows_api.delete},
    "sobjects/{object}/{field}/{value}": {"GET": rows_api.read_by_key, "PATCH": rows_api.upsert},
    "query": {"GET": query_api.query},
    "queryAll": {"GET": query_api.query_all},
    "query/{locator}": {"GET": query_api.more},
    "composite/sobjects": {
        "POST": collections_api.create,
        "PATCH": collections_api.update,
        "DELETE": collections_api.delete,
    },
    "composite/sobjects/{object}": {"POST": collections_api.retrieve, "GET": collections_api.retrieve_by_get},
    "composite/sobjects/{object}/{field}": {"PATCH": collections_api.upsert},
    "jobs/query": {"POST": bulk_query_api.create, "GET": bulk_query_api.every},
    "jobs/query/{job}": {
        "GET": bulk_query_api.read,
        "PATCH": bulk_query_api.abort,
        "DELETE": bulk_query_api.delete,
    },
    "jobs/query/{job}/results": {"GET": bulk_query_api.results},
    "jobs/ingest": {"POST": bulk_ingest_api.create},
    "jobs/ingest/{job}": {
        "GET": bulk_ingest_api.read,
        "PATCH": bulk_ingest_api.change_state,
        "DELETE": bulk_ingest_api.delete,
    },
    "jobs/ingest/{job}/batches": {"PUT": bulk_ingest_api.upload},
    "jobs/ingest/{job}/successfulResults": {"GET": bulk_ingest_api.successful},
    "jobs/ingest/{job}/failedResults": {"GET": bulk_ingest_api.failed},
    "jobs/ingest/{job}/unprocessedrecords": {"GET": bulk_ingest_api.unprocessed},
    "jobs/ingest/{job}/unprocessedRecords": {"GET": bulk_ingest_api.unprocessed},
}
_PATTERNS = [(pattern, tuple(pattern.split("/"))) for pattern in TABLE]


@dataclass(frozen=True)
class Match:
    """Where a path leads. ``handlers`` by method."""

    base: str
    pattern: str
    arguments: Mapping[str, str]
    handlers: Mapping[str, Handler]

    def handler(self, method: str) -> Handler:
        """The handler of a method; raises 405."""
        if method not in self.handlers:
            allowed = ",".join(sorted(self.handlers))
            message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
            raise Refusal("METHOD_NOT_ALLOWED", message, status=405)
        return self.handlers[method]


def match(path: str, extra: Mapping[str, Mapping[str, Handler]]) -> Match:
    """The entry of a path under a supported version; raises 404. ``extra`` adds literal patterns."""
    found = _VERSIONED.fullmatch(path)
    if found is None:
        raise not_found()
    if not VERSION_MIN <= int(found[1]) <= VERSION_MAX:
        raise Refusal("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL", status=404)
    base = f"/services/data/v{int(found[1])}.0"
    rest = (found[2] or "").removesuffix("/")
    if rest in extra:
        return Match(base, rest, {}, extra[rest])
    steps = [unquote(step) for step in rest.split("/")]
    for pattern, wanted in _PATTERNS:
        arguments = _bound(wanted, steps)
        if arguments is not None:
            return Match(base, pattern, arguments, TABLE[pattern])
    raise not_found()


def _bound(wanted: tuple[str, ...], steps: list[str]) -> dict[str, str] | None:
    if len(wanted) != len(steps):
        return None
    arguments = {}
    for pattern, step in zip(wanted, steps, strict=True):
        if pattern.startswith("{"):
            arguments[pattern[1:-1]] = step
        elif pattern != step:
            return None
    return arguments
