"""Tokens of Salesforce against the simulator: renewed once however many ask, by every grant we know."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters import salesforce
from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.in_process import InProcessAdapter
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from connector.errors import NeedsOperator
from connector.executor import ThreadExecutor
from connector.model import Lane, RowWrite
from tests.contract.worlds import NOW, SECRETS, SalesforceWorld


def token_requests(world: SalesforceWorld) -> int:
    return len(world.requests("/oauth2/token"))


def test_s3_sixteen_readers_of_an_expired_token_ask_for_one_new_token() -> None:
    with SimulatorServer(SalesforceSimulator(seed=1, now=NOW)) as server:
        world = SalesforceWorld(url=server.url, simulator=server.simulator)  # type: ignore[arg-type]
        adapter = world.adapter()
        (record_id,) = world.create(1)
        adapter.read("Lead", [record_id], ("LastName",))
        world.control("revoke")
        before = token_requests(world)
        answers = ThreadExecutor(16).run(lambda _: adapter.read("Lead", [record_id], ("LastName",)), range(16))
        assert all(record_id in answer for answer in answers)
        assert token_requests(world) == before + 1
        adapter.close()


def test_a_token_that_expires_between_read_and_write_is_renewed() -> None:
    world = SalesforceWorld()
    adapter = world.adapter()
    (record_id,) = world.create(1)
    assert record_id in adapter.read("Lead", [record_id], ("LastName",))
    world.advance(7_300)
    assert record_id in adapter.read("Lead", [record_id], ("LastName",))
    assert token_requests(world) == 2


def test_a_given_token_that_was_revoked_needs_a_person() -> None:
    world = SalesforceWorld()
    world.control("settings", {"static_token_valid": False})
    adapter = salesforce.connect(world.connection(auth="token", transport=InProcessAdapter(world.simulator)))
    with pytest.raises(NeedsOperator):
        adapter.schema("Lead")


def _encoded(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def test_a_signed_assertion_gives_a_token() -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    numbers = key.public_key().public_numbers()
    public = {"kty": "RSA", "n": _encoded(numbers.n), "e": _encoded(numbers.e)}
    world = SalesforceWorld()
    world.control("settings", {"jwt_public_key": public})
    secrets = {**SECRETS, "private_key": private.decode()}
    adapter = salesforce.connect(
        world.connection(
            auth="jwt_bearer",
            secret=secrets.__getitem__,
            options={"username": "ruiz@x.example"},
            transport=InProcessAdapter(world.simulator),
        )
    )
    assert "LastName" in adapter.schema("Lead").fields


def test_with_a_given_token_we_learn_who_we_are_from_what_we_created() -> None:
    world = SalesforceWorld()
    transport = InProcessAdapter(world.simulator)
    keys = {"Lead": "Leadloop_Id__c"}
    adapter = salesforce.connect(world.connection(auth="token", transport=transport, key_fields=keys))
    row = RowWrite("a1", "Lead", {"LastName": "New", "Company": "Acme"}, external_key="k1", intent_at=NOW)
    (outcome,) = adapter.write(Lane.CREATE, [row])
    record = adapter.read("Lead", [outcome.record_id or ""], ("LastName",))[outcome.record_id or ""]
    assert adapter.is_ours(record.modified_by or "")
    assert not adapter.is_ours(world.person)
