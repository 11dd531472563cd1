"""Floor: a bare loop that sends the bodies of the plain lane and reads them back: ``http.client`` + ``orjson``."""

from __future__ import annotations

import sys
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import orjson

from bench.payloads import lead_id

SALESFORCE = "/services/data/v67.0/composite/sobjects"
CONTACTS = "/crm/objects/2026-09/contacts/batch"
FIELDS = ("Leadloop_Score__c", "Leadloop_Grade__c", "Leadloop_Why__c")
PROPERTIES = ("leadloop_score", "leadloop_grade", "leadloop_why")


def push(url: str, people: int) -> int:
    server = HTTPConnection(urlsplit(url).netloc)

    def ask(method: str, path: str, document: object) -> Any:
        server.request(method, path, orjson.dumps(document), {"Content-Type": "application/json"})
        return orjson.loads(server.getresponse().read())

    leads = [lead_id(number).replace("@@", "00") for number in range(people)]
    contacts = [f"100{number:08d}" for number in range(people)]
    held = 0
    for part in (leads[start : start + 200] for start in range(0, people, 200)):
        rows = [{"attributes": {"type": "Lead"}, "id": each, **dict.fromkeys(FIELDS, "42")} for each in part]
        ask("PATCH", SALESFORCE, {"allOrNone": False, "records": rows})
    for part in (leads[start : start + 2_000] for start in range(0, people, 2_000)):
        read = ask("POST", f"{SALESFORCE}/Lead", {"ids": part, "fields": ["Id", *FIELDS]})
        held += sum(row[FIELDS[0]] == "42" for row in read)
    for part in (contacts[start : start + 100] for start in range(0, people, 100)):
        inputs = [{"id": each, "properties": dict.fromkeys(PROPERTIES, "42")} for each in part]
        ask("POST", f"{CONTACTS}/update", {"inputs": inputs})
        read = ask("POST", f"{CONTACTS}/read", {"inputs": [{"id": each} for each in part], "properties": PROPERTIES})
        held += sum(row["properties"][PROPERTIES[0]] == "42" for row in read["results"])
    server.close()
    return held


if __name__ == "__main__":
    print(push(sys.argv[1], int(sys.argv[2])))
