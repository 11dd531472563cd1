"""Who is who, as it is stored: one person over all records, in whatever order they arrive; nothing is lost."""

from __future__ import annotations

import pytest

from connector.model import RecordRef, Wire
from connector.store.tables import Activity, LinkEvent, MatchKey, OpportunityPerson, Person, PersonDirty, Reject
from tests.store.fuse import COMPANY, Died, Fuse
from tests.store.people_world import NOW, PeopleWorld, contact, lead

EMAIL = "ann.bell@example.com"
MEETING = {"hs_meeting_outcome": "COMPLETED", "hs_meeting_end_time": "2026-02-20T10:00:00Z", "hs_meeting_title": "Demo"}


def test_one_address_in_any_case_is_one_person_in_both_crms(world: PeopleWorld) -> None:
    refs = (
        world.land("hubspot.contacts", "1", contact(EMAIL)),
        world.land("salesforce.Lead", "00Q1", lead("Ann.Bell@Example.com ")),
        world.land("salesforce.Contact", "0031", lead(EMAIL.upper())),
    )
    counts = world.resolve()
    assert (counts.new, counts.merged) == (1, 0)
    assert world.same_person(*refs)
    assert world.person_of(refs[0]).provisional is False


def test_two_leads_of_one_person_are_two_links_and_one_is_primary(world: PeopleWorld) -> None:
    older = world.land("salesforce.Lead", "00Q1", lead(EMAIL))
    newer = world.land("salesforce.Lead", "00Q2", lead(EMAIL))
    world.resolve()
    assert world.same_person(older, newer)
    assert [world.link(ref).is_primary for ref in (older, newer)] == [False, True]
    assert world.link(older).external_key != world.link(newer).external_key


def test_a_contact_goes_before_a_lead(world: PeopleWorld) -> None:
    of_lead = world.land("salesforce.Lead", "00Q1", lead(EMAIL))
    world.resolve()
    of_contact = world.land("salesforce.Contact", "0031", lead(EMAIL))
    world.resolve()
    assert [world.link(ref).is_primary for ref in (of_lead, of_contact)] == [False, True]


def test_names_are_never_keys_and_a_shared_address_is_not_one_person(world: PeopleWorld) -> None:
    same_name = (
        world.land("hubspot.contacts", "1", contact(EMAIL, company="Acme")),
        world.land("salesforce.Lead", "00Q1", lead("other@example.com", Company="Acme")),
    )
    shared = (
        world.land("hubspot.contacts", "2", contact("info@example.com", lastname="Bell")),
        world.land("salesforce.Lead", "00Q2", lead("info@example.com", LastName="Cole")),
    )
    world.resolve()
    assert not world.same_person(*same_name)
    assert not world.same_person(*shared)
    assert any(world.person_of(ref).provisional for ref in shared)


def test_a_secondary_address_leads_to_the_same_person(world: PeopleWorld) -> None:
    first = world.land("hubspot.contacts", "1", contact(EMAIL, hs_additional_emails="ann@home.example;x@y.example"))
    second = world.land("salesforce.Lead", "00Q1", lead("Ann@Home.example"))
    world.resolve()
    assert world.same_person(first, second)


def test_records_without_any_address_are_people_of_their_own(world: PeopleWorld) -> None:
    refs = [world.land("salesforce.Lead", f"00Q{n}", {"LastName": "Bell", "Email": None}) for n in range(2)]
    world.resolve()
    assert not world.same_person(*refs)


def test_a_converted_lead_takes_its_person_along_to_the_contact(world: PeopleWorld) -> None:
    of_lead = world.land("salesforce.Lead", "00Q1", lead(EMAIL))
    world.resolve()
    person = world.link(of_lead).person_id
    # The Contact got another address on the way, and it arrives before the Lead says that it was converted.
    of_contact = world.land("salesforce.Contact", "0031", lead("ann@new.example"))
    world.resolve()
    assert not world.same_person(of_lead, of_contact)
    world.land("salesforce.Lead", "00Q1", lead(EMAIL), successor=of_contact, succession="converted")
    counts = world.resolve()
    assert counts.merged == 1
    assert world.same_person(of_lead, of_contact)
    assert world.link(of_contact).person_id == person, "the older person stays"
    assert (world.link(of_lead).state, world.link(of_lead).is_primary) == ("converted", False)
    assert world.link(of_lead).successor_link_id == world.link(of_contact).link_id
    assert world.link(of_contact).is_primary
    assert len(world.living()) == 1
    assert world.broken() == []


def test_merged_contacts_are_one_person_and_the_loser_gets_nothing_more(world: PeopleWorld) -> None:
    winner = world.land("hubspot.contacts", "1", contact(EMAIL))
    loser = world.land("hubspot.contacts", "2", contact("old@example.com"))
    world.resolve()
    world.land("hubspot.contacts", "2", {}, deleted=True, successor=winner, succession="merged")
    world.land("hubspot.contacts", "1", contact(EMAIL, firstname="Anna"), absorbs=(loser,))
    world.decide()
    assert world.same_person(winner, loser)
    assert (world.link(loser).state, world.link(loser).is_primary) == ("merged", False)
    assert world.person_of(winner).first_name == "Anna"
    assert world.person_of(winner).email == EMAIL, "the loser's stale values are not the person's"
    # The old address still leads to the person: a Lead with it is no stranger.
    late = world.land("salesforce.Lead", "00Q1", lead("old@example.com"))
    world.resolve()
    assert world.same_person(winner, late)
    assert world.broken() == []


def test_a_deleted_record_no_longer_says_who_anybody_is(world: PeopleWorld) -> None:
    first = world.land("salesforce.Lead", "00Q1", lead(EMAIL))
    world.resolve()
    created_at = world.link(first).created_at
    world.land("salesforce.Lead", "00Q1", {}, deleted=True, created_at=None)
    world.resolve()
    assert world.link(first).state == "deleted"
    assert world.link(first).created_at == created_at
    assert world.rows(MatchKey) == []
    second = world.land("salesforce.Lead", "00Q2", lead(EMAIL))
    world.resolve()
    assert not world.same_person(first, second)


def test_a_record_deleted_before_it_was_ever_seen_is_nobody(world: PeopleWorld) -> None:
    world.land("salesforce.Lead", "00Q1", {}, deleted=True)
    assert world.resolve().new == 0
    assert world.rows(Person) == []


def test_an_activity_waits_for_its_person(world: PeopleWorld) -> None:
    world.land("hubspot.meetings", "m1", MEETING, associations={"contacts": ("1",)})
    world.resolve()
    waiting = world.rows(Activity)
    assert [(row.person_id, row.awaits) for row in waiting] == [(None, "hubspot contacts 1")]
    ref = world.land("hubspot.contacts", "1", contact(EMAIL))
    world.resolve()
    assert world.signals_of(ref) == ["meeting_held"]
    assert world.rows(Activity)[0].awaits is None


def test_everybody_at_a_meeting_was_at_the_meeting(world: PeopleWorld) -> None:
    first = world.land("hubspot.contacts", "1", contact(EMAIL))
    second = world.land("hubspot.contacts", "2", contact("bob@example.com", firstname="Bob"))
    world.land("hubspot.meetings", "m1", MEETING, associations={"contacts": ("1", "2")})
    world.resolve()
    assert (world.signals_of(first), world.signals_of(second)) == (["meeting_held"], ["meeting_held"])
    world.land("hubspot.meetings", "m1", {}, deleted=True)
    world.resolve()
    assert (world.signals_of(first), world.signals_of(second)) == ([], [])


def test_an_activity_is_counted_once_however_often_it_is_read(world: PeopleWorld) -> None:
    ref = world.land("hubspot.contacts", "1", contact(EMAIL))
    for title in ("Demo", "Demo, longer"):
        world.land("hubspot.meetings", "m1", {**MEETING, "hs_meeting_title": title}, associations={"contacts": ("1",)})
        world.resolve()
    assert world.signals_of(ref) == ["meeting_held"]
    assert [row.asset for row in world.rows(Activity)] == ["Demo, longer"]


def test_a_deleted_activity_counts_no_more_and_its_neighbour_does(world: PeopleWorld) -> None:
    ref = world.land("hubspot.contacts", "1", contact(EMAIL))
    for name in ("m1", "m10", "M1"):
        world.land("hubspot.meetings", name, MEETING, associations={"contacts": ("1",)})
    world.resolve()
    world.land("hubspot.meetings", "m1", {}, deleted=True)
    world.resolve()
    assert world.signals_of(ref) == ["meeting_held", "meeting_held"]
    gone = [row.source_key for row in world.rows(Activity) if row.deleted_seq is not None]
    assert [":m1:" in key for key in gone] == [True]


def test_opportunities_count_for_the_people_on_them(world: PeopleWorld) -> None:
    deal: dict[str, Wire] = {
        "StageName": "Prospecting",
        "Amount": 100,
        "IsClosed": "false",
        "IsWon": "false",
        "AccountId": "001",
    }
    role = {"OpportunityId": "0061", "ContactId": "0031", "Role": "Buyer", "IsPrimary": "true"}
    world.land("salesforce.OpportunityContactRole", "00K1", role)
    world.land("salesforce.Opportunity", "0061", deal)
    world.resolve()
    ref = world.land("salesforce.Contact", "0031", lead(EMAIL))  # the person is the last to arrive
    world.resolve()
    assert (world.person_of(ref).open_opportunities, world.person_of(ref).won_opportunities) == (1, 0)
    world.land("salesforce.Opportunity", "0061", {**deal, "IsClosed": "true", "IsWon": "true"})
    world.resolve()
    assert (world.person_of(ref).open_opportunities, world.person_of(ref).won_opportunities) == (0, 1)
    world.land("salesforce.OpportunityContactRole", "00K1", {}, deleted=True)
    world.resolve()
    assert (world.person_of(ref).open_opportunities, world.person_of(ref).won_opportunities) == (0, 0)


def test_somebody_taken_off_a_deal_is_not_on_it_any_more(world: PeopleWorld) -> None:
    first = world.land("hubspot.contacts", "1", contact(EMAIL))
    second = world.land("hubspot.contacts", "2", contact("bob@example.com"))
    deal = {"dealstage": "presentationscheduled", "amount": "10"}
    world.land("hubspot.deals", "d1", deal, associations={"contacts": ("1", "2")})
    world.resolve()
    assert [world.person_of(ref).open_opportunities for ref in (first, second)] == [1, 1]
    world.land("hubspot.deals", "d1", deal, associations={"contacts": ("2",)})
    world.resolve()
    assert [world.person_of(ref).open_opportunities for ref in (first, second)] == [0, 1]
    assert [row.deleted for row in world.rows(OpportunityPerson)] == [True, False]


def test_a_value_that_cannot_be_read_keeps_the_old_one_until_it_can(world: PeopleWorld) -> None:
    ref = world.land("salesforce.Lead", "00Q1", lead(EMAIL, NumberOfEmployees=200))
    world.decide()
    world.land("salesforce.Lead", "00Q1", lead(EMAIL, NumberOfEmployees="many"))
    world.decide()
    assert world.person_of(ref).employees == 200
    assert [(row.field, row.code, row.state) for row in world.rows(Reject)] == [
        ("NumberOfEmployees", "not_a_number", "open")
    ]
    world.land("salesforce.Lead", "00Q1", lead(EMAIL, NumberOfEmployees=300))
    world.decide()
    assert world.person_of(ref).employees == 300
    assert [row.state for row in world.rows(Reject)] == ["settled"]


def test_a_field_that_is_no_longer_answered_keeps_its_value_and_null_clears_it(world: PeopleWorld) -> None:
    ref = world.land("salesforce.Lead", "00Q1", lead(EMAIL, Title="CEO", Phone="1"))
    world.decide()
    world.land("salesforce.Lead", "00Q1", lead(EMAIL, Phone=None))
    world.decide()
    assert world.person_of(ref).title == "CEO"
    assert world.person_of(ref).extra.get("phone") is None


def test_two_colleagues_with_one_address_in_a_system_stay_two(world: PeopleWorld) -> None:
    """An org may give several users one address: one of them having left says nothing of the other."""
    world.land("salesforce.User", "0051", {"Email": "rep@us.example", "Name": "Old", "IsActive": "false"})
    world.land("salesforce.User", "0052", {"Email": "Rep@us.example", "Name": "New", "IsActive": "true"})
    world.land("hubspot.owners", "9", {"email": "rep@us.example", "name": "Rep", "active": "true"})
    world.resolve()
    users = {user.owner_ids.get("salesforce"): user for user in world.decisions.users(COMPANY)}
    assert users["0052"].active
    assert users["0052"].owner_ids == {"salesforce": "0052", "hubspot": "9"}
    assert users["0051"].active is False


def test_a_crash_before_the_commit_leaves_the_chunk_to_the_next_run(world: PeopleWorld, fuse: Fuse) -> None:
    ref = world.land("hubspot.contacts", "1", contact(EMAIL, recent_conversion_event_name="Demo request"))
    fuse.light("before commit")
    with pytest.raises(Died):
        world.resolve()
    assert (world.rows(Person), world.rows(PersonDirty), world.rows(LinkEvent)) == ([], [], [])
    assert world.resolve().new == 1
    assert [row.person_id for row in world.rows(PersonDirty)] == [world.link(ref).person_id]
    assert world.resolve().new == 0, "resolved once"


def test_what_has_not_changed_is_not_touched_again(world: PeopleWorld) -> None:
    world.land("hubspot.contacts", "1", contact(EMAIL))
    world.decide()
    assert world.rows(PersonDirty) == []
    world.land("hubspot.contacts", "1", contact(EMAIL))
    world.resolve()
    assert world.rows(PersonDirty) == []


def test_references_between_records_survive_storage(world: PeopleWorld) -> None:
    other = RecordRef("salesforce", "Lead", "00Q 1:x")
    first = world.land("hubspot.contacts", "1", contact("a@example.com"), same_as=(other,))
    world.resolve()
    world.land("salesforce.Lead", "00Q 1:x", lead("b@example.com"))
    world.resolve()
    assert world.same_person(first, other)
    assert world.link(other).modified_at <= NOW
