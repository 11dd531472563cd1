"""Writes the demo's people as HubSpot records: contacts with their history, companies, deals, engagements.

Decides properties and values in the vendor's words; who the people are and what they did is given. The output is
what the simulator's control plane takes as ``seed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.calendar import Calendar, hubspot_moment, safe_age
from adapters.simulator.world.cast import Cast, Json, Member, hubspot_owners
from adapters.simulator.world.forms import Submitted, form_rows
from adapters.simulator.world.identifiers import Identifiers
from adapters.simulator.world.personas import Account, Persona
from adapters.simulator.world.stories import LOST, WON, Touch

# Association types, contract sheet 2.11.
CONTACT_TO_COMPANY = (1, 279)
DEAL_TO_CONTACT = 3
DEAL_TO_COMPANY = 5
TO_CONTACT = {"calls": 194, "emails": 198, "meetings": 200, "tasks": 204}
NURTURE_LIST: Json = {"id": "501", "name": "Nurture: educate", "processing": "MANUAL"}
"""A static list for a track of the playbook, empty as yet."""
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"  # the vendor's own disposition id, sheet 2.13


class HubSpotRecords:
    """Collects the records of one world; ``add`` writes everything one person has here."""

    def __init__(self, calendar: Calendar, everyone: Cast, identifiers: Identifiers, random: Random) -> None:
        self._calendar = calendar
        self._cast = everyone
        self._identifiers = identifiers
        self._random = random
        self._companies: dict[str, str] = {}
        self._submitted: list[Submitted] = []
        self.associations: list[Json] = []
        self.records: dict[str, list[Json]] = {
            name: [] for name in ("companies", "contacts", "deals", "calls", "meetings", "emails", "tasks")
        }

    def seed(self) -> Json:
        """The body for the control plane's ``seed``; the product's properties are installed first."""
        return {
            "leadloop_fields": True,
            "owners": hubspot_owners(self._cast),
            "forms": form_rows(self._submitted),
            "lists": [dict(NURTURE_LIST)],
            "records": self.records,
            "associations": self.associations,
        }

    def add(self, persona: Persona) -> str | None:
        """Write a person's contact and what hangs on it, if there is one; returns the contact's id."""
        if not persona.in_hubspot:
            return None
        contact_id = self._contact(persona)
        if persona.account is not None:
            company_id = self._company(persona.account)
            self._link(("contacts", contact_id), ("companies", company_id), CONTACT_TO_COMPANY)
            self._deal(persona, contact_id, company_id)
        self._engagements(persona, contact_id)
        return contact_id

    # -- the contact -------------------------------------------------------------------------------------

    def _contact(self, persona: Persona) -> str:
        identifier = self._identifiers.hubspot("contacts")
        conversions = self._conversions(persona)
        clicks = [self._when(touch) for touch in persona.evidence.touches if touch.kind == "click"]
        moments = [moment for moment, _ in conversions] + clicks
        address = persona.other_email or persona.email
        self._submitted += [(at, form, address) for at, form in conversions if address]
        created = self._created(persona, moments)
        properties: Json = {
            **self._who(persona),
            **_conversion_properties(conversions),
            **_click_properties(clicks),
            **self._state(persona),
            **self._sources(created, moments),
        }
        self.records["contacts"].append(
            {
                "id": identifier,
                "properties": {name: value for name, value in properties.items() if value is not None},
                "createdAt": hubspot_moment(created),
                "updatedAt": hubspot_moment(max([created, *moments])),
                "history": self._history(persona, conversions, created),
            }
        )
        return identifier

    def _who(self, persona: Persona) -> Json:
        employer = persona.account
        spaced = persona.in_leads and persona.number % 3 == 1
        return {
            "email": persona.other_email or persona.email,
            "hs_additional_emails": persona.email if persona.other_email else None,
            "firstname": f"{persona.first} " if spaced else persona.first,
            "lastname": f" {persona.last}" if spaced else persona.last,
            "phone": persona.phone,
            "jobtitle": persona.title,
            "company": employer.name if employer else None,
            "industry": employer.industry if employer else None,
            "numemployees": words.employee_range(employer.employees) if employer and employer.employees else None,
            "country": employer.country if employer else None,
        }

    def _state(self, persona: Persona) -> Json:
        state: Json = {
            "hs_email_optout": "true" if persona.story == "opted_out_hand_raise" else None,
            "lifecyclestage": _lifecycle(persona),
            "hubspot_owner_id": self._owner(persona),
        }
        state.update({f"leadloop_{key}": value for key, value in persona.evidence.answers})
        return state

    def _sources(self, created: datetime, moments: Sequence[datetime]) -> Json:
        """By what they came first and last, as the portal fills it in; whoever never came back came last as first."""
        first = self._random.choice(words.SOURCES)
        latest = max([created, *moments])
        came_back = latest > created and self._random.randrange(3) > 0
        return {
            "hs_analytics_source": first,
            "hs_latest_source": self._random.choice(words.LATEST_SOURCES) if came_back else first,
            "hs_latest_source_timestamp": hubspot_moment(latest),
        }

    def _owner(self, persona: Persona) -> str | None:
        if persona.story.startswith("fresh"):
            return None
        if persona.in_contacts:
            executives = self._cast.of("ae")
            return executives[persona.number % len(executives)].owner_id
        return self._cast.of("marketing")[0].owner_id if persona.number % 4 == 1 else None

    def _created(self, persona: Persona, moments: Sequence[datetime]) -> datetime:
        """Never after anything the person did: who came by a form or a click was created by it."""
        if persona.story.startswith("fresh") and len(moments) == 1 and persona.places == "h":
            return moments[0]
        if persona.evidence.asked_d is not None:
            return min(moments)
        return min([self._moment(persona.came_d), *moments])

    def _history(self, persona: Persona, conversions: Sequence[tuple[datetime, str]], created: datetime) -> Json:
        """Who changed what when, newest first, where the story depends on it."""
        history: Json = {}
        if conversions:
            newest_first = list(reversed(conversions))
            history["recent_conversion_event_name"] = [_row(what, at, "FORM") for at, what in newest_first]
            history["recent_conversion_date"] = [_row(hubspot_moment(at), at, "FORM") for at, _ in newest_first]
        if persona.evidence.answers:
            answered = self._moment(persona.evidence.answers_age_d)
            for key, value in persona.evidence.answers:
                history[f"leadloop_{key}"] = [_row(value, max(answered, created), "FORM")]
        if persona.evidence.lifecycle_by_person:
            marketing = self._cast.of("marketing")[0]
            set_at = self._calendar.midday(27)
            row = _row(persona.evidence.lifecycle, set_at, "CRM_UI", by=marketing)
            history["lifecyclestage"] = [row]
        return history

    def _conversions(self, persona: Persona) -> list[tuple[datetime, str]]:
        told = [(self._when(touch), touch.what) for touch in persona.evidence.touches if touch.kind == "conversion"]
        return sorted(told)

    # -- company, deal, engagements ----------------------------------------------------------------------

    def _company(self, account: Account) -> str:
        known = self._companies.get(account.domain)
        if known is not None:
            return known
        identifier = self._identifiers.hubspot("companies")
        self._companies[account.domain] = identifier
        properties: Json = {
            "name": account.name,
            "domain": account.domain,
            "industry": account.industry,
            "numberofemployees": str(account.employees) if account.employees else None,
            "country": account.country,
        }
        self._put("companies", identifier, properties, self._moment(safe_age(self._random, 720, 730)))
        return identifier

    def _deal(self, persona: Persona, contact_id: str, company_id: str) -> None:
        stages = {"open_deal": "presentationscheduled", "won_deal": "closedwon", "lost_deal": "closedlost"}
        if persona.story not in stages or persona.number % 4:
            return
        identifier = self._identifiers.hubspot("deals")
        opened = self._moment(safe_age(self._random, 80, 190))
        properties: Json = {
            "dealname": f"{persona.account.name if persona.account else persona.last} - add-on",
            "amount": str(2000 + 500 * self._random.randrange(1, 20)),
            "pipeline": "default",
            "dealstage": stages[persona.story],
            "closedate": hubspot_moment(opened + timedelta(days=300 if persona.story == "open_deal" else 30)),
        }
        self._put("deals", identifier, properties, opened)
        self._link(("deals", identifier), ("contacts", contact_id), (DEAL_TO_CONTACT,))
        self._link(("deals", identifier), ("companies", company_id), (DEAL_TO_COMPANY,))

    def _engagements(self, persona: Persona, contact_id: str) -> None:
        for touch in persona.evidence.touches:
            if touch.kind == "call" and not persona.calls_are_tasks:
                self._call(persona, touch, contact_id)
            elif touch.kind == "meeting":
                self._meeting(persona, touch, contact_id)
            elif touch.kind == "reply":
                self._email(persona, self._when(touch), contact_id, incoming=True)
        if persona.story == "quiet" and persona.number % 15 == 4 and persona.email:
            sent_d = safe_age(self._random, 60, 300)
            self._email(persona, self._calendar.midday(sent_d), contact_id, incoming=False)
            self._task(persona, sent_d, contact_id)

    def _call(self, persona: Persona, touch: Touch, contact_id: str) -> None:
        properties: Json = {
            "hs_call_title": "Incoming call",
            "hs_call_direction": "INBOUND",
            "hs_call_disposition": CONNECTED,
            "hs_call_status": "COMPLETED",
            "hs_call_duration": "240000",
        }
        self._engagement("calls", persona, contact_id, self._when(touch), properties)

    def _meeting(self, persona: Persona, touch: Touch, contact_id: str) -> None:
        start = self._when(touch)
        properties = meeting_properties(start)
        self._engagement("meetings", persona, contact_id, start, properties)

    def _email(self, persona: Persona, at: datetime, contact_id: str, *, incoming: bool) -> None:
        properties: Json = {
            "hs_email_direction": "INCOMING_EMAIL" if incoming else "EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": "Re: your question" if incoming else "A short introduction",
        }
        self._engagement("emails", persona, contact_id, at, properties)

    def _task(self, persona: Persona, age_d: int, contact_id: str) -> None:
        properties: Json = {
            "hs_task_subject": "Check the address",
            "hs_task_status": "COMPLETED",
            "hs_task_priority": "LOW",
            "hs_task_type": "TODO",
        }
        at = self._calendar.midday(age_d)
        self._engagement("tasks", persona, contact_id, at, properties)

    def _engagement(self, kind: str, persona: Persona, contact_id: str, at: datetime, properties: Json) -> None:
        identifier = self._identifiers.hubspot(kind)
        rep = self._cast.reps[persona.number % len(self._cast.reps)]
        full: Json = {"hs_timestamp": hubspot_moment(at), "hubspot_owner_id": rep.owner_id, **properties}
        self._put(kind, identifier, full, at)
        self._link((kind, identifier), ("contacts", contact_id), (TO_CONTACT[kind],))

    # -- small parts -------------------------------------------------------------------------------------

    def _put(self, kind: str, identifier: str, properties: Json, created: datetime) -> None:
        kept = {name: value for name, value in properties.items() if value is not None}
        stamp = hubspot_moment(created)
        self.records[kind].append({"id": identifier, "properties": kept, "createdAt": stamp, "updatedAt": stamp})

    def _link(self, start: tuple[str, str], end: tuple[str, str], types: Iterable[int]) -> None:
        self.associations.append({"from": list(start), "to": list(end), "types": list(types)})

    def _when(self, touch: Touch) -> datetime:
        if touch.age_h is not None:
            return self._calendar.hours_ago(touch.age_h)
        return self._calendar.midday(touch.age_d)

    def _moment(self, age_d: int) -> datetime:
        noon = self._calendar.midday(age_d)
        return noon.replace(minute=self._random.randrange(60), second=self._random.randrange(60))


def meeting_properties(start: datetime) -> Json:
    """A meeting of half an hour that was held."""
    return {
        "hs_meeting_title": "First conversation",
        "hs_meeting_start_time": hubspot_moment(start),
        "hs_meeting_end_time": hubspot_moment(start + timedelta(minutes=30)),
        "hs_meeting_outcome": "COMPLETED",
    }


def _lifecycle(persona: Persona) -> str | None:
    if persona.story in WON:
        return "customer"
    told = "lead" if persona.story in LOST else "opportunity" if persona.story == "open_deal" else ""
    return told or persona.evidence.lifecycle or None


def _conversion_properties(conversions: Sequence[tuple[datetime, str]]) -> Json:
    if not conversions:
        return {}
    (first_at, first), (last_at, last) = conversions[0], conversions[-1]
    return {
        "first_conversion_event_name": first,
        "first_conversion_date": hubspot_moment(first_at),
        "recent_conversion_event_name": last,
        "recent_conversion_date": hubspot_moment(last_at),
        "num_conversion_events": str(len(conversions)),
        "num_unique_conversion_events": str(len({what for _, what in conversions})),
    }


def _click_properties(clicks: Sequence[datetime]) -> Json:
    if not clicks:
        return {}
    return {
        "hs_email_first_click_date": hubspot_moment(min(clicks)),
        "hs_email_last_click_date": hubspot_moment(max(clicks)),
        "hs_email_click": str(len(clicks)),
    }


def _row(value: str, at: datetime, source: str, *, by: Member | None = None) -> Json:
    return {
        "value": value,
        "timestamp": hubspot_moment(at),
        "sourceType": source,
        "sourceId": f"userId:{by.hubspot_user_id}" if by else None,
        "sourceLabel": None,
        "updatedByUserId": by.hubspot_user_id if by else None,
    }
