"""What goes over the wire to HubSpot: one pool, our own paths, paced, and never more often than we decide."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from adapters import hubspot
from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessPool
from connector.clock import MovedClock
from connector.errors import (
    BadConfiguration,
    BudgetExhausted,
    NeedsOperator,
    RetryLater,
    Unconfirmed,
)
from connector.executor import ThreadExecutor
from connector.model import Lane, RecordRef, RowWrite
from connector.ports.adapter import Adapter, PullRequest
from tests.contract.worlds import NOW, SECRETS, HubSpotWorld, connection

NAMES = ("lastname", "email")
SEARCH = PullRequest("contacts", NAMES)


@pytest.fixture
def world() -> HubSpotWorld:
    return HubSpotWorld()


def limit(policy: str) -> dict[str, object]:
    body = json.dumps({"status": "error", "errorType": "RATE_LIMIT", "policyName": policy})
    return {"kind": "status", "status": 429, "body": body}


def row(record_id: str, **fields: str) -> RowWrite:
    ref = RecordRef("hubspot", "contacts", record_id)
    return RowWrite(f"a-{record_id}", "contacts", fields or {"leadloop_grade": "A"}, ref)


def connect(world: HubSpotWorld, **more: Any) -> Adapter:
    return hubspot.connect(world.connection(transport=InProcessPool(world.simulator), **more))


def test_searches_keep_to_five_a_second(world: HubSpotWorld) -> None:
    adapter = world.adapter()
    for _ in range(16):
        list(adapter.pull(SEARCH))
    assert {entry["status"] for entry in world.requests("/search")} == {200}
    assert (world.clock.now() - NOW).total_seconds() >= 3


def test_a_used_up_burst_is_waited_out(world: HubSpotWorld) -> None:
    world.control("settings", {"burst_limit": 10})
    (record_id,) = world.create(1)
    adapter = world.adapter()
    for _ in range(25):
        adapter.read("contacts", [record_id], NAMES)
    assert {entry["status"] for entry in world.requests()} == {200}
    assert (world.clock.now() - NOW).total_seconds() >= 20


@pytest.mark.parametrize(("policy", "least_s"), [("SECONDLY", 1), ("TEN_SECONDLY_ROLLING", 10)])
def test_a_read_over_the_limit_waits_as_long_as_its_policy(world: HubSpotWorld, policy: str, least_s: int) -> None:
    (record_id,) = world.create(1)
    world.faults(limit(policy))
    assert record_id in world.adapter().read("contacts", [record_id], NAMES)
    assert least_s <= (world.clock.now() - NOW).total_seconds() <= least_s + 1


def test_the_daily_limit_stops_at_once(world: HubSpotWorld) -> None:
    world.faults(limit("DAILY"))
    with pytest.raises(BudgetExhausted):
        list(world.adapter().pull(SEARCH))
    assert len(world.requests()) == 1


def test_a_write_over_the_limit_was_not_done_and_is_not_repeated(world: HubSpotWorld) -> None:
    (record_id,) = world.create(1)
    world.faults(limit("TEN_SECONDLY_ROLLING"))
    with pytest.raises(RetryLater) as caught:
        world.adapter().write(Lane.OWNED, [row(record_id)])
    assert caught.value.retry_after_s == 10
    assert len(world.requests()) == 1


@pytest.mark.parametrize("kind", ["html", "truncate", "drop_after"])
def test_a_write_without_a_usable_answer_is_unconfirmed_and_sent_once(world: HubSpotWorld, kind: str) -> None:
    (record_id,) = world.create(1)
    world.faults({"kind": kind, "path": "/batch/update"})
    with pytest.raises(Unconfirmed):
        world.adapter().write(Lane.OWNED, [row(record_id)])
    assert len(world.requests("/batch/update")) == 1


@pytest.mark.parametrize("kind", ["html", "truncate", "drop_before"])
def test_a_read_survives_a_broken_answer(world: HubSpotWorld, kind: str) -> None:
    ids = world.create(3)
    world.faults({"kind": kind, "path": "/search", "times": 2})
    (page,) = world.adapter().pull(SEARCH)
    assert [item.ref.record_id for item in page.records] == ids


def test_a_page_of_html_that_stays_is_an_error_and_not_an_empty_answer(world: HubSpotWorld) -> None:
    body = "<html>please log in</html>"
    world.faults({"kind": "status", "status": 200, "body": body, "times": 99})
    with pytest.raises(RetryLater):
        list(world.adapter().pull(SEARCH))


def test_the_paths_are_those_of_the_version(world: HubSpotWorld) -> None:
    for version, path in (
        ("2026-09", "/crm/objects/2026-09/contacts/search"),
        ("v3", "/crm/v3/objects/contacts/search"),
    ):
        list(connect(world, api_version=version).pull(SEARCH))
        assert world.requests()[-1]["path"] == path
    with pytest.raises(BadConfiguration):
        connect(world, api_version="v9")


def test_an_oauth_token_is_renewed_before_it_ends(world: HubSpotWorld) -> None:
    adapter = connect(world, auth="oauth")
    adapter.schema("contacts")
    world.advance(1_500)
    (record_id,) = world.create(1)
    adapter.read("contacts", [record_id], NAMES)
    assert len(world.requests("/oauth/")) == 2
    assert {entry["status"] for entry in world.requests()} == {200}


def test_an_expired_oauth_token_is_renewed_once_and_the_write_goes_out(world: HubSpotWorld) -> None:
    (record_id,) = world.create(1)
    adapter = connect(world, auth="oauth")
    adapter.schema("contacts")
    world.faults({"kind": "status", "status": 401, "path": "/batch/update"})
    (outcome,) = adapter.write(Lane.OWNED, [row(record_id)])
    assert outcome.record_id == record_id
    assert len(world.requests("/oauth/")) == 2


def test_readers_side_by_side_renew_one_token() -> None:
    with SimulatorServer(HubSpotSimulator(seed=1, now=NOW)) as server:
        world = HubSpotWorld(url=server.url, simulator=server.simulator)  # type: ignore[arg-type]
        adapter = hubspot.connect(world.connection(auth="oauth"))
        (record_id,) = world.create(1)
        adapter.read("contacts", [record_id], NAMES)
        world.advance(1_790)
        answers = ThreadExecutor(16).run(lambda _: adapter.read("contacts", [record_id], NAMES), range(16))
        assert all(record_id in answer for answer in answers)
        assert len(world.requests("/oauth/")) == 2
        adapter.close()


@pytest.mark.parametrize(
    ("settings", "overrides"),
    [
        ({"revoked_tokens": ["simulator-token"]}, {}),
        ({"refresh_token_revoked": True}, {"auth": "oauth"}),
        ({}, {"secret": {**SECRETS, "access_token": "wrong"}.__getitem__}),
    ],
)
def test_refused_credentials_need_a_person_at_once(
    world: HubSpotWorld, settings: dict[str, object], overrides: dict[str, Any]
) -> None:
    world.control("settings", settings)
    with pytest.raises(NeedsOperator) as caught:
        connect(world, **overrides).schema("contacts")
    assert len(world.requests()) == 1
    assert not any(secret in str(caught.value) for secret in (*SECRETS.values(), "wrong") if secret != "simulator")


def test_a_missing_scope_is_named(world: HubSpotWorld) -> None:
    world.control("settings", {"missing_scopes": ["crm.objects.contacts.write"]})
    (record_id,) = world.create(1)
    with pytest.raises(NeedsOperator, match=r"crm\.objects\.contacts\.write"):
        world.adapter().write(Lane.OWNED, [row(record_id)])


def test_the_own_share_of_the_calls_ends_before_it_is_passed(world: HubSpotWorld) -> None:
    (record_id,) = world.create(1)
    adapter = world.adapter(daily_calls=2)
    adapter.read("contacts", [record_id], NAMES)
    adapter.read("contacts", [record_id], NAMES)
    with pytest.raises(BudgetExhausted):
        adapter.write(Lane.OWNED, [row(record_id)])
    assert len(world.requests()) == 2


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers every request with the status and headers it was made with; remembers who connected."""

    protocol_version = "HTTP/1.1"
    status = 200
    extra: tuple[tuple[str, str], ...] = ()
    seen: ClassVar[list[tuple[str, str, str | None]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        type(self).seen.append((self.command, str(self.client_address[1]), self.headers.get("Authorization")))
        body = b'{"results": []}'
        self.send_response(self.status)
        for name, value in (*self.extra, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def scripted(status: int, *extra: tuple[str, str]) -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    handler = type("Handler", (Scripted,), {"status": status, "extra": extra, "seen": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", handler.seen  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


def test_a_redirect_is_not_followed_and_takes_no_token_along() -> None:
    with scripted(200) as (elsewhere, stolen), scripted(307, ("Location", f"{elsewhere}/x")) as (url, seen):
        adapter = hubspot.connect(connection("hubspot", url, MovedClock(NOW)))
        with pytest.raises(NeedsOperator):
            list(adapter.pull(SEARCH))
        with pytest.raises(NeedsOperator):
            adapter.schema("contacts")
        adapter.close()
    assert (len(seen), stolen) == (2, [])


def test_the_sdk_repeats_nothing_by_itself() -> None:
    with scripted(429, ("Retry-After", "0")) as (url, seen):
        adapter = hubspot.connect(connection("hubspot", url, MovedClock(NOW)))
        with pytest.raises(RetryLater):
            adapter.write(Lane.OWNED, [row("1")])
        assert len(seen) == 1
        with pytest.raises(RetryLater):
            adapter.schema("contacts")
        assert len(seen) == 1 + 5  # our own five attempts, and none between
        adapter.close()


def test_all_requests_share_one_connection() -> None:
    date = ("Date", "Sat, 21 Nov 2026 12:00:00 GMT")
    with scripted(200, date) as (url, seen):
        adapter = hubspot.connect(connection("hubspot", url, MovedClock(NOW)))
        for _ in range(5):
            adapter.find("contacts", "email", ["a@x.example"], NAMES)
            list(adapter.pull(SEARCH))
        adapter.close()
    assert len({port for _, port, _ in seen}) == 1


def test_nobody_at_the_address_means_that_nothing_was_sent() -> None:
    with scripted(200) as (url, _):
        pass
    adapter = hubspot.connect(connection("hubspot", url, MovedClock(NOW)))
    with pytest.raises(RetryLater, match="no connection"):
        adapter.write(Lane.OWNED, [row("1")])
    assert adapter.usage().calls == 0
    adapter.close()
