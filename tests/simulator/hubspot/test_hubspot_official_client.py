"""The unmodified official client against a real HTTP server."""

from __future__ import annotations

import pytest
from hubspot import HubSpot
from hubspot.crm import associations, contacts, owners, properties

from adapters.simulator.http_server import serve


@pytest.fixture
def client(api):
    api.seed(
        records={
            "contacts": [
                {"id": str(number), "properties": {"email": f"p{number}@b.example", "leadloop_id": f"u{number}"}}
                for number in range(11, 16)
            ],
            "companies": [{"id": "5", "properties": {"name": "C"}}],
        },
        associations=[{"from": ["contacts", "11"], "to": ["companies", "5"], "types": [279]}],
    )
    with serve(api.simulator) as url:
        yield HubSpot(access_token="simulator-token", host=url, base_url=url)


def close(part):
    part.api_client.rest_client.pool_manager.clear()


def test_pages_of_contacts(client):
    part = client.crm.contacts.basic_api
    first = part.get_page(limit=3, properties=["email", "leadloop_id"], archived=False)
    assert [row.id for row in first.results] == ["11", "12", "13"]
    assert first.results[0].properties["leadloop_id"] == "u11"
    rest = part.get_page(limit=3, after=first.paging.next.after)
    assert [row.id for row in rest.results] == ["14", "15"]
    assert rest.paging is None
    close(part)


def test_search(client):
    part = client.crm.contacts.search_api
    request = contacts.PublicObjectSearchRequest(
        filter_groups=[
            contacts.FilterGroup(filters=[contacts.Filter(property_name="email", operator="EQ", value="p12@b.example")])
        ],
        sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        properties=["email"],
        limit=200,
    )
    found = part.do_search(request)
    assert (found.total, [row.id for row in found.results]) == (1, ["12"])
    close(part)


def test_batch_update_and_its_207(client):
    part = client.crm.contacts.batch_api
    rows = [
        contacts.SimplePublicObjectBatchInput(id=record_id, properties={"leadloop_grade": "A"})
        for record_id in ("11", "99")
    ]
    answer = part.update(contacts.BatchInputSimplePublicObjectBatchInput(inputs=rows))
    assert [row.id for row in answer.results] == ["11"]
    assert answer.num_errors == 1
    assert answer.errors[0].context == {"ids": ["99"]}
    read = part.read(
        contacts.BatchReadInputSimplePublicObjectId(
            inputs=[contacts.SimplePublicObjectId(id="11")],
            properties=["leadloop_grade"],
            properties_with_history=["leadloop_grade"],
        )
    )
    assert read.results[0].properties["leadloop_grade"] == "A"
    assert read.results[0].properties_with_history["leadloop_grade"][0].source_type == "INTEGRATION"
    close(part)


def test_batch_upsert(client):
    part = client.crm.contacts.batch_api
    rows = [
        contacts.SimplePublicObjectBatchInputUpsert(id=key, id_property="leadloop_id", properties={"firstname": "F"})
        for key in ("u11", "new")
    ]
    answer = part.upsert(contacts.BatchInputSimplePublicObjectBatchInputUpsert(inputs=rows))
    assert {row.properties["firstname"]: None for row in answer.results} == {"F": None}
    assert sorted(row.new for row in answer.results) == [False, True]
    close(part)


def test_owners(client):
    part = client.crm.owners.owners_api
    assert [(row.id, row.type) for row in part.get_page(limit=500).results] == [("501", "PERSON"), ("503", "QUEUE")]
    assert [row.id for row in part.get_page(archived=True).results] == ["502"]
    with pytest.raises(owners.ApiException) as missing:
        part.get_by_id(999)
    assert missing.value.status == 404
    close(part)


def test_properties(client):
    part = client.crm.properties.core_api
    names = {row.name for row in part.get_all("contacts", archived=False).results}
    assert {"email", "leadloop_id", "lifecyclestage"} <= names
    made = part.create(
        "contacts",
        properties.PropertyCreate(
            name="tier", label="Tier", type="string", field_type="text", group_name="contactinformation"
        ),
    )
    assert made.name == "tier"
    close(part)


def test_associations(client):
    part = client.crm.associations.v4.batch_api
    inputs = [associations.v4.PublicFetchAssociationsBatchRequest(id=key) for key in ("11", "12")]
    answer = part.get_page(
        "contacts", "companies", associations.v4.BatchInputPublicFetchAssociationsBatchRequest(inputs)
    )
    (row,) = answer.results
    assert row._from.id == "11"
    assert {kind.label for kind in row.to[0].association_types} == {"Primary", None}
    assert answer.num_errors == 1
    close(part)


def test_errors_keep_the_vendors_body(client):
    part = client.crm.contacts.basic_api
    with pytest.raises(contacts.ApiException) as refused:
        part.create(contacts.SimplePublicObjectInputForCreate(properties={"email": "p11@b.example"}, associations=[]))
    assert refused.value.status == 409
    assert "Existing ID: 11" in refused.value.body
    close(part)
