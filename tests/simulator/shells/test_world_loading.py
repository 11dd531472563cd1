"""Both simulators take the demo world and play its week without a refusal, over real HTTP."""

from __future__ import annotations

import json

import pytest
import urllib3

from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.world import SUGGESTED_NOW, expected, generate, handed_off


class Crm:
    """One simulator behind its HTTP shell, spoken to by its control plane."""

    def __init__(self, simulator, pool):
        self.server = SimulatorServer(simulator).start()
        self.pool = pool

    def post(self, route, body):
        answer = self.pool.request("POST", f"{self.server.url}/_simulator/{route}", json=body)
        assert answer.status == 200, (route, body, answer.data)
        return json.loads(answer.data)

    def get(self, route):
        answer = self.pool.request("GET", f"{self.server.url}/_simulator/{route}")
        assert answer.status == 200, (route, answer.data)
        return json.loads(answer.data)


@pytest.fixture
def crms():
    with urllib3.PoolManager(retries=False) as pool:
        both = {
            "salesforce": Crm(SalesforceSimulator(seed=1, now=SUGGESTED_NOW), pool),
            "hubspot": Crm(HubSpotSimulator(seed=1, now=SUGGESTED_NOW), pool),
        }
        yield both
        failures = [failure for crm in both.values() for failure in crm.server.failures]
        for crm in both.values():
            crm.server.stop()
    assert failures == []


def seed(crms, world):
    crms["salesforce"].post("seed", world.salesforce_seed)
    crms["hubspot"].post("seed", world.hubspot_seed)


def hand_off(crms, world, count):
    """What the product would have written by then, on the leads of the fresh hand-raises."""
    leads = [one.leads[0] for one in world.placed if one.leads and one.persona.story == "fresh_strong"][:count]
    for number, lead in enumerate(leads):
        rep = world.cast.reps[number % len(world.cast.reps)].user_id
        fields = {
            "OwnerId": rep,
            "Leadloop_Id__c": f"lead-{number}",
            "Leadloop_Person__c": f"person-{number}",
            "Leadloop_Stage__c": "qualified_lead",
            "Leadloop_Grade__c": "A",
            "Leadloop_Handed_Off_At__c": "2026-05-16T18:00:00.000+0000",
        }
        body = {"object": "Lead", "id": lead, "fields": fields, "by": world.cast.members[0].user_id}
        crms["salesforce"].post("edit", body)
    return leads


@pytest.mark.parametrize("people", [50, 500, 2000])
def test_the_world_loads_as_it_was_generated(crms, people):
    world = generate(people, seed=people)
    seed(crms, world)
    sales, marketing = crms["salesforce"].get("dump"), crms["hubspot"].get("dump")
    for name, rows in world.salesforce_seed["records"].items():
        stored = sales["records"][name]
        assert {row["Id"] for row in rows} <= set(stored)
    for row in world.salesforce_seed["records"]["Lead"]:
        stored = sales["records"]["Lead"][row["Id"]]
        assert {name: stored[name] for name in row} == row
    for name, rows in world.hubspot_seed["records"].items():
        assert set(marketing["records"][name]) == {row["id"] for row in rows}
    for row in world.hubspot_seed["records"]["contacts"]:
        stored = marketing["records"]["contacts"][row["id"]]
        assert {name: stored[name] for name in row["properties"]} == row["properties"]
    counted = expected(sales, marketing)
    assert counted["people"] == 0
    leads = [row for row in world.salesforce_seed["records"]["Lead"] if not row.get("IsConverted")]
    people_records = len(leads) + len(world.salesforce_seed["records"]["Contact"])
    assert counted["records_without_leadloop_id"]["salesforce"] == people_records


@pytest.mark.parametrize("people", [50, 500])
def test_the_week_plays_without_a_refusal(crms, people):
    world = generate(people, seed=9)
    seed(crms, world)
    leads = hand_off(crms, world, 5)
    found = handed_off(crms["salesforce"].get("dump"))
    assert {lead.lead_id for lead in found} == set(leads)
    for step in world.week(found):
        for crm in crms.values():
            crm.post("clock", {"now": (world.now + step.at).isoformat()})
        crms[step.system].post(step.route, step.body)
    sales, marketing = crms["salesforce"].get("dump"), crms["hubspot"].get("dump")
    played = [sales["records"]["Lead"][lead] for lead in leads]
    if len(leads) >= 3:
        assert sum(1 for lead in played if lead["IsConverted"]) == 1
        assert sum(1 for lead in played if lead.get("Leadloop_Reject_Reason__c") == "timing") == 1
    assert sum(1 for lead in sales["records"]["Lead"].values() if lead.get("MasterRecordId")) == 1
    won = [deal for deal in sales["records"]["Opportunity"].values() if deal["IsWon"]]
    stories = world.facts["stories"]
    assert len(won) == stories["won_deal"] + stories.get("asked_and_bought", 0) + 1
    forms = {each["name"]: each["submissions"] for each in marketing["marketing"]["forms"].values()}
    assert len(forms["Product question: Which edition fits us?"]) == 2
    contacts = len(world.hubspot_seed["records"]["contacts"])
    assert len(marketing["records"]["contacts"]) >= contacts + 3


def test_two_worlds_of_one_seed_end_in_the_same_digest(crms):
    digests = []
    for _ in range(2):
        world = generate(50, seed=4)
        for crm in crms.values():
            crm.post("reset", {})
        seed(crms, world)
        digests.append([crm.get("digest") for crm in crms.values()])
    assert digests[0] == digests[1]
