"""Many ids are read in several requests at once, and the answer is the same as one after another."""

from __future__ import annotations

import pytest

from adapters import hubspot, salesforce
from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from connector.executor import SerialExecutor, ThreadExecutor
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
