"""What goes over the wire to Salesforce, seen with ``responses``: headers, tokens, hosts, and broken answers.

The numbers S1 to S16 are the SDK's faults listed in the contract sheet; each is avoided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from adapters import salesforce
from connector.clock import MovedClock
from connector.errors import (
    BadConfiguration,
    BudgetExhausted,
    NeedsOperator,
    RetryLater,
    SchemaDrift,
    Unconfirmed,
)
from connector.model import Lane, RecordRef, RowWrite
from connector.ports.adapter import Adapter, PullRequest
from tests.contract.worlds import connection

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOST = "https://acme.my.salesforce.com"
BASE = f"{HOST}/services/data/v67.0"
LEAD = "00Q5g00000Ab12CEAR"
QUERY = f"{BASE}/query/"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
DATE = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}
EMPTY = {"totalSize": 0, "done": True, "records": []}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{HOST}/services/oauth2/token", json=token("first"), headers=DATE)
        yield mock


def token(value: str, **more: str) -> dict[str, str]:
    identity = "https://login.salesforce.com/id/00D000000000001AAA/005000000000007AAA"
    return {"access_token": value, "instance_url": HOST, "id": identity, **more}


def connect(**more: Any) -> Adapter:
    keys = {"Lead": "Leadloop_Id__c"}
    return salesforce.connect(connection("salesforce", HOST, MovedClock(NOW), key_fields=keys, **more))


def sent(wire: responses.RequestsMock, part: str = "/services/data/") -> list[requests.PreparedRequest]:
    return [call.request for call in wire.calls if part in (call.request.url or "")]


def find(adapter: Adapter) -> list[Any]:
    return adapter.find("Lead", "Email", ["ada@x.example"], ("Email",))


def row(version: str | None = None) -> RowWrite:
    ref = RecordRef("salesforce", "Lead", LEAD)
    return RowWrite("a1", "Lead", {"Status": "Working"}, ref, version=version)


def test_every_request_carries_the_constant_headers_and_a_timeout(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, json=EMPTY, headers=DATE)
    find(connect())
    (request,) = sent(wire)
    assert request.headers["Sforce-Auto-Assign"] == "FALSE"
    assert request.headers["Sforce-Call-Options"] == "client=Leadloop"
    assert request.req_kwargs["timeout"] == (5.0, 60.0)  # type: ignore[attr-defined]


def test_s1_after_a_refresh_the_write_goes_out_with_the_same_headers(wire: responses.RequestsMock) -> None:
    wire.post(f"{BASE}/composite", json=EXPIRED, status=401)
    answer = {"compositeResponse": [{"referenceId": "row0", "httpStatusCode": 204, "body": None}]}
    wire.post(f"{BASE}/composite", json=answer)
    connect().write(Lane.CONTESTED, [row("Sat, 21 Nov 2026 12:00:00 GMT")])
    first, second = sent(wire)
    assert first.body == second.body
    assert b"If-Unmodified-Since" in (second.body or b"")
    assert second.headers["Sforce-Auto-Assign"] == "FALSE"
    assert len(sent(wire, "/oauth2/token")) == 2


def test_s2_a_persistent_401_ends_after_one_renewal(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, json=EXPIRED, status=401)
    with pytest.raises(NeedsOperator):
        find(connect())
    assert (len(sent(wire)), len(sent(wire, "/oauth2/token"))) == (2, 2)


def test_s4_a_401_that_is_no_list_is_understood(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, json={"error": "invalid"}, status=401)
    with pytest.raises(NeedsOperator):
        find(connect())


def test_a_401_that_no_token_can_cure_asks_for_none(wire: responses.RequestsMock) -> None:
    text = "This session is not valid for use with the REST API"
    wire.get(QUERY, json=[{"message": text, "errorCode": "INVALID_SESSION_ID"}], status=401)
    with pytest.raises(NeedsOperator):
        find(connect())
    assert len(sent(wire, "/oauth2/token")) == 1


@pytest.mark.parametrize("status", [200, 503])
def test_an_html_page_is_never_an_empty_answer(wire: responses.RequestsMock, status: int) -> None:
    wire.get(QUERY, body="<html>maintenance</html>", status=status, content_type="text/html")
    with pytest.raises(RetryLater):
        find(connect())
    assert len(sent(wire)) == 5


def test_a_busy_server_is_asked_again_after_its_own_time(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, body="<html>", status=503, headers={"Retry-After": "17"})
    wire.get(QUERY, json=EMPTY, headers=DATE)
    clock = MovedClock(NOW)
    adapter = salesforce.connect(connection("salesforce", HOST, clock))
    assert find(adapter) == []
    assert (clock.now() - NOW).total_seconds() == 17


@pytest.mark.parametrize(
    "failure",
    [requests.ReadTimeout(), requests.ConnectionError("reset"), requests.exceptions.ChunkedEncodingError()],
    ids=lambda error: type(error).__name__,
)
def test_a_write_without_an_answer_is_unconfirmed_and_not_repeated(
    wire: responses.RequestsMock, failure: Exception
) -> None:
    wire.patch(f"{BASE}/composite/sobjects", body=failure)
    with pytest.raises(Unconfirmed):
        connect().write(Lane.OWNED, [row()])
    assert len(sent(wire)) == 1


def test_a_write_that_never_left_may_be_sent_again(wire: responses.RequestsMock) -> None:
    wire.patch(f"{BASE}/composite/sobjects", body=requests.ConnectTimeout())
    with pytest.raises(RetryLater):
        connect().write(Lane.OWNED, [row()])


@pytest.mark.parametrize("answer", ["<html></html>", "", '[{"id":"0', "{}"])
def test_a_write_whose_answer_cannot_be_read_is_unconfirmed(wire: responses.RequestsMock, answer: str) -> None:
    wire.patch(f"{BASE}/composite/sobjects", body=answer, status=200)
    with pytest.raises(Unconfirmed):
        connect().write(Lane.OWNED, [row()])


def test_a_redirect_is_not_followed_and_takes_no_token_along(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, status=302, headers={"Location": "https://evil.example/query"})
    wire.get("https://evil.example/query", json=EMPTY)
    with pytest.raises(NeedsOperator):
        find(connect())
    assert sent(wire, "evil.example") == []


@pytest.mark.parametrize(
    "instance_url",
    [
        "https://evilsalesforce.com",
        "https://acme.salesforce.com.evil.example",
        "https://x@evil.example",
        "http://acme2.my.salesforce.com",
        "https://acme.my.salesforce.com:8443",
    ],
)
def test_a_token_answer_cannot_send_us_to_another_host(wire: responses.RequestsMock, instance_url: str) -> None:
    wire.replace("POST", f"{HOST}/services/oauth2/token", json=token("first", instance_url=instance_url))
    with pytest.raises(NeedsOperator):
        find(connect())
    assert len(wire.calls) == 1


def test_another_host_of_salesforce_is_followed(wire: responses.RequestsMock) -> None:
    other = "https://na1.my.salesforce.com"
    wire.replace("POST", f"{HOST}/services/oauth2/token", json=token("first", instance_url=other))
    wire.get(f"{other}/services/data/v67.0/query/", json=EMPTY, headers=DATE)
    assert find(connect()) == []


@pytest.mark.parametrize("more", ["https://evil.example/query/x", "@evil.example/query", "//evil.example"])
def test_a_continuation_stays_on_the_host(wire: responses.RequestsMock, more: str) -> None:
    wire.get(QUERY, json={"done": False, "nextRecordsUrl": more, "records": []}, headers=DATE)
    with pytest.raises(RetryLater):
        find(connect())
    assert len(sent(wire)) == 1


def test_refused_credentials_need_a_person_and_are_not_tried_again(wire: responses.RequestsMock) -> None:
    answer = {"error": "invalid_client", "error_description": "invalid client credentials"}
    wire.replace("POST", f"{HOST}/services/oauth2/token", json=answer, status=400)
    with pytest.raises(NeedsOperator, match="invalid_client") as caught:
        find(connect())
    assert "simulator-secret" not in str(caught.value)
    assert len(wire.calls) == 1


def test_an_unknown_way_to_log_in_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(BadConfiguration):
        find(connect(auth="password"))


def test_the_own_share_of_the_calls_ends_before_it_is_passed(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, json=EMPTY, headers=DATE)
    adapter = connect(options={"daily_calls": 2})
    find(adapter)
    find(adapter)
    with pytest.raises(BudgetExhausted):
        find(adapter)
    assert len(sent(wire)) == 2


def test_a_share_in_percent_is_of_the_orgs_limit(wire: responses.RequestsMock) -> None:
    usage = "api-usage=18/50; per-app-api-usage=17/250(appName=x)"
    wire.get(QUERY, json=EMPTY, headers={**DATE, "Sforce-Limit-Info": usage})
    adapter = connect(options={"daily_calls": "4%"})
    find(adapter)
    find(adapter)
    assert (adapter.usage().calls, adapter.usage().used, adapter.usage().limit) == (2, 18, 50)
    with pytest.raises(BudgetExhausted):
        adapter.write(Lane.OWNED, [row()])


def test_the_last_tenth_of_the_org_is_left_to_people(wire: responses.RequestsMock) -> None:
    wire.get(QUERY, json=EMPTY, headers={**DATE, "Sforce-Limit-Info": "api-usage=91/100"})
    adapter = connect()
    find(adapter)
    with pytest.raises(BudgetExhausted):
        find(adapter)


def test_a_hidden_field_is_drift_and_not_a_null(wire: responses.RequestsMock) -> None:
    error = {"errorCode": "INVALID_FIELD", "message": "No such column 'Secret__c' on entity 'Lead'."}
    wire.get(f"{BASE}/queryAll/", json=[error], status=400)
    adapter = connect(options={"covered_check": False})
    with pytest.raises(SchemaDrift) as caught:
        list(adapter.pull(PullRequest("Lead", ("Secret__c",))))
    assert caught.value.fields == ("Secret__c",)


def test_an_owned_update_is_matched_in_order_and_a_short_answer_is_unknown(wire: responses.RequestsMock) -> None:
    wire.patch(f"{BASE}/composite/sobjects", json=[{"id": LEAD, "success": True, "errors": []}])
    other = RowWrite("a2", "Lead", {}, RecordRef("salesforce", "Lead", "00Q5g00000Ab12DEAR"))
    outcomes = connect().write(Lane.OWNED, [row(), other])
    assert {outcome.outcome.value for outcome in outcomes} == {"unknown"}
    body = json.loads(sent(wire)[0].body or b"")
    assert body["allOrNone"] is False
    assert [item["attributes"] for item in body["records"]] == [{"type": "Lead"}] * 2


def test_a_create_without_a_key_field_is_an_insert(wire: responses.RequestsMock) -> None:
    wire.post(f"{BASE}/composite/sobjects", json=[{"id": "00T000000000001AAA", "success": True, "errors": []}])
    create = RowWrite("a1", "Task", {"Subject": "Call"}, intent_at=NOW)
    (outcome,) = connect().write(Lane.CREATE, [create])
    assert (outcome.created, outcome.record_id) == (True, "00T000000000001AAA")


def test_a_record_id_that_is_not_one_never_becomes_a_path() -> None:
    ref = RecordRef("salesforce", "Lead", "../Account/001")
    with pytest.raises(ValueError, match="a1"):
        connect().write(Lane.CONTESTED, [RowWrite("a1", "Lead", {"Status": "x"}, ref)])


def test_who_we_are_comes_with_the_token(wire: responses.RequestsMock) -> None:
    adapter = connect()
    assert adapter.is_ours("005000000000007AAA")
    assert not adapter.is_ours("005000000000008AAA")
