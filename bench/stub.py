"""A server of pre-rendered bytes that speaks just enough of both vendors: no TLS, no latency, no limits.

It runs as a process of its own (``python -m bench.stub``), so that none of its work is counted with a client's. Writes
are kept in memory, so that a read-back finds what was sent.
"""

from __future__ import annotations

import argparse
import re
import socketserver
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from bench import payloads
from bench.payloads import CONTACT_PROPERTIES, LEAD_FIELDS, LEADS_PER_PAGE, LEADS_PER_PORTION, RENDERED_MAX, ROUND

JSON, CSV = "application/json;charset=UTF-8", "text/csv"
BEHIND = re.compile(r"Id > '00Q5(\d\d)(\d{9})AAA'")
SALESFORCE = "/services/data/v67.0"
HUBSPOT_CONTACTS = "/crm/objects/2026-09/contacts"
OUR_FIELDS = ("Leadloop_Id__c", "Leadloop_Score__c", "Leadloop_Grade__c", "Leadloop_Why__c")
OUR_PROPERTIES = ("leadloop_id", "leadloop_score", "leadloop_grade", "leadloop_why")
STAMP = "2026-11-01T00:00:00.000"
Answer = tuple[bytes, str, dict[str, str]]


@dataclass
class Stub:
    """``count`` records of each vendor. ``with_ours``: the schemas also show our own fields (for pushes).

    ``changed``: so many of each have changed, for a query by time or a search.
    """

    seed: int
    count: int
    with_ours: bool = False
    changed: int = 0
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)

    @property
    def rendered(self) -> int:
        return min(self.count, RENDERED_MAX)

    @cached_property
    def contacts(self) -> list[bytes]:
        return payloads.contact_pages(self.seed, self.rendered, OUR_PROPERTIES if self.with_ours else ())

    @cached_property
    def leads(self) -> list[bytes]:
        return payloads.lead_pages(self.seed, self.rendered, OUR_FIELDS if self.with_ours else ())

    @cached_property
    def portions(self) -> list[bytes]:
        return payloads.lead_portions(self.seed, self.rendered)

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/_stub/"):
            return self._own(parts.path)
        self.requests[f"{method} {re.sub(r'/(750)[0-9A-Za-z]+', '/job', parts.path)}"] += 1
        route = _ROUTES.get((method, parts.path.rstrip("/")))
        if route is None:
            return orjson.dumps({"message": f"no route {method} {parts.path}"}), JSON, {"status": "404"}
        return route(self, query, orjson.loads(body) if body else {})

    def _own(self, path: str) -> Answer:
        counted = dict(self.requests)
        if path.endswith("/reset"):
            self.requests.clear()
        return orjson.dumps(counted), JSON, {}

    def contact_page(self, query: dict[str, str], _body: Any) -> Answer:
        if query.get("archived") == "true":
            return orjson.dumps({"results": []}), JSON, {}
        number = int(query.get("after", "0"))
        turn, place = divmod(number, len(self.contacts))
        page = self.contacts[place].replace(ROUND + b"after" + ROUND, str(number + 1).encode())
        page = page.replace(ROUND, b"%02d" % turn)
        if (number + 1) * payloads.CONTACTS_PER_PAGE >= self.count:
            page = page[: page.rindex(b',"paging"')] + b"}"
        return page, JSON, {}

    def lead_page(self, query: dict[str, str], _body: Any) -> Answer:
        if "COUNT()" in query["q"]:
            return orjson.dumps({"totalSize": self.count, "done": True, "records": []}), JSON, {}
        behind = BEHIND.search(query["q"])
        if behind is None and "SystemModstamp >=" in query["q"]:
            return self._changed_leads(), JSON, {}
        start = int(behind[1]) * self.rendered + int(behind[2]) + 1 if behind else 0
        turn, place = divmod(start, self.rendered)
        rows = b"[]" if start >= self.count else self.leads[place // LEADS_PER_PAGE].replace(ROUND, b"%02d" % turn)
        return b'{"totalSize":%d,"done":true,"records":%b}' % (min(LEADS_PER_PAGE, self.count), rows), JSON, {}

    def _changed_leads(self) -> bytes:
        rows = [row for page in self.leads for row in orjson.loads(page.replace(ROUND, b"00"))][: self.changed]
        recent = {"SystemModstamp": _recently("%Y-%m-%dT%H:%M:%S.000+0000"), "Title": "Chief Something"}
        return orjson.dumps({"totalSize": len(rows), "done": True, "records": [row | recent for row in rows]})

    def updated(self, _query: dict[str, str], _body: Any) -> Answer:
        covered = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000+0000}"
        return orjson.dumps({"ids": [], "latestDateCovered": covered}), JSON, {}

    def search_contacts(self, _query: dict[str, str], body: Any) -> Answer:
        """By object id, 200 at a time; long enough ago to be believed."""
        behind = int(body["filterGroups"][0]["filters"][0]["value"])
        pages = self.contacts[: -(-self.changed // payloads.CONTACTS_PER_PAGE)]
        rows = [row for page in pages for row in orjson.loads(page.replace(ROUND, b"00"))["results"]][: self.changed]
        rows = [row for row in rows if int(row["id"]) > behind]
        stamp = _recently("%Y-%m-%dT%H:%M:%S.000Z")
        for row in rows:
            row["updatedAt"] = stamp
            row["properties"] |= {"lastmodifieddate": stamp, "jobtitle": "Chief Something"}
        paging = {"paging": {"next": {"after": "200"}}} if len(rows) > 200 else {}
        return orjson.dumps({"total": len(rows), "results": rows[:200], **paging}), JSON, {}

    def lead_portion(self, query: dict[str, str], _body: Any) -> Answer:
        """So many rows as are asked for, in whole rendered portions."""
        first, last = int(query.get("locator") or 0), -(-self.count // LEADS_PER_PORTION)
        behind = min(last, first + max(1, int(query.get("maxRecords") or 0) // LEADS_PER_PORTION))
        texts = [self._portion(number) for number in range(first, behind)]
        header = texts[0][: texts[0].index(b"\n") + 1]
        rows = min(behind * LEADS_PER_PORTION, self.count) - first * LEADS_PER_PORTION
        headers = {"Sforce-Locator": "null" if behind == last else str(behind), "Sforce-NumberOfRecords": str(rows)}
        return header + b"".join(text.removeprefix(header) for text in texts), CSV, headers

    def _portion(self, number: int) -> bytes:
        turn, place = divmod(number, len(self.portions))
        return self.portions[place].replace(ROUND, b"%02d" % turn)

    def describe(self, _query: dict[str, str], _body: Any) -> Answer:
        names = (*LEAD_FIELDS, *(OUR_FIELDS if self.with_ours else ()))
        fields = [{"name": name, "type": _lead_type(name), "updateable": True, "filterable": True} for name in names]
        return orjson.dumps({"name": "Lead", "fields": fields}), JSON, {}

    def properties(self, _query: dict[str, str], _body: Any) -> Answer:
        names = (*CONTACT_PROPERTIES, *(OUR_PROPERTIES if self.with_ours else ()))
        rows = [{"name": name, "type": "string", "fieldType": "text"} for name in names]
        return orjson.dumps({"results": rows}), JSON, {}

    def update_leads(self, _query: dict[str, str], body: Any) -> Answer:
        for row in body["records"]:
            self.written.setdefault(row["id"], {}).update(row)
        return orjson.dumps([{"id": row["id"], "success": True, "errors": []} for row in body["records"]]), JSON, {}

    def update_each_lead(self, _query: dict[str, str], body: Any) -> Answer:
        """Composite: a conditional PATCH per row; nobody else edits here, so every condition holds."""
        answered = []
        for part in body["compositeRequest"]:
            self.written.setdefault(part["url"].rsplit("/", 1)[1], {}).update(part["body"])
            answered.append({"body": None, "httpStatusCode": 204, "referenceId": part["referenceId"]})
        return orjson.dumps({"compositeResponse": answered}), JSON, {}

    def read_leads(self, _query: dict[str, str], body: Any) -> Answer:
        rows = [
            {**_blank_lead(record_id, body["fields"]), **self.written.get(record_id, {})} for record_id in body["ids"]
        ]
        return orjson.dumps(rows), JSON, {}

    def update_contacts(self, _query: dict[str, str], body: Any) -> Answer:
        for row in body["inputs"]:
            self.written.setdefault(row["id"], {}).update(row["properties"])
        names = {row["id"]: row["objectWriteTraceId"] for row in body["inputs"] if "objectWriteTraceId" in row}
        rows = [{**self._contact(record_id, ()), "objectWriteTraceId": trace} for record_id, trace in names.items()]
        return orjson.dumps({"status": "COMPLETE", "results": rows}), JSON, {}

    def read_contacts(self, _query: dict[str, str], body: Any) -> Answer:
        rows = [self._contact(one["id"], body["properties"]) for one in body["inputs"]]
        return orjson.dumps({"status": "COMPLETE", "results": rows}), JSON, {}

    def _contact(self, record_id: str, names: Any) -> dict[str, Any]:
        stamps = {"createdate": f"{STAMP}Z", "lastmodifieddate": f"{STAMP}Z", "hs_object_id": record_id}
        blank = dict.fromkeys((name for name in names if name in (*CONTACT_PROPERTIES, *OUR_PROPERTIES)), None)
        properties = {**blank, **stamps, **self.written.get(record_id, {})}
        return {"id": record_id, "properties": properties, "createdAt": f"{STAMP}Z", "updatedAt": f"{STAMP}Z"}


def _fixed(document: object) -> Callable[[Stub, dict[str, str], Any], Answer]:
    body = orjson.dumps(document)
    return lambda stub, query, sent: (body, JSON, {})


def _lead_type(name: str) -> str:
    types = {"IsDeleted": "boolean", "IsConverted": "boolean", "HasOptedOutOfEmail": "boolean", "DoNotCall": "boolean"}
    types |= {"NumberOfEmployees": "int", "AnnualRevenue": "currency", "Email": "email", "Id": "id"}
    types |= {"SystemModstamp": "datetime", "CreatedDate": "datetime", "Leadloop_Score__c": "int"}
    return types.get(name, "string")


def _blank_lead(record_id: str, names: list[str]) -> dict[str, Any]:
    known = {"Id": record_id, "SystemModstamp": f"{STAMP}+0000", "CreatedDate": f"{STAMP}+0000", "IsDeleted": False}
    return {**dict.fromkeys(names, None), **known, "attributes": {"type": "Lead"}}


_ROUTES: dict[tuple[str, str], Callable[[Stub, dict[str, str], Any], Answer]] = {
    ("GET", HUBSPOT_CONTACTS): Stub.contact_page,
    ("GET", "/crm/v3/objects/contacts"): Stub.contact_page,  # what the SDK's own methods ask
    ("GET", "/crm/objects/v3/contacts"): Stub.contact_page,
    ("GET", "/crm/properties/2026-09/contacts"): Stub.properties,
    ("GET", "/crm/owners/2026-09"): _fixed({"results": []}),
    ("POST", f"{HUBSPOT_CONTACTS}/batch/update"): Stub.update_contacts,
    ("POST", f"{HUBSPOT_CONTACTS}/batch/read"): Stub.read_contacts,
    ("POST", f"{HUBSPOT_CONTACTS}/search"): Stub.search_contacts,
    ("GET", "/services/data"): _fixed([{"version": "67.0", "url": SALESFORCE}]),
    ("GET", f"{SALESFORCE}/sobjects/Lead/describe"): Stub.describe,
    ("GET", f"{SALESFORCE}/sobjects/Lead/updated"): Stub.updated,
    ("GET", f"{SALESFORCE}/query"): Stub.lead_page,
    ("GET", f"{SALESFORCE}/queryAll"): Stub.lead_page,
    ("POST", f"{SALESFORCE}/jobs/query"): _fixed({"id": "750000000000001AAA", "createdById": "005000000000001AAA"}),
    ("GET", f"{SALESFORCE}/jobs/query/750000000000001AAA"): _fixed({"state": "JobComplete"}),
    ("GET", f"{SALESFORCE}/jobs/query/750000000000001AAA/results"): Stub.lead_portion,
    ("PATCH", f"{SALESFORCE}/composite/sobjects"): Stub.update_leads,
    ("POST", f"{SALESFORCE}/composite"): Stub.update_each_lead,
    ("POST", f"{SALESFORCE}/composite/sobjects/Lead"): Stub.read_leads,
}


def _recently(form: str) -> str:
    return f"{datetime.now(UTC) - timedelta(minutes=5):{form}}"


class Server(socketserver.ThreadingTCPServer):
    """One thread per connection, all on one stub."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    stub: Stub
    latency_s = 0.0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _any(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.server.latency_s)
        body, kind, headers = self.server.stub.answer(self.command, self.path, sent)
        lines = [f"HTTP/1.1 {headers.pop('status', '200')} OK", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        lines += [f"Date: {formatdate(usegmt=True)}", *(f"{name}: {value}" for name, value in headers.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)  # one write: nothing waits for an ACK

    do_GET = do_POST = do_PATCH = _any  # noqa: N815  # the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@contextmanager
def running(seed: int, count: int, *, with_ours: bool = False, changed: int = 0, latency_ms: int = 0) -> Iterator[str]:
    """A stub in a process of its own; gives its address."""
    options = ["--seed", seed, "--count", count, "--changed", changed, "--latency-ms", latency_ms]
    command = [sys.executable, "-m", "bench.stub", *map(str, options), *(["--with-ours"] if with_ours else [])]
    with Popen(command, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--changed", type=int, default=0)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--with-ours", action="store_true")
    asked = parser.parse_args()
    with Server(("127.0.0.1", 0), Handler) as server:
        server.stub = Stub(asked.seed, asked.count, asked.with_ours, asked.changed)
        server.latency_s = asked.latency_ms / 1_000
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
