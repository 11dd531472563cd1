"""The demo's numbers are counted from dumps alone."""

from __future__ import annotations

from adapters.simulator.world import expected, handed_off
from adapters.simulator.world.count import request_total


def lead(**fields):
    return {"IsDeleted": False, "IsConverted": False, "OwnerId": "005A", **fields}


SALESFORCE = {
    "records": {
        "Lead": {
            "00Q1": lead(
                Leadloop_Id__c="b",
                Leadloop_Person__c="p1",
                Leadloop_Stage__c="qualified_lead",
                Leadloop_Grade__c="A",
                Leadloop_Disposition__c="assigned",
                Leadloop_Handed_Off_At__c="2026-05-16T18:00:00.000+0000",
            ),
            "00Q2": lead(
                Leadloop_Id__c="a",
                Leadloop_Person__c="p2",
                Leadloop_Stage__c="lead",
                Leadloop_Recycled__c=True,
                Leadloop_Recycle_Reason__c="timing",
                Leadloop_Handed_Off_At__c="2026-05-16T18:00:00.000+0000",
                OwnerId="00G1",
            ),
            "00Q3": lead(Leadloop_Id__c="c"),
            "00Q4": lead(IsDeleted=True, Leadloop_Id__c="c", Leadloop_Person__c="p9"),
            "00Q5": lead(IsConverted=True, Leadloop_Handed_Off_At__c="2026-05-16T18:00:00.000+0000"),
            "00Q6": lead(),
        },
        "Task": {
            "00T1": {"Leadloop_Id__c": "t1"},
            "00T2": {"Leadloop_Id__c": "t1"},
            "00T3": {"Subject": "Call"},
        },
    }
}
HUBSPOT = {
    "records": {
        "contacts": {
            "1": {"leadloop_id": "d", "leadloop_person": "p1", "leadloop_stage": "suspect"},
            "2": {"leadloop_id": "a", "leadloop_person": "p3", "leadloop_stage": "name"},
            "3": {"email": "nobody@example.org"},
        }
    }
}


def test_persons_are_counted_once_and_salesforce_values_win():
    counted = expected(SALESFORCE, HUBSPOT)
    assert counted["people"] == 3
    assert counted["funnel"] == {"name": 1, "lead": 1, "qualified_lead": 1}
    assert counted["stage_disagreements"] == ["p1"]
    assert counted["grades"] == {"A": 1}
    assert counted["recycled"] == {"timing": 1}
    assert counted["dispositions"] == {"assigned": 1}


def test_missing_and_doubled_keys_and_tasks_are_found():
    counted = expected(SALESFORCE, HUBSPOT)
    assert counted["records_without_leadloop_id"] == {"salesforce": 1, "hubspot": 1}
    assert counted["duplicate_leadloop_ids"] == ["a"]
    assert counted["tasks_created"] == 2
    assert counted["duplicate_tasks"] == ["t1"]
    assert counted["records"]["salesforce"] == {"Lead": 5, "Task": 3}


def test_hand_offs_keep_those_converted_since_but_only_open_ones_can_be_acted_on():
    assert [row["id"] for row in expected(SALESFORCE, HUBSPOT)["hand_offs"]] == ["00Q1", "00Q2", "00Q5"]
    assert [row.lead_id for row in handed_off(SALESFORCE)] == ["00Q2", "00Q1"]


def test_requests_are_added_up_however_they_are_grouped():
    assert request_total({"GET /a": 2, "POST /b": {"200": 3, "429": 1}}) == 6
    assert request_total({"total": 5, "by_route": {"GET /a": 5}}) == 5
    assert expected({}, {}, salesforce_requests={"x": 1}, hubspot_requests=[1, 2])["requests"] == {
        "salesforce": 1,
        "hubspot": 3,
    }
