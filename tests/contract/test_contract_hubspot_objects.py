"""HubSpot's objects beside its records, read by the adapter in process and over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector.errors import NotGranted, SchemaDrift
from connector.model import RawRecord
from connector.ports.adapter import Adapter, Page, PullRequest
from tests.contract.worlds import HubSpotWorld, open_world

GUID, OTHER_GUID = "3f0c1111-0000-4000-8000-000000000001", "3f0c1111-0000-4000-8000-000000000002"
FORM_FIELDS = ("contact_id", "form_id", "form_name", "submitted_at", "page_url")
LIST_FIELDS = ("contact_id", "list_id", "list_name", "joined_at")
MAIL_FIELDS = ("contact_id", "type", "created", "campaign_id", "seconds_since_delivery")
SCOPES = {
    "form_submissions": "forms",
    "list_memberships": "crm.lists.read",
    "email_events": "content",
    "teams": "settings.users.teams.read",
}


@pytest.fixture(params=["hubspot", "hubspot-http"])
def portal(request: pytest.FixtureRequest) -> Iterator[HubSpotWorld]:
    with open_world(request.param) as world:
        assert isinstance(world, HubSpotWorld)
        forms = [{"id": GUID, "name": "Demo request"}, {"id": OTHER_GUID, "name": "Newsletter sign-up"}]
        lists = [{"id": "31", "name": "Visited pricing"}, {"id": "32", "name": "Somebody else's"}]
        kinds = [{"id": "77", "name": "Newsletter"}]
        world.control("seed", {"forms": forms, "lists": lists, "subscription_types": kinds})
        yield world


@pytest.fixture
def adapter(portal: HubSpotWorld) -> Iterator[Adapter]:
    connected = portal.adapter()
    yield connected
    connected.close()


def asked(name: str, **more: Any) -> PullRequest:
    fields = {"form_submissions": FORM_FIELDS, "list_memberships": LIST_FIELDS, "email_events": MAIL_FIELDS}
    named = {"form_submissions": ("demo*",), "list_memberships": ("Visited pricing",)}
    return PullRequest(name, fields.get(name, ("id", "name")), **{"named": named.get(name, ()), **more})


def records(pages: list[Page]) -> list[RawRecord]:
    return [item for page in pages for item in page.records]


def covered(pages: list[Page]) -> datetime:
    assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True]
    assert pages[-1].covered_until is not None
    return pages[-1].covered_until


def submit(portal: HubSpotWorld, email: str, form: str = GUID, **more: Any) -> str:
    return str(portal.control("submit_form", {"form": form, "email": email, **more})["contact"])


def mail(portal: HubSpotWorld, kind: str, **more: Any) -> None:
    portal.control("email_event", {"type": kind, "email": "mara@x.example", "campaign": 9, **more})


def test_a_submission_has_its_exact_time_and_its_contact_and_no_address(portal: HubSpotWorld, adapter: Adapter) -> None:
    contact = submit(portal, "Mara@x.example", page="https://www.example.com/demo?email=mara@x.example")
    submit(portal, "other@x.example", OTHER_GUID)
    (record,) = records(list(adapter.backfill(asked("form_submissions"))))
    assert record.fields == {
        "contact_id": contact,
        "form_id": GUID,
        "form_name": "Demo request",
        "submitted_at": "2026-11-21T12:00:00.000+00:00",
        "page_url": "https://www.example.com/demo",
    }
    assert record.modified_at == portal.clock.now()


def test_every_submission_of_a_contact_is_seen_and_not_only_the_latest(portal: HubSpotWorld, adapter: Adapter) -> None:
    for _ in range(3):
        submit(portal, "mara@x.example")
        portal.advance(60)
    assert len(records(list(adapter.backfill(asked("form_submissions"))))) == 3


def test_many_submissions_are_paged_and_a_walk_goes_on_behind_a_page(portal: HubSpotWorld, adapter: Adapter) -> None:
    for number in range(120):
        submit(portal, f"p{number}@x.example")
    pages = list(adapter.backfill(asked("form_submissions")))
    assert len({item.ref for item in records(pages)}) == 120
    rest = list(adapter.backfill(asked("form_submissions", token=pages[0].token)))
    assert {item.ref for item in records([pages[0], *rest])} == {item.ref for item in records(pages)}


def test_a_portal_without_a_new_conversion_costs_one_call(portal: HubSpotWorld, adapter: Adapter) -> None:
    submit(portal, "mara@x.example")
    portal.advance(3_600)
    until = covered(list(adapter.backfill(asked("form_submissions"))))
    portal.advance(3_600)
    calls = adapter.usage().calls
    pages = list(adapter.pull(asked("form_submissions", covered_until=until)))
    assert records(pages) == []
    assert adapter.usage().calls == calls + 1
    submit(portal, "mara@x.example")
    portal.advance(5)
    assert len(records(list(adapter.pull(asked("form_submissions", covered_until=covered(pages)))))) == 1


def test_a_form_or_list_named_later_is_read_from_its_beginning(portal: HubSpotWorld, adapter: Adapter) -> None:
    contact = submit(portal, "mara@x.example")
    submit(portal, "mara@x.example", OTHER_GUID)
    portal.control("list_add", {"list": "32", "contact": contact})
    portal.advance(86_400)
    for name, more in (("form_submissions", OTHER_GUID), ("list_memberships", "32")):
        until = covered(list(adapter.backfill(asked(name))))
        portal.advance(3_600)
        last = list(adapter.pull(asked(name, covered_until=until)))[-1]
        wider = asked(name, covered_until=last.covered_until, token=last.token)
        named = PullRequest(name, wider.fields, token=wider.token, covered_until=until, named=(*wider.named, more))
        assert len(records(list(adapter.pull(named)))) == 1, name


def test_what_nobody_named_is_not_asked_for(portal: HubSpotWorld, adapter: Adapter) -> None:
    for name in ("form_submissions", "list_memberships"):
        for read in (adapter.pull, adapter.backfill):
            (page,) = read(asked(name, named=()))
            assert (page.records, page.done, page.covered_until) == ((), True, None)
    assert adapter.usage().calls == 0


def test_each_join_of_a_list_is_a_fact_of_its_own(portal: HubSpotWorld, adapter: Adapter) -> None:
    (contact,) = portal.create(1)
    portal.control("list_add", {"list": "31", "contact": contact})
    portal.control("list_add", {"list": "32", "contact": contact})
    portal.advance(3_600)
    pages = list(adapter.backfill(asked("list_memberships")))
    (first,) = records(pages)
    assert (first.fields["contact_id"], first.fields["list_name"]) == (contact, "Visited pricing")
    calls = adapter.usage().calls
    portal.advance(3_600)
    quiet = list(adapter.pull(asked("list_memberships", covered_until=covered(pages))))
    assert (records(quiet), adapter.usage().calls) == ([], calls + 1)
    portal.control("list_remove", {"list": "31", "contact": contact})
    portal.control("list_add", {"list": "31", "contact": contact})
    (again,) = records(list(adapter.pull(asked("list_memberships", covered_until=covered(quiet)))))
    assert again.ref != first.ref


def test_a_click_knows_how_long_after_its_delivery_it_came(portal: HubSpotWorld, adapter: Adapter) -> None:
    (contact,) = portal.create(1)
    portal.edit(contact, {"email": "mara@x.example"})
    mail(portal, "SENT")
    portal.advance(30)
    mail(portal, "DELIVERED")
    portal.advance(3)
    mail(portal, "CLICK")
    portal.advance(3_600)
    mail(portal, "CLICK")
    mail(portal, "CLICK", filtered=True)
    found = records(list(adapter.backfill(asked("email_events"))))
    assert [record.fields["seconds_since_delivery"] for record in found] == [3, 3_603]
    assert {record.fields["contact_id"] for record in found} == {contact}


def test_old_clicks_are_not_read_again(portal: HubSpotWorld, adapter: Adapter) -> None:
    portal.advance(86_400)
    mail(portal, "CLICK")
    portal.advance(3_600)
    until = covered(list(adapter.backfill(asked("email_events"))))
    calls = adapter.usage().calls
    assert records(list(adapter.pull(asked("email_events", covered_until=until)))) == []
    assert adapter.usage().calls == calls + 1
    mail(portal, "CLICK", at=(until + timedelta(seconds=1)).isoformat())
    assert len(records(list(adapter.pull(asked("email_events", covered_until=until))))) == 1


def test_teams_and_the_team_of_an_owner_are_read(portal: HubSpotWorld, adapter: Adapter) -> None:
    teams = [{"id": "5501", "name": "West", "primary": False}, {"id": "5502", "name": "East", "primary": True}]
    owner = {"id": "501", "email": "dana@seller.example", "userId": 61, "teams": teams}
    portal.control("seed", {"owners": [owner], "teams": [{"id": "5501", "name": "West", "userIds": [61, 62]}]})
    (page,) = adapter.pull(PullRequest("owners", ("team", "team_ids")))
    assert page.records[0].fields == {"team": "East", "team_ids": "5502;5501"}
    (page,) = adapter.pull(PullRequest("teams", ("name", "user_ids")))
    assert page.records[0].fields == {"name": "West", "user_ids": "61;62"}


def test_a_choice_of_mail_comes_with_the_contact(portal: HubSpotWorld, adapter: Adapter) -> None:
    ids = portal.create(2)
    portal.control("subscription", {"email": "p0@x.example", "id": "77", "status": "UNSUBSCRIBED"})
    assert {"subscription:77", "subscription:Newsletter"} <= set(adapter.schema("contacts").fields)
    fields = ("lastname", "subscription:Newsletter")
    request = PullRequest("contacts", fields)
    for pages in (adapter.pull(request), adapter.backfill(request)):
        told = {item.ref.record_id: item.fields for item in records(list(pages))}
        assert told[ids[0]] == {"lastname": "L0", "subscription:Newsletter": "UNSUBSCRIBED"}
        assert told[ids[1]] == {"lastname": "L1", "subscription:Newsletter": None}
    assert adapter.read("contacts", ids[:1], fields)[ids[0]].fields == told[ids[0]]


def test_without_its_scope_a_choice_of_mail_is_no_field_and_says_why(portal: HubSpotWorld, adapter: Adapter) -> None:
    portal.create(1)
    portal.control("settings", {"missing_scopes": ["communication_preferences.statuses.batch.read"]})
    schema = adapter.schema("contacts")
    assert not any(name.startswith("subscription:") for name in schema.fields)
    assert "communication_preferences.statuses.batch.read" in schema.refused
    with pytest.raises(SchemaDrift):
        list(adapter.pull(PullRequest("contacts", ("lastname", "subscription:77"))))


@pytest.mark.parametrize("name", sorted(SCOPES))
def test_an_object_without_its_scope_names_it(portal: HubSpotWorld, adapter: Adapter, name: str) -> None:
    portal.control("settings", {"missing_scopes": [SCOPES[name]]})
    assert adapter.schema(name).fields
    with pytest.raises(NotGranted) as caught:
        list(adapter.backfill(asked(name)))
    assert caught.value.scopes == (SCOPES[name],)
    assert SCOPES[name] in caught.value.sentence()


@pytest.mark.parametrize("name", ["notes", "communications", "leads"])
def test_what_hangs_on_a_contact_is_read_with_its_contact(portal: HubSpotWorld, adapter: Adapter, name: str) -> None:
    (contact,) = portal.create(1)
    values = {"leads": {"hs_lead_name": "Mara"}}.get(name, {"hs_timestamp": "2026-11-21T11:00:00Z"})
    made = {"object": name, "properties": values, "by": 61, "associations": [{"to": ["contacts", contact]}]}
    portal.control("create", made)
    request = PullRequest(name, tuple(values), associations=("contacts",))
    for pages in (adapter.pull(request), adapter.backfill(request)):
        (record,) = records(list(pages))
        assert record.associations == {"contacts": (contact,)}
