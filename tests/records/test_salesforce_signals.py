"""What Salesforce records say happened, by the default mapping: replies, meetings, campaigns, web-to-lead."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.decide.past_changes import HistorySource, changes_of
from connector.decide.signals import SignalSource, signals_of
from connector.errors import BadConfiguration
from connector.model import RecordRef
from connector.playbook import load
from connector.ports.people import Signal
from connector.rules.mapping import Mapping
from connector.rules.mapping_file import parse
from connector.rules.toml import Table

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
RESPONDED = {"HasResponded": True, "FirstRespondedDate": "2026-03-02", "Status": "Responded"}


@cache
def mapping() -> Mapping:
    return load(None, systems=("hubspot", "salesforce")).mapping


def shown(object_name: str, fields: dict[str, Any], **source: Any) -> list[Signal]:
    ref = RecordRef("salesforce", object_name, "1")
    given = {"modified_at": NOON, "created_at": NOON, "associations": {}, "zone": NEW_YORK, **source}
    return signals_of(mapping().objects["salesforce", object_name], SignalSource(ref, fields, **given))


def names(object_name: str, fields: dict[str, Any], **source: Any) -> list[str]:
    return [signal.signal for signal in shown(object_name, fields, **source)]


def mail(**fields: Any) -> dict[str, Any]:
    return {"MessageDate": "2026-03-02T11:00:00.000+0000", "Incoming": True, "Subject": "Re: demo", **fields}


def test_an_incoming_mail_is_a_reply_of_whom_its_task_belongs_to() -> None:
    (reply,) = shown("EmailMessage", mail(FromAddress="pat@x.example", **{"Task.WhoId": "00Q1"}))
    assert (reply.signal, reply.direction, reply.address) == ("reply", "human", "pat@x.example")
    assert [ref.record_id for ref in reply.people] == ["00Q1", "00Q1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Headers": "From: pat@x.example\nAuto-Submitted: auto-replied\nX: y"},
        {"Headers": "X-Autoreply: yes"},
        {"Subject": "Automatic reply: demo"},
        {"Subject": "  Out of Office: back on Monday"},
        {"Subject": "Undeliverable: demo"},
    ],
)
def test_a_machines_answer_is_no_reply(fields: dict[str, Any]) -> None:
    assert names("EmailMessage", mail(**fields)) == []


def test_a_header_that_says_not_automatic_is_a_reply() -> None:
    assert names("EmailMessage", mail(Headers="Auto-Submitted: no", Subject="About the automatic reply")) == ["reply"]


def test_an_outgoing_mail_is_an_attempt_unless_it_is_ours() -> None:
    (attempt,) = shown("EmailMessage", mail(Incoming=False, CreatedById="005A", ToAddress="pat@x.example"))
    assert (attempt.signal, attempt.direction, attempt.owner) == ("rep_touch_attempt", "us", "005A")
    assert names("EmailMessage", mail(Incoming=False), ours=True) == []


def test_a_meeting_is_booked_when_made_and_held_when_it_ends() -> None:
    fields = {"CreatedDate": "2026-03-02T12:00:00.000+0000", "EndDateTime": "2026-03-05T12:00:00.000+0000"}
    booked, held, attempt = shown("Event", {**fields, "Subject": "Demo"})
    assert [booked.signal, held.signal, attempt.signal] == ["meeting_booked", "meeting_held", "rep_touch_attempt"]
    assert (booked.waits, held.waits, attempt.waits) == (False, True, True)
    assert held.occurred_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_a_meeting_entered_afterwards_was_not_booked() -> None:
    fields = {"CreatedDate": "2026-03-02T12:00:00.000+0000", "EndDateTime": "2026-03-01T12:00:00.000+0000"}
    assert names("Event", fields) == ["meeting_held", "rep_touch_attempt"]


@pytest.mark.parametrize(
    ("fields", "signal"),
    [
        ({"Campaign.Name": "Demo request March", "Campaign.Type": "Webinar", "Status": "Attended"}, "hand_raise"),
        ({"Campaign.Name": "Lead scoring", "Campaign.Type": "Webinar", "Status": "Attended"}, "event_attended"),
        ({"Campaign.Name": "Lead scoring", "Campaign.Type": "Webinar", "Status": "Registered"}, "event_registered"),
        ({"Campaign.Name": "Whitepaper: leaks", "Campaign.Type": "Content"}, "content_download"),
        ({"Campaign.Name": "Spring mailing", "Campaign.Type": "Email"}, "campaign_responded"),
        ({}, "campaign_responded"),
    ],
)
def test_a_campaign_response_is_the_first_thing_that_fits(fields: dict[str, Any], signal: str) -> None:
    assert names("CampaignMember", {**RESPONDED, **fields}) == [signal]


@pytest.mark.parametrize(("kind", "channel"), [("Trade Show", "trade_show"), ("Webinar", "webinar"), (None, None)])
def test_a_campaigns_type_says_by_what_the_person_came(kind: str | None, channel: str | None) -> None:
    (signal,) = shown("CampaignMember", {**RESPONDED, "Campaign.Type": kind})
    assert signal.channel == channel


def test_membership_without_a_response_is_no_signal() -> None:
    assert names("CampaignMember", {**RESPONDED, "HasResponded": False, "Campaign.Name": "Demo request"}) == []


@pytest.mark.parametrize(
    ("created_at", "occurred_at"),
    [
        (datetime(2026, 3, 2, 20, tzinfo=UTC), datetime(2026, 3, 2, 20, tzinfo=UTC)),
        (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, 5, tzinfo=UTC)),
        (datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 3, 4, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_without_a_time_is_the_companys_day(created_at: datetime, occurred_at: datetime) -> None:
    (signal,) = shown("CampaignMember", RESPONDED, created_at=created_at)
    assert signal.occurred_at == occurred_at


def test_a_listed_lead_source_is_a_hand_raise_and_another_is_not() -> None:
    fields = {"CreatedDate": "2026-03-02T12:00:00.000+0000"}
    raised = [s.kind for s in shown("Lead", {**fields, "LeadSource": "Web - Demo request"})]
    assert (raised, names("Lead", {**fields, "LeadSource": "Web"})) == (["demo"], [])


def test_the_same_webinar_shares_its_sameness_whatever_case_and_spaces() -> None:
    attended = {
        **RESPONDED,
        "Status": "Attended",
        "Campaign.Type": "Webinar",
        "Campaign.Name": "Webinar:  Lead Scoring",
    }
    (theirs,) = shown("CampaignMember", attended)
    contacts = mapping().objects["hubspot", "contacts"]
    fields = {"recent_conversion_event_name": "webinar: lead scoring", "recent_conversion_date": "1772469000000"}
    source = SignalSource(RecordRef("hubspot", "contacts", "7"), fields, NOON, NOON, {}, zone=NEW_YORK)
    (other,) = signals_of(contacts, source)
    assert (theirs.sameness, theirs.signal) == (other.sameness, other.signal)
    assert other.precedence < theirs.precedence


def test_another_name_of_an_asset_may_be_listed() -> None:
    text = {
        "at": "Day",
        "signal": "event_attended",
        "subject": "Name",
        "assets": {"Q1 webinar (SFDC)": "Webinar: Lead scoring"},
    }
    table = {"canonical": {}, "salesforce": {"Thing": {"kind": "activity", "signals": [text]}}}
    parsed = parse(Table(table, "fields.toml"), systems=("salesforce",)).objects["salesforce", "Thing"]
    fields = {"Day": "2026-03-02", "Name": "Q1 webinar (SFDC)"}
    (signal,) = signals_of(parsed, SignalSource(RecordRef("salesforce", "Thing", "1"), fields, NOON, NOON, {}))
    assert signal.asset == "Webinar: Lead scoring"


def test_a_misspelt_key_of_a_signal_is_located() -> None:
    table = {
        "canonical": {},
        "salesforce": {"T": {"kind": "activity", "signals": [{"at": "D", "signal": "reply", "wait": True}]}},
    }
    with pytest.raises(BadConfiguration, match=r"fields.toml: \[salesforce.T.signals\[1\]\] wait: unknown key"):
        parse(Table(table, "fields.toml"), systems=("salesforce",))


def test_dotted_names_of_references_are_not_asked_of_the_record_itself() -> None:
    asked = mapping().objects["salesforce", "CampaignMember"].asked_fields
    assert "CampaignId" in asked
    assert not [name for name in asked if "." in name]


@pytest.mark.parametrize(
    ("kind", "ours", "actor"),
    [
        ("Standard", False, "human"),
        ("AutomatedProcess", False, "automation"),
        ("Standard", True, "ours"),
        ("?", False, "unknown"),
    ],
)
def test_a_history_row_tells_who_changed_what(kind: str, ours: bool, actor: str) -> None:
    rules = mapping()
    history, lead = rules.objects["salesforce", "LeadHistory"], rules.objects["salesforce", "Lead"]
    at = "2026-03-02T10:00:00.000+0000"
    fields = {"LeadId": "00Q1", "Field": "Owner", "NewValue": "005A", "CreatedDate": at, "User.UserType": kind}
    (change,) = changes_of(history, lead, rules.canonical, HistorySource(fields, NOON, ours))
    assert (change.field, change.value, change.actor, change.is_owner) == ("owner", "005A", actor, True)
    assert change.at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert list(changes_of(history, lead, rules.canonical, HistorySource({**fields, "Field": "X"}, NOON, ours))) == []
