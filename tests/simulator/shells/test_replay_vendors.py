"""A recorded log of both vendors' requests gives byte for byte the same answers over HTTP and in process."""

from __future__ import annotations

import json

import pytest

from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.replay import LOST, Recorder, dumped, in_process, in_session, loaded, over_http
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from adapters.simulator.world import SUGGESTED_NOW, generate

WORLD = generate(50, seed=2)
LEAD = WORLD.salesforce_seed["records"]["Lead"][0]["Id"]
CONTACT = WORLD.hubspot_seed["records"]["contacts"][0]["id"]


def asked(method, target, body=None, **headers):
    path, _, query = target.partition("?")
    named = {"host": "crm.example", "authorization": "Bearer simulator-token"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return Request(method, path, query, named)
    text = body if isinstance(body, str) else json.dumps(body)
    return Request(method, path, query, {"content-type": "application/json", **named}, text.encode())


def control(route, body=None):
    return asked("GET" if body is None else "POST", f"/_simulator/{route}", body)


HUBSPOT_LOG = [
    control("seed", WORLD.hubspot_seed),
    asked("GET", "/crm/v3/objects/contacts?limit=20&properties=email&properties=firstname"),
    asked("GET", "/crm/v3/owners?limit=100"),
    asked(
        "POST",
        "/crm/v3/objects/contacts/search",
        {"filterGroups": [], "sorts": [], "properties": ["email"], "limit": 5},
    ),
    asked("PATCH", f"/crm/v3/objects/contacts/{CONTACT}", {"properties": {"firstname": "Zoë"}}),
    asked("PATCH", f"/crm/v3/objects/contacts/{CONTACT}", {"properties": {"no_such_property": "1"}}),
    asked("POST", "/crm/v3/objects/contacts", {"properties": {"email": "new@acme.example"}}),
    asked("GET", "/crm/v3/objects/contacts/1", None),
    asked("GET", "/crm/v3/objects/contacts", None, authorization="Bearer wrong"),
    control("clock", {"advance_seconds": 60}),
    control("faults", {"faults": [{"kind": "drop_after", "method": "PATCH"}, {"kind": "truncate"}]}),
    asked("PATCH", f"/crm/v3/objects/contacts/{CONTACT}", {"properties": {"firstname": "Zoe"}}),
    asked("GET", f"/crm/v3/objects/contacts/{CONTACT}"),
    control("requests"),
    control("digest"),
]
SALESFORCE_LOG = [
    control("seed", WORLD.salesforce_seed),
    asked("GET", "/services/data/v67.0/query?q=SELECT+Id%2C+Email+FROM+Lead+ORDER+BY+Id"),
    asked("GET", "/services/data/v67.0/query?q=SELECT+Nothing+FROM+Lead"),
    asked("PATCH", f"/services/data/v67.0/sobjects/Lead/{LEAD}", {"FirstName": "Zoë"}, sforce_auto_assign="FALSE"),
    asked("PATCH", f"/services/data/v67.0/sobjects/Lead/{LEAD}", {"NoSuchField": 1}),
    asked("POST", "/services/data/v67.0/sobjects/Lead", {"LastName": "Quinn", "Company": "Acme"}),
    asked("POST", "/services/data/v67.0/sobjects/Lead", {"LastName": "Quinn"}),
    asked("GET", "/services/data/v67.0/sobjects/Task/describe"),
    asked("GET", "/services/data/v67.0/limits", None, authorization="Bearer wrong"),
    asked(
        "POST",
        "/services/oauth2/token",
        "grant_type=client_credentials&client_id=simulator&client_secret=simulator-secret",
        content_type="application/x-www-form-urlencoded",
    ),
    control("clock", {"advance_seconds": 60}),
    control("faults", {"faults": [{"kind": "drop_after", "method": "PATCH"}, {"kind": "truncate"}]}),
    asked("PATCH", f"/services/data/v67.0/sobjects/Lead/{LEAD}", {"FirstName": "Zoe"}, sforce_auto_assign="FALSE"),
    asked("GET", f"/services/data/v67.0/sobjects/Lead/{LEAD}"),
    control("requests"),
    control("digest"),
]


@pytest.mark.parametrize(
    ("simulator", "log", "lost", "broken"),
    [(HubSpotSimulator, HUBSPOT_LOG, 11, 12), (SalesforceSimulator, SALESFORCE_LOG, 12, 13)],
    ids=["hubspot", "salesforce"],
)
def test_both_shells_answer_a_recorded_log_byte_for_byte_the_same(simulator, log, lost, broken):
    recorder = Recorder()
    with SimulatorServer(simulator(seed=1, now=SUGGESTED_NOW), before=recorder.before) as server:
        over_socket = over_http(server.url, log)
        assert server.failures == []
    recorded = loaded(dumped(recorder.requests))
    assert [request.path for request in recorded] == [request.path for request in log]
    assert in_process(simulator(seed=1, now=SUGGESTED_NOW), recorded) == over_socket
    assert in_session(simulator(seed=1, now=SUGGESTED_NOW), recorded) == over_socket
    assert over_socket[0].status == 200
    assert over_socket[1].status == 200
    assert over_socket[lost] == LOST
    assert over_socket[broken].broken
    assert all(dict(answer.headers).get("Date") for answer in over_socket[1:9])
