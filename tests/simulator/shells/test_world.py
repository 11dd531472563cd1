"""The demo world: one seed, one world; every kind of person is there; no age lies on a rule's day edge."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from adapters.simulator.world import ANSWERS, SUGGESTED_NOW, HandedOff, generate
from adapters.simulator.world.calendar import EDGES_D, Calendar, is_safe_age
from adapters.simulator.world.identifiers import with_checksum


def as_text(world) -> str:
    return json.dumps([world.salesforce_seed, world.hubspot_seed, world.team, world.facts], sort_keys=True)


def handed_off_leads(world, count):
    reps = [rep.user_id for rep in world.cast.reps]
    leads = [one.leads[0] for one in world.placed if one.leads and one.persona.story != "won_deal"][:count]
    return [HandedOff(f"key-{n}", lead, reps[n % 3], f"person-{n}", "x") for n, lead in enumerate(leads)]


def test_one_seed_gives_one_world_and_another_seed_another():
    assert as_text(generate(50, seed=3)) == as_text(generate(50, seed=3))
    assert as_text(generate(50, seed=3)) != as_text(generate(50, seed=4))
    first, second = generate(50, seed=3), generate(50, seed=3)
    assert first.week(handed_off_leads(first, 6)) == second.week(handed_off_leads(second, 6))


def test_the_world_does_not_depend_on_the_zone_in_which_now_is_written():
    elsewhere = SUGGESTED_NOW.astimezone(timezone(timedelta(hours=9)))
    assert as_text(generate(50, now=elsewhere)) == as_text(generate(50, now=SUGGESTED_NOW))


def test_too_few_people_and_a_naive_now_are_refused():
    with pytest.raises(ValueError, match="at least 50"):
        generate(49)
    with pytest.raises(ValueError, match="aware"):
        generate(50, now=datetime(2026, 5, 16, 18, 0))  # noqa: DTZ001 - the refusal is the point


@pytest.mark.parametrize("people", [50, 500, 2000])
def test_every_kind_of_person_is_there(people):
    world = generate(people, seed=7)
    facts = world.facts
    assert sum(facts["stories"].values()) == people == len(world.placed)
    assert facts["only_hubspot"] == max(facts[key] for key in ("only_hubspot", "only_lead", "only_contact", "in_both"))
    assert min(facts[key] for key in ("only_lead", "only_contact", "in_both", "several_leads", "second_address")) > 0
    assert facts["stories"]["fresh_strong"] >= 5
    assert facts["stories"]["quiet"] == max(facts["stories"].values())
    sales, contacts = world.salesforce_seed["records"], world.hubspot_seed["records"]["contacts"]
    stages = {deal["StageName"] for deal in sales["Opportunity"]}
    assert {"Closed Won", "Closed Lost"} < stages
    assert all(deal["Amount"] > 0 for deal in sales["Opportunity"])
    assert len(sales["OpportunityContactRole"]) == len(sales["Opportunity"])
    owners = {lead["OwnerId"] for lead in sales["Lead"]}
    assert world.cast.queue_id in owners
    assert world.cast.departed.user_id in owners
    assert any(one["properties"].get("hs_additional_emails") for one in contacts)
    assert any("email" not in one["properties"] and "phone" not in one["properties"] for one in contacts)
    assert all(len(rows) > 0 for rows in world.hubspot_seed["records"].values())
    assert all(len(rows) > 0 for rows in sales.values())


def test_an_opted_out_hand_raise_can_still_be_phoned():
    contacts = generate(500).hubspot_seed["records"]["contacts"]
    opted_out = [one["properties"] for one in contacts if one["properties"].get("hs_email_optout") == "true"]
    assert opted_out
    assert all(one["phone"] and one["recent_conversion_event_name"] == "Demo request" for one in opted_out)


def test_people_in_both_systems_differ_in_case_and_spacing_only():
    world = generate(500)
    by_id = {one["id"]: one["properties"] for one in world.hubspot_seed["records"]["contacts"]}
    leads = {one["Id"]: one for one in world.salesforce_seed["records"]["Lead"]}
    both = [one for one in world.placed if one.hubspot_contact and one.leads and not one.persona.other_email]
    pairs = [(by_id[one.hubspot_contact], leads[one.leads[0]]) for one in both]
    with_mail = [(contact["email"], lead["Email"]) for contact, lead in pairs if "email" in contact]
    assert all(mail.lower() == other.lower() for mail, other in with_mail)
    assert any(mail != other for mail, other in with_mail)
    names = [(contact["firstname"], lead["FirstName"]) for contact, lead in pairs]
    assert all(name.strip() == other for name, other in names)
    assert any(name != other for name, other in names)


def test_no_two_people_share_an_address_and_no_id_is_given_twice():
    world = generate(2000, seed=5)
    mails = Counter(one.persona.email for one in world.placed if one.persona.email)
    assert max(mails.values()) == 1
    for rows in world.salesforce_seed["records"].values():
        ids = [row["Id"] for row in rows]
        assert len(set(ids)) == len(ids)
        assert all(len(one) == 18 and with_checksum(one[:15]) == one for one in ids)
    every = [row["id"] for rows in world.hubspot_seed["records"].values() for row in rows]
    assert len(set(every)) == len(every)


def test_a_known_id_gets_its_known_checksum():
    assert with_checksum("001D000000IRFma") == "001D000000IRFmaIAH"


def test_fresh_hand_raises_lie_in_the_two_days_before_the_start():
    world = generate(500)
    moments = [
        one["properties"]["recent_conversion_date"]
        for one in world.hubspot_seed["records"]["contacts"]
        if one["properties"].get("recent_conversion_event_name") in ("Demo request", "Contact sales", "Pricing request")
    ]
    live_since = (SUGGESTED_NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    fresh = [moment for moment in moments if moment > live_since]
    assert len(fresh) == 15 + 7 + 2
    assert max(fresh) < SUGGESTED_NOW.strftime("%Y-%m-%dT%H:%M")
    assert len(moments) > len(fresh)


def test_nothing_lies_after_now_or_more_than_two_and_a_half_years_before():
    world = generate(500)
    text = json.dumps([world.salesforce_seed["records"], world.hubspot_seed["records"]])
    stamps = re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text.replace('"closedate": "2', '"skipped": "'))
    assert max(stamps) <= SUGGESTED_NOW.strftime("%Y-%m-%dT%H:%M:%S")
    assert min(stamps) > (SUGGESTED_NOW - timedelta(days=900)).strftime("%Y-%m-%d")


def test_the_past_keeps_clear_of_the_rules_day_edges():
    for one in generate(2000).placed:
        for touch in one.persona.evidence.touches:
            assert touch.age_h is not None or is_safe_age(touch.age_d)
    assert not any(is_safe_age(edge - 8) or is_safe_age(edge - 5) for edge in EDGES_D)


def test_the_roster_names_active_people_with_both_ids():
    team = generate(50).team["members"]
    assert Counter(row["role"] for row in team) == {"sdr": 3, "ae": 2, "manager": 1, "marketing": 1, "csm": 1}
    assert all(row["salesforce_user_id"].startswith("005") and row["hubspot_owner_id"].isdigit() for row in team)
    assert len({row["weight"] for row in team if row["role"] in ("sdr", "ae")}) > 1


def test_the_week_tells_each_kind_of_rep_and_edit_in_order_of_time():
    world = generate(500)
    steps = world.week(handed_off_leads(world, 7))
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert steps[0].at > timedelta(0)
    assert steps[-1].at < timedelta(days=7)
    told = Counter((step.system, step.route) for step in steps)
    assert {("salesforce", "convert"), ("salesforce", "merge"), ("salesforce", "edit"), ("hubspot", "create")} <= set(
        told
    )
    fields = [set(step.body["fields"]) for step in steps if step.route == "edit" and step.system == "salesforce"]
    assert {"OwnerId"} in fields
    assert {"Leadloop_Response__c"} in fields
    assert {"Leadloop_Response__c", "Leadloop_Reject_Reason__c", "Leadloop_Reject_Note__c"} in fields
    assert {"StageName", "CloseDate"} in fields


def test_one_rep_never_calls():
    world = generate(500)
    leads = handed_off_leads(world, 5)
    touched = {
        step.body.get("id") or step.body.get("fields", {}).get("WhoId")
        for step in world.week(leads)
        if step.system == "salesforce"
    }
    assert len({lead.lead_id for lead in leads} - touched) == 1


def test_a_week_without_hand_offs_still_passes():
    assert len(generate(50).week()) > 8


def test_a_quick_rep_answers_in_the_next_working_minutes():
    saturday = Calendar(SUGGESTED_NOW)
    assert SUGGESTED_NOW + saturday.prompt(15) == datetime.fromisoformat("2026-05-18T09:15:00-04:00")
    monday_noon = Calendar(datetime.fromisoformat("2026-05-18T12:00:00-04:00"))
    assert monday_noon.prompt(15) == timedelta(minutes=15)
    monday_night = Calendar(datetime.fromisoformat("2026-05-18T22:00:00-04:00"))
    assert monday_night.now + monday_night.prompt(15) == datetime.fromisoformat("2026-05-19T09:15:00-04:00")


def test_who_asked_within_the_year_has_an_outcome_and_the_past_of_most_is_known():
    world = generate(500)
    asked = [one for one in world.placed if one.persona.story.startswith("asked")]
    deals = {deal["Id"]: deal for deal in world.salesforce_seed["records"]["Opportunity"]}
    bought = [one for one in asked if one.persona.story == "asked_and_bought"]
    assert len(bought) >= 30
    for one in bought:
        asked_on = (SUGGESTED_NOW - timedelta(days=one.persona.evidence.asked_d or 0)).date().isoformat()
        deal = deals[one.opportunity]
        assert asked_on < deal["CreatedDate"][:10] < deal["CloseDate"]
        assert (datetime.fromisoformat(deal["CloseDate"]) - datetime.fromisoformat(asked_on)).days < 120
    people = [*world.salesforce_seed["records"]["Lead"], *world.salesforce_seed["records"]["Contact"]]
    untouched = sum(row["CreatedDate"] == row["LastModifiedDate"] for row in people)
    assert untouched > len(people) / 2
    assert generate(50).facts["stories"].keys() & {"asked_and_bought", "asked_and_lost"} == set()


def test_every_conversion_is_a_submission_of_its_form_and_sources_are_filled_in_as_a_portal_does():
    world = generate(500)
    contacts = [row["properties"] for row in world.hubspot_seed["records"]["contacts"]]
    submitted = {
        (row["email"], form["name"], row["at"]) for form in world.hubspot_seed["forms"] for row in form["submissions"]
    }
    latest = {
        (one["email"], one["recent_conversion_event_name"], one["recent_conversion_date"])
        for one in contacts
        if "email" in one and "recent_conversion_event_name" in one
    }
    assert latest <= submitted
    assert len(submitted) > len(latest)
    assert all(one["hs_analytics_source"] and one["hs_latest_source"] for one in contacts)
    came_back = [one for one in contacts if one["hs_analytics_source"] != one["hs_latest_source"]]
    assert len(contacts) / 20 < len(came_back) < len(contacts) / 2


def test_three_answer_questions_in_a_form_and_sales_gives_back_for_a_reason_of_each_class():
    world = generate(500)
    steps = world.week(handed_off_leads(world, 8))
    answers = {step.story: step.body["values"] for step in steps if step.story in ANSWERS}
    assert {story: answers[story].get("leadloop_need") for story in ANSWERS} == {
        ANSWERS[0]: "specific",
        ANSWERS[1]: "never",
        ANSWERS[2]: "specific",
    }
    reasons = {step.body.get("fields", {}).get("Leadloop_Reject_Reason__c") for step in steps} - {None}
    assert reasons == {"timing", "wrong_owner", "unresponsive", "no_fit"}
