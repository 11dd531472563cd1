"""Tokens, limits, headers and faults, and the control plane itself."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.simulator.wire import ConnectionLost
from tests.simulator.salesforce.salesforce_client import NOW, OWNER, QUIET, Client

TOKEN = "/services/oauth2/token"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"simulator:simulator-secret").decode()}
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def org():
    return Client()


def token(org, form, headers=None):
    sent = {"Host": "127.0.0.1:8080", **(headers or {})}
    return org.call("POST", TOKEN, urlencode(form).encode(), sent)


def test_client_credentials_by_basic_and_by_form(org):
    status, first = token(org, {"grant_type": "client_credentials"}, BASIC)
    assert (status, first["instance_url"], first["token_type"]) == (200, "http://127.0.0.1:8080", "Bearer")
    form = {"grant_type": "client_credentials", "client_id": "simulator", "client_secret": "simulator-secret"}
    _, second = token(org, form)
    assert first["access_token"] != second["access_token"]
    assert Client().raw("POST", TOKEN, b"grant_type=client_credentials", BASIC).status == 200
    org.token = second["access_token"]
    assert org.call("GET", "limits")[0] == 200


def test_tokens_are_the_same_after_the_same_seed():
    tokens = [token(Client(seed), {"grant_type": "client_credentials"}, BASIC)[1]["access_token"] for seed in (1, 1, 2)]
    assert tokens[0] == tokens[1] != tokens[2]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, ("invalid_request", "grant type is missing")),
        ({"grant_type": "password"}, ("unsupported_grant_type", "grant type not supported")),
        ({"grant_type": "client_credentials", "client_id": "x"}, ("invalid_client_id", "client identifier invalid")),
        (
            {"grant_type": "client_credentials", "client_id": "simulator"},
            ("invalid_client", "invalid client credentials"),
        ),
        ({"grant_type": JWT_GRANT, "assertion": "a.b.c"}, ("invalid_grant", "invalid assertion")),
    ],
)
def test_token_refusals(org, form, error):
    status, answer = token(org, form)
    assert (status, answer["error"], answer["error_description"]) == (400, *error)


def test_a_token_expires_on_the_virtual_clock(org):
    org.token = token(org, {"grant_type": "client_credentials"}, BASIC)[1]["access_token"]
    org.wait(7199)
    assert org.call("GET", "limits")[0] == 200
    org.wait(1)
    status, body = org.call("GET", "limits")
    assert (status, body) == (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])


def test_revocation_and_the_static_token(org):
    assert org.call("GET", "limits")[0] == 200
    org.control("settings", {"static_token_valid": False})
    assert org.refused("GET", "limits") == (401, "INVALID_SESSION_ID")
    org.token = token(org, {"grant_type": "client_credentials"}, BASIC)[1]["access_token"]
    assert org.call("GET", "limits")[0] == 200
    assert org.control("revoke") == {"revoked": 1}
    assert org.refused("GET", "limits") == (401, "INVALID_SESSION_ID")
    org.control("settings", {"client_credentials_enabled": False})
    assert token(org, {"grant_type": "client_credentials"}, BASIC)[1]["error"] == "invalid_grant"


def test_refresh_token(org):
    form = {"grant_type": "refresh_token", "refresh_token": "simulator-refresh"}
    assert token(org, form, BASIC)[0] == 200
    assert token(org, {**form, "refresh_token": "x"}, BASIC)[1]["error"] == "invalid_grant"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_jwt_bearer_is_verified(org, key):
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    org.control("settings", {"jwt_public_key": {"n": public["n"], "e": public["e"]}})
    claims = {
        "iss": "simulator",
        "sub": "dana@acme.example",
        "aud": "https://login.salesforce.com",
        "exp": str(int(NOW.timestamp()) + 180),
    }

    def ask(signer=key, **changes):
        assertion = jwt.encode({**claims, **changes}, signer, algorithm="RS256")
        return token(org, {"grant_type": JWT_GRANT, "assertion": assertion})

    status, answer = ask()
    assert status == 200
    assert "refresh_token" not in answer
    assert ask(aud="https://elsewhere.example")[1]["error_description"] == "audience is invalid"
    assert ask(exp=str(int(NOW.timestamp())))[1]["error"] == "invalid_grant"
    assert ask(iss="x")[1]["error"] == "invalid_client_id"
    assert ask(sub="old@acme.example")[1]["error_description"] == "user hasn't approved this consumer"
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert ask(signer=other)[1]["error_description"] == "invalid assertion"


def test_headers_follow_the_virtual_clock_and_the_count(org):
    response = org.raw("GET", "sobjects")
    assert response.header("Date") == "Mon, 02 Mar 2026 12:00:00 GMT"
    assert response.header("Sforce-Limit-Info") == "api-usage=1/100000"
    assert response.header("Content-Type") == "application/json;charset=UTF-8"
    assert org.raw("GET", "/services/data/").header("Sforce-Limit-Info") is None
    assert org.raw("GET", "limits").header("Sforce-Limit-Info") == "api-usage=2/100000"


def test_the_daily_limit_rolls_over_24_hours(org):
    org.control("settings", {"daily_limit": 2})
    assert org.call("GET", "limits")[1]["DailyApiRequests"] == {"Max": 2, "Remaining": 1}
    org.wait(3600)
    org.call("GET", "limits")
    status, errors = org.call("GET", "limits")
    assert (status, errors) == (
        403,
        [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}],
    )
    org.wait(23 * 3600)
    assert org.call("GET", "limits")[0] == 200
    assert org.call("GET", "limits")[0] == 403


def test_the_concurrent_limit_has_the_same_code(org):
    org.control("settings", {"concurrent_limit_reached": True})
    status, errors = org.call("GET", "limits")
    assert (status, errors[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert errors[0]["message"].startswith("ConcurrentRequests")


def test_an_address_that_is_too_long(org):
    assert org.call("GET", "query", q="SELECT Id FROM Lead" + " " * 16_384)[0] == 414


def fault(org, kind, **more):
    org.control("faults", {"faults": [{"kind": kind, **more}]})


def test_faults_answer_without_acting(org):
    given = {"LastName": "a", "Company": "b"}
    fault(org, "status", method="POST", status=503, body="busy", headers=[["Retry-After", "1"]])
    response = org.raw("POST", "sobjects/Lead", given)
    assert (response.status, response.body, response.header("Retry-After")) == (503, b"busy", "1")
    fault(org, "html", path="sobjects")
    assert org.raw("POST", "sobjects/Lead", given).body.startswith(b"<html>")
    fault(org, "drop_before")
    with pytest.raises(ConnectionLost) as lost:
        org.raw("POST", "sobjects/Lead", given)
    assert lost.value.response is None
    assert org.soql("SELECT Id FROM Lead") == []


def test_faults_after_acting(org):
    given = {"LastName": "a", "Company": "b"}
    fault(org, "drop_after", skip=1)
    org.call("POST", "sobjects/Lead", given)
    with pytest.raises(ConnectionLost):
        org.raw("POST", "sobjects/Lead", given)
    assert len(org.soql("SELECT Id FROM Lead")) == 2
    fault(org, "truncate")
    with pytest.raises(ConnectionLost) as lost:
        org.raw("POST", "sobjects/Lead", given)
    assert lost.value.response is not None
    assert 0 < lost.value.sent < len(lost.value.response.body)
    assert len(org.soql("SELECT Id FROM Lead")) == 3


def test_a_lie_succeeds_without_storing(org):
    lead = org.lead(Title="Old")
    fault(org, "lie", method="PATCH")
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "New"}, QUIET)[0] == 204
    assert org.row("Lead", lead)["Title"] == "Old"
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "New"}, QUIET)[0] == 204
    assert org.row("Lead", lead)["Title"] == "New"


def test_the_request_log_shows_writes_but_no_secret(org):
    token(org, {"grant_type": "client_credentials", "client_id": "simulator", "client_secret": "simulator-secret"})
    org.call("POST", "sobjects/Lead", {"LastName": "a", "Company": "b"})
    org.call("GET", "sobjects/Lead/describe/")
    entries = org.control("requests", method="GET")["requests"]
    assert [(e["index"], e["method"], e["status"]) for e in entries] == [
        (0, "POST", 200),
        (1, "POST", 201),
        (2, "GET", 200),
    ]
    assert json.loads(entries[1]["body"]) == {"LastName": "a", "Company": "b"}
    assert json.loads(entries[1]["response"])["success"]
    assert "simulator-secret" not in json.dumps(entries)
    totals = org.control("requests", method="GET", count="1")
    assert (totals["total"], totals["by_route"]["GET sobjects/{object}/describe"]) == (3, 1)
    org.control("requests", method="DELETE")
    assert org.control("requests", method="GET") == {"requests": []}


def test_history_tells_who_and_which_way(org):
    lead = org.lead(Title="a")
    org.call("GET", "limits")
    org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "b"}, QUIET)
    rows = org.control("history", method="GET", object="Lead", id=lead)["history"]
    titles = [(row["index"], row["before"], row["after"], row["through"]) for row in rows if row["field"] == "Title"]
    assert titles == [(0, None, "a", "ui"), (1, "a", "b", "api")]
    assert rows[0]["by"] == OWNER


def test_same_seed_same_bytes():
    def played(seed):
        client = Client(seed)
        client.lead(Title="x")
        client.call("POST", "sobjects/Lead", {"LastName": "a", "Company": "b"})
        return client.control("digest", method="GET"), client.raw("GET", "query", q="SELECT Id FROM Lead").body

    assert played(1) == played(1)
    assert played(1) != played(2)


def test_the_control_plane_says_what_is_wrong(org):
    bad = [
        ("settings", {"unknown": 1}, "unknown setting unknown"),
        ("seed", {"records": {"Laed": []}}, "there is no object Laed"),
        ("seed", {"records": {"Lead": [{"Foo": 1}]}}, "there is no field Foo"),
        ("seed", {"records": {"Lead": [{"Id": "x"}]}}, "not an id"),
        ("edit", {"object": "Lead"}, "'id' is missing"),
        ("edit", {"object": "Lead", "id": "x", "fields": {}}, "not a record id"),
        ("create", {"object": "Lead", "fields": {}, "by": "005000000000099AAA"}, "there is no user"),
        ("create", {"object": "Lead", "fields": {}}, "REQUIRED_FIELD_MISSING"),
        ("clock", {"advance_seconds": -1}, "only moves forward"),
        ("faults", {"faults": [{"what": 1}]}, "what"),
    ]
    for route, body, expected in bad:
        status, answer = org.call("POST", f"/_simulator/{route}", body)
        assert status == 400, route
        assert expected in answer["error"]
    assert org.call("GET", "/_simulator/nothing")[0] == 404


def test_reset_starts_again(org):
    org.lead()
    org.call("GET", "limits")
    org.control("reset", {"seed": 5})
    assert org.soql("SELECT Id FROM Lead") == []
    assert org.control("requests", method="GET", count="1")["total"] == 1
