"""Writes the demo's people as Salesforce records: accounts, contacts, leads, opportunities, activities.

Decides fields and values in the vendor's words; who the people are and what they did is given. The output is
what the simulator's control plane takes as ``seed``.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.calendar import Calendar, safe_age, salesforce_moment
from adapters.simulator.world.cast import Cast, Json, Member, salesforce_users
from adapters.simulator.world.identifiers import Identifiers
from adapters.simulator.world.personas import Account, Persona
from adapters.simulator.world.stories import DEALS, LOST, WON, Touch

_CONNECTED_CALL_S = 240
_SHORT_CALL_S = 15


class SalesforceRecords:
    """Collects the records of one world; ``add`` writes everything one person has here."""

    def __init__(self, calendar: Calendar, everyone: Cast, identifiers: Identifiers, random: Random) -> None:
        self._calendar = calendar
        self._cast = everyone
        self._identifiers = identifiers
        self._random = random
        self._accounts: dict[str, Json] = {}
        self.records: dict[str, list[Json]] = {
            **salesforce_users(everyone),
            **{name: [] for name in ("Account", "Contact", "Opportunity", "OpportunityContactRole")},
            **{name: [] for name in ("Lead", "Task", "Event")},
            "Campaign": [
                {"Id": identifiers.salesforce("Campaign"), "Name": name, "Type": kind, "IsActive": True}
                for name, kind in (words.TRADE_SHOW, words.NURTURE_CAMPAIGN)
            ],
            "CampaignMember": [],
        }

    def seed(self) -> Json:
        """The body for the control plane's ``seed``; the product's fields are installed first."""
        return {"leadloop_fields": True, "records": self.records}

    def add(self, persona: Persona) -> list[str]:
        """Write a person's records, if any; returns their ids: the contact, then the leads."""
        people = [self._contact(persona)] if persona.in_contacts else []
        people += [self._lead(persona, copy) for copy in range(persona.lead_records)]
        identifiers = [str(record["Id"]) for record in people]
        if identifiers:
            self._activities(persona, identifiers[0])
        if persona.story == "quiet" and persona.places == "l" and persona.number % 4 == 1:
            self._visit(identifiers[0], persona)
        return identifiers

    def _visit(self, lead_id: str, persona: Persona) -> None:
        """Was at our stand, which nobody but Salesforce knows."""
        visited_d = safe_age(self._random, 17, 37)
        marketing = self._cast.of("marketing")[0].user_id
        member: Json = {
            "Id": self._identifiers.salesforce("CampaignMember"),
            "CampaignId": self.records["Campaign"][0]["Id"],
            "LeadId": lead_id,
            "Status": "Responded",
            "FirstRespondedDate": self._calendar.day(visited_d).isoformat(),
            **self._stamps(visited_d, marketing, changed=False),
        }
        self.records["CampaignMember"].append(member)

    # -- people ------------------------------------------------------------------------------------------

    def _contact(self, persona: Persona) -> Json:
        owner = self._account_executive(persona.number)
        account = self._account(persona, owner)
        created_d = safe_age(self._random, 210, 700) if persona.evidence.asked_d is None else persona.came_d
        contact: Json = {
            "Id": self._identifiers.salesforce("Contact"),
            "AccountId": account["Id"],
            "FirstName": persona.first,
            "LastName": persona.last,
            "Email": salesforce_email(persona),
            "Phone": persona.phone,
            "Title": persona.title,
            "MailingCountry": persona.account.country if persona.account else None,
            "LeadSource": self._random.choice(words.LEAD_SOURCES),
            "OwnerId": owner.user_id,
            **self._stamps(created_d, owner.user_id, changed=_was_edited(persona)),
        }
        self.records["Contact"].append(_present(contact))
        self._deal(persona, contact, account, owner)
        return contact

    def _lead(self, persona: Persona, copy: int) -> Json:
        employer = persona.account
        created_d = persona.came_d if copy == 0 else safe_age(self._random, 45 + 160 * copy, 400 + 160 * copy)
        owner = self._lead_owner(persona, copy)
        lead: Json = {
            "Id": self._identifiers.salesforce("Lead"),
            "FirstName": persona.first,
            "LastName": persona.last,
            "Company": employer.name if employer else "[not provided]",
            "Email": salesforce_email(persona) if copy == 0 else persona.email,
            "Phone": persona.phone if copy == 0 else None,
            "Title": persona.title,
            "Industry": employer.industry if employer else None,
            "NumberOfEmployees": employer.employees if employer else None,
            "Country": employer.country if employer else None,
            "Website": f"https://www.{employer.domain}" if employer else None,
            "LeadSource": self._random.choice(words.LEAD_SOURCES),
            "Status": self._status(persona, copy),
            "HasOptedOutOfEmail": persona.story == "opted_out_hand_raise",
            "OwnerId": owner,
            **self._stamps(created_d, owner, changed=_was_edited(persona)),
        }
        if not persona.in_hubspot:
            lead.update({f"Leadloop_{key.title()}__c": value for key, value in persona.evidence.answers})
        self.records["Lead"].append(_present(lead))
        return lead

    def _status(self, persona: Persona, copy: int) -> str:
        if persona.story == "quiet" and copy == 0 and persona.number % 9 == 4:
            return "Nurturing"
        return "Open - Not Contacted"

    def _lead_owner(self, persona: Persona, copy: int) -> str:
        """In turn a rep, the queue, someone who left, marketing; an older copy stays with marketing."""
        marketing = self._cast.of("marketing")[0].user_id
        if copy:
            return marketing
        reps = self._cast.of("sdr")
        rep = reps[persona.number % len(reps)].user_id
        departed, queue = self._cast.departed.user_id, self._cast.queue_id
        if persona.story == "fresh_strong":
            return (queue, rep, departed, queue)[persona.number // 2 % 4]
        return (rep, queue, marketing, rep, departed, marketing)[(persona.number + len(persona.story)) % 6]

    # -- accounts and deals ------------------------------------------------------------------------------

    def _account(self, persona: Persona, owner: Member) -> Json:
        employer = persona.account or Account(f"{persona.last} Consulting", "", None, None, None)
        known = self._accounts.get(employer.name)
        if known is not None:
            return known
        account: Json = {
            "Id": self._identifiers.salesforce("Account"),
            "Name": employer.name,
            "Type": "Customer - Direct" if persona.story in WON else "Prospect",
            "Website": f"https://www.{employer.domain}" if employer.domain else None,
            "Industry": employer.industry,
            "NumberOfEmployees": employer.employees,
            "BillingCountry": employer.country,
            "OwnerId": owner.user_id,
            **self._stamps(safe_age(self._random, 400, 720), owner.user_id),
        }
        self._accounts[employer.name] = account
        self.records["Account"].append(_present(account))
        return account

    def _deal(self, persona: Persona, contact: Json, account: Json, owner: Member) -> None:
        if persona.story not in DEALS:
            return
        asked_d = persona.evidence.asked_d
        if asked_d is None:
            opened_d = safe_age(self._random, 70, 200)
        else:
            opened_d = safe_age(self._random, asked_d - 26, asked_d - 9)
        opportunity: Json = {
            "Id": self._identifiers.salesforce("Opportunity"),
            "Name": f"{account['Name']} - platform",
            "AccountId": account["Id"],
            "Amount": 6000 + 1500 * self._random.randrange(1, 30),
            "Type": "New Business",
            "OwnerId": owner.user_id,
            **self._outcome(persona, opened_d),
            **self._stamps(opened_d, owner.user_id),
        }
        role: Json = {
            "Id": self._identifiers.salesforce("OpportunityContactRole"),
            "OpportunityId": opportunity["Id"],
            "ContactId": contact["Id"],
            "Role": ("Decision Maker", "Business User", "Evaluator")[persona.number % 3],
            "IsPrimary": True,
            **self._stamps(opened_d, owner.user_id),
        }
        self.records["Opportunity"].append(_present(opportunity))
        self.records["OpportunityContactRole"].append(role)
        if persona.story == "won_deal" and persona.number % 3 == 0:
            self._converted(persona, contact, account, opportunity)

    def _outcome(self, persona: Persona, opened_d: int) -> Json:
        if persona.evidence.asked_d is None:
            closed_d = safe_age(self._random, 8, max(12, opened_d - 45))
        else:
            closed_d = safe_age(self._random, opened_d - 75, opened_d - 20)
        closed = self._calendar.day(closed_d).isoformat()
        if persona.story in WON:
            return {"StageName": "Closed Won", "CloseDate": closed}
        if persona.story in LOST:
            return {"StageName": "Closed Lost", "CloseDate": closed}
        stages = ("Proposal/Price Quote", "Needs Analysis", "Value Proposition")
        ahead = self._calendar.day(-40 - persona.number % 30).isoformat()
        return {"StageName": stages[persona.number % len(stages)], "CloseDate": ahead}

    def _converted(self, persona: Persona, contact: Json, account: Json, opportunity: Json) -> None:
        """The Lead this customer once was."""
        owner = str(contact["OwnerId"])
        created_d = safe_age(self._random, 300, 700)
        lead: Json = {
            "Id": self._identifiers.salesforce("Lead"),
            "FirstName": persona.first,
            "LastName": persona.last,
            "Company": account["Name"],
            "Email": persona.email,
            "Status": "Closed - Converted",
            "OwnerId": owner,
            "IsConverted": True,
            "ConvertedDate": self._calendar.day(210).isoformat(),
            "ConvertedAccountId": account["Id"],
            "ConvertedContactId": contact["Id"],
            "ConvertedOpportunityId": opportunity["Id"],
            **self._stamps(created_d, owner),
        }
        self.records["Lead"].append(_present(lead))

    # -- activities --------------------------------------------------------------------------------------

    def _activities(self, persona: Persona, who: str) -> None:
        for touch in persona.evidence.touches:
            if touch.kind == "event" and persona.in_contacts:
                self._event(persona, touch, who)
            elif touch.kind == "call" and persona.calls_are_tasks:
                self._call(persona, touch.age_d, who, _CONNECTED_CALL_S)
        if persona.story == "quiet" and persona.number % 6 == 1:
            self._call(persona, safe_age(self._random, 60, 300), who, _SHORT_CALL_S)

    def _call(self, persona: Persona, age_d: int, who: str, duration_s: int) -> None:
        rep = self._cast.reps[persona.number % len(self._cast.reps)]
        task: Json = {
            "Id": self._identifiers.salesforce("Task"),
            "WhoId": who,
            "Subject": "Call",
            "TaskSubtype": "Call",
            "Status": "Completed",
            "Priority": "Normal",
            "ActivityDate": self._calendar.day(age_d).isoformat(),
            "CallType": "Inbound" if duration_s == _CONNECTED_CALL_S else "Outbound",
            "CallDurationInSeconds": duration_s,
            "OwnerId": rep.user_id,
            **self._stamps(age_d, rep.user_id, changed=False),
        }
        self.records["Task"].append(task)

    def _event(self, persona: Persona, touch: Touch, who: str) -> None:
        executive = self._account_executive(persona.number)
        start = self._calendar.midday(touch.age_d)
        event: Json = {
            "Id": self._identifiers.salesforce("Event"),
            "WhoId": who,
            "Subject": "Product walk-through",
            "StartDateTime": salesforce_moment(start),
            "ActivityDateTime": salesforce_moment(start),
            "DurationInMinutes": 45,
            "OwnerId": executive.user_id,
            **self._stamps(touch.age_d, executive.user_id, changed=False),
        }
        self.records["Event"].append(event)

    # -- small parts -------------------------------------------------------------------------------------

    def _account_executive(self, number: int) -> Member:
        executives = self._cast.of("ae")
        return executives[number % len(executives)]

    def _stamps(self, created_d: int, by: str, *, changed: bool = True) -> Json:
        """Created and changed by a person: the queue changes nothing, so marketing did it."""
        actor = self._cast.of("marketing")[0].user_id if by == self._cast.queue_id else by
        created = self._moment(created_d)
        last = self._moment(self._random.randrange(3, max(4, min(created_d, 400)))) if changed else created
        last = max(created, last)
        return {
            "CreatedDate": salesforce_moment(created),
            "CreatedById": actor,
            "LastModifiedDate": salesforce_moment(last),
            "LastModifiedById": actor,
            "SystemModstamp": salesforce_moment(last),
        }

    def _moment(self, age_d: int) -> datetime:
        """A second of that day around midday: records share neither a stamp nor a midnight."""
        noon = self._calendar.midday(age_d)
        return noon.replace(minute=self._random.randrange(60), second=self._random.randrange(60))


def salesforce_email(persona: Persona) -> str | None:
    """The address as sales typed it: of people in both systems two of three differ in case."""
    if persona.email is None or not persona.in_hubspot or persona.number % 3 == 0:
        return persona.email
    local, _, domain = persona.email.partition("@")
    return f"{local.title()}@{domain}" if persona.number % 3 == 1 else persona.email.upper()


def _was_edited(persona: Persona) -> bool:
    """Most records of a CRM are never touched again; of what is, the past is not known."""
    return persona.number % 4 == 3


def _present(record: Json) -> Json:
    return {name: value for name, value in record.items() if value is not None}
