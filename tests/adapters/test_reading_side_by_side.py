"""Many ids are read in several requests at once, and the answer is the same as one after another."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from adapters import hubspot, salesforce
from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from connector.errors import RetryLater
from connector.executor import SerialExecutor, ThreadExecutor
from connector.ports.adapter import PullRequest
from tests.contract.worlds import NOW, HubSpotWorld, SalesforceWorld


@pytest.mark.parametrize("vendor", ["salesforce", "hubspot"])
def test_threads_change_nothing_but_the_time(vendor: str) -> None:
    is_salesforce = vendor == "salesforce"
    core = SalesforceSimulator(seed=1, now=NOW) if is_salesforce else HubSpotSimulator(seed=1, now=NOW)
    connect = salesforce.connect if is_salesforce else hubspot.connect
    with SimulatorServer(core) as server:
        make = SalesforceWorld if is_salesforce else HubSpotWorld
        world = make(url=server.url, simulator=core)  # type: ignore[arg-type]
        ids = world.create(950)
        emails = [f"p{number}@x.example" for number in range(950)]
        answers = []
        for executor in (SerialExecutor(), ThreadExecutor(8)):
            adapter = connect(world.connection(executor=executor, options={"read_size_max": 100}))
            found = adapter.find(world.object_name, world.email, emails, (world.email,))
            answers.append((adapter.read(world.object_name, ids, (world.name,)), found, adapter.usage().calls))
            adapter.close()
    assert answers[0] == answers[1]
    assert len(answers[0][0]) == len(answers[0][1]) == 950


@pytest.mark.parametrize("vendor", ["salesforce", "hubspot"])
def test_a_full_read_gives_the_same_pages_when_the_next_one_is_asked_for_early(vendor: str) -> None:
    is_salesforce = vendor == "salesforce"
    core = SalesforceSimulator(seed=1, now=NOW) if is_salesforce else HubSpotSimulator(seed=1, now=NOW)
    make, connect = (SalesforceWorld, salesforce.connect) if is_salesforce else (HubSpotWorld, hubspot.connect)
    with SimulatorServer(core) as server:
        world = make(url=server.url, simulator=core)  # type: ignore[arg-type]
        world.create(250)
        answers = []
        for executor in (SerialExecutor(), ThreadExecutor()):
            adapter = connect(world.connection(executor=executor, options={"bulk": False}))
            pages = list(adapter.backfill(PullRequest(world.object_name, (world.email,))))
            records = [(item.ref, item.modified_at, dict(item.fields)) for page in pages for item in page.records]
            told = [(page.covered_until is None, page.done, "after" in page.token) for page in pages]
            answers.append((records, told, adapter.usage().calls))
            adapter.close()
    assert answers[0] == answers[1]
    assert len(answers[0][0]) == 250


def test_one_item_is_made_while_another_is_used_and_never_more() -> None:
    begun: list[int] = []
    second = threading.Event()

    def numbers() -> Iterator[int]:
        for number in range(5):
            begun.append(number)
            if number == 1:
                second.set()
            yield number

    coming = ThreadExecutor().ahead(numbers())
    assert next(coming) == 0
    assert second.wait(10), "the next one is made without being asked for"
    assert begun == [0, 1]
    assert list(coming) == [1, 2, 3, 4]


def test_what_was_made_before_a_failure_is_given_out_first() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise RetryLater("no answer")

    coming = ThreadExecutor().ahead(broken())
    assert next(coming) == 1
    with pytest.raises(RetryLater):
        next(coming)
