"""The simulated week: what customers, reps and marketing do after the first push, as control plane calls.

Decides who does what when, from the seed, the seeded world and the leads that were handed off by then (which
only a dump can tell). It plays nothing: whoever runs the demo moves the clocks and sends the calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from random import Random

from adapters.simulator.world.calendar import Calendar, hubspot_moment
from adapters.simulator.world.cast import Cast, Json, Member
from adapters.simulator.world.count import HandedOff
from adapters.simulator.world.hubspot_records import TO_CONTACT, meeting_properties
from adapters.simulator.world.steps import Placed, Step
from adapters.simulator.world.visitors import Visitors

CONVERTED = 0
"""Number of the hand-off that becomes an opportunity."""
REJECTIONS = {
    2: ("timing", "Budget round starts next quarter"),
    5: ("wrong_owner", "Belongs to the enterprise team"),
    6: ("unresponsive", "Nobody answers"),  # nobody called: this is refused
    7: ("no_fit", "Sells to consumers only"),
}
"""Number of the hand-off -> the reason it is given back for, one of each class, and what the rep writes."""
Chapter = Callable[[], Iterable["Step"]]


class Week:
    """Tells the week of one world."""

    def __init__(
        self, placed: Sequence[Placed], everyone: Cast, calendar: Calendar, seed: int, handed_off: Sequence[HandedOff]
    ) -> None:
        self._seed = seed
        self._random = Random(f"week {seed}")
        self._cast = everyone
        self._calendar = calendar
        self._days = calendar.working_days()
        self._people = len(placed)
        self._handed_off = [lead for lead in sorted(handed_off) if lead.owner_id.startswith("005")]
        self._random.shuffle(self._handed_off)
        taken = {lead.lead_id for lead in handed_off}
        self._free = [one for one in placed if not taken.intersection(one.leads)]
        self._random.shuffle(self._free)

    def steps(self) -> list[Step]:
        """Every step, in the order of time."""
        chapters: tuple[Chapter, ...] = (
            self._visitors,
            self._clicks,
            self._meetings,
            self._reps,
            self._marketing_calls,
            self._edits_in_salesforce,
            self._edits_in_hubspot,
            self._merge,
            self._won,
            self._a_rep_leaves,
        )
        told = [step for chapter in chapters for step in chapter()]
        return sorted(told, key=lambda step: step.at)

    # -- customers ---------------------------------------------------------------------------------------

    def _visitors(self) -> Iterator[Step]:
        return Visitors(self._people, self._seed, self._take, self._at).steps()

    def _clicks(self) -> Iterator[Step]:
        found = self._take("clicker", max(2, self._people // 60)) + self._take("reader", 2)
        for number, one in enumerate(found):
            at = self._at(number, 14, 3 * number % 60)
            moment = hubspot_moment(self._calendar.now + at)
            yield self._contact_edit(at, one, {"hs_email_last_click_date": moment}, "EMAIL")

    def _meetings(self) -> Iterator[Step]:
        for number, one in enumerate(self._take("evaluating", max(1, self._people // 250))):
            at = self._at(number + 1, 15, 30)
            rep = self._cast.reps[number % len(self._cast.reps)]
            start = self._calendar.now + at - timedelta(minutes=30)
            properties: Json = {
                "hs_timestamp": hubspot_moment(start),
                "hubspot_owner_id": rep.owner_id,
                **meeting_properties(start),
            }
            link: Json = {"to": ["contacts", one.hubspot_contact], "types": [TO_CONTACT["meetings"]]}
            body: Json = {
                "object": "meetings",
                "properties": properties,
                "by": rep.hubspot_user_id,
                "associations": [link],
            }
            yield Step(at, "hubspot", "create", body, "a meeting was held")

    # -- reps --------------------------------------------------------------------------------------------

    def _reps(self) -> Iterator[Step]:
        """The first eight each stand for one kind of rep; the others repeat quick, late and never."""
        kinds = (
            self._accepts_and_converts,
            self._works,
            self._rejects,
            self._never_calls,
            self._calls_quickly,
            self._rejects,
            self._rejects,
            self._rejects,
        )
        rest = (self._calls_quickly, self._works, self._never_calls)
        for number, lead in enumerate(self._handed_off):
            act = kinds[number] if number < len(kinds) else rest[number % len(rest)]
            yield from act(lead, number)

    def _accepts_and_converts(self, lead: HandedOff, number: int) -> Iterator[Step]:
        yield self._lead_edit(self._calendar.prompt(15), lead, {"Leadloop_Response__c": "accepted"}, "a rep accepts")
        yield self._call(self._calendar.prompt(25), lead)
        at = self._at(3, 16)
        opportunity: Json = {
            "Name": "Converted by the rep",
            "StageName": "Qualification",
            "CloseDate": (self._calendar.day(-60)).isoformat(),
            "Amount": 18000,
        }
        body: Json = {
            "id": lead.lead_id,
            "by": lead.owner_id,
            "opportunity": opportunity,
            "status": "Closed - Converted",
        }
        yield Step(at, "salesforce", "convert", body, "a rep converts a lead with an opportunity")

    def _works(self, lead: HandedOff, number: int) -> Iterator[Step]:
        at = self._at(0, 15, 10 + number % 40)
        yield self._lead_edit(at, lead, {"Status": "Working - Contacted"}, "a rep takes a lead on, late")
        yield self._call(at + timedelta(minutes=5), lead)

    def _rejects(self, lead: HandedOff, number: int) -> Iterator[Step]:
        reason, note = REJECTIONS.get(number, REJECTIONS[2])
        fields: Json = {
            "Leadloop_Response__c": "rejected",
            "Leadloop_Reject_Reason__c": reason,
            "Leadloop_Reject_Note__c": note,
        }
        yield self._lead_edit(self._at(1, 10, 20 + number), lead, fields, "a rep rejects with a reason")

    def _never_calls(self, lead: HandedOff, number: int) -> Iterator[Step]:
        """The rep who does nothing."""
        return iter(())

    def _calls_quickly(self, lead: HandedOff, number: int) -> Iterator[Step]:
        yield self._call(self._calendar.prompt(20 + number % 30), lead)

    def _a_rep_leaves(self) -> Iterator[Step]:
        """Who has the fewest leads on hand (the last of the roster among equals) is switched off in Salesforce."""
        done = {CONVERTED, *REJECTIONS}
        given = Counter(lead.owner_id for number, lead in enumerate(self._handed_off) if number not in done)
        held = [rep for rep in reversed(self._cast.reps) if given[rep.user_id]]
        for rep in sorted(held, key=lambda rep: given[rep.user_id])[:1]:
            body: Json = {
                "object": "User",
                "id": rep.user_id,
                "fields": {"IsActive": False},
                "by": self._cast.of("manager")[0].user_id,
            }
            yield Step(self._at(4, 17, 30), "salesforce", "edit", body, "a rep leaves the company")

    def _marketing_calls(self) -> Iterator[Step]:
        """Marketing calls who asked for contact and was not handed over."""
        marketing = self._cast.of("marketing")[0]
        for number, one in enumerate(self._take("fresh_weak", self._people)):
            at = self._at(0, 11 + number // 12 % 5, 5 * number % 60)
            properties: Json = {
                "hs_timestamp": hubspot_moment(self._calendar.now + at),
                "hs_call_title": "Call by marketing",
                "hs_call_direction": "OUTBOUND",
                "hs_call_status": "COMPLETED",
                "hs_call_duration": "300000",
                "hubspot_owner_id": marketing.owner_id,
            }
            link: Json = {"to": ["contacts", one.hubspot_contact], "types": [TO_CONTACT["calls"]]}
            body: Json = {
                "object": "calls",
                "properties": properties,
                "by": marketing.hubspot_user_id,
                "associations": [link],
            }
            yield Step(at, "hubspot", "create", body, "marketing calls")

    # -- people who edit ---------------------------------------------------------------------------------

    def _edits_in_salesforce(self) -> Iterator[Step]:
        manager, reps = self._cast.of("manager")[0], self._cast.of("sdr")
        rep_ids = [rep.user_id for rep in reps]
        found = self._take("quiet", 2, lambda one: len(one.leads) == 1 and one.owner in rep_ids, hubspot=False)
        for number, one in enumerate(found):
            if number == 0:
                fields: Json = {"OwnerId": next(rep for rep in rep_ids if rep != one.owner)}
                by, story = manager.user_id, "the manager gives a lead to another rep"
            else:
                fields, by = {"Status": "Working - Contacted"}, str(one.owner)
                story = "a rep changes a status"
            body: Json = {"object": "Lead", "id": one.leads[0], "fields": fields, "by": by}
            yield Step(self._at(2, 10 + number), "salesforce", "edit", body, story)

    def _edits_in_hubspot(self) -> Iterator[Step]:
        marketing, rep = self._cast.of("marketing")[0], self._cast.of("sdr")[0]
        edits: tuple[tuple[Json, Member], ...] = (
            ({"hubspot_owner_id": rep.owner_id}, marketing),
            ({"hs_lead_status": "IN_PROGRESS"}, rep),
        )
        for number, one in enumerate(self._take("newsletter", 2)):
            properties, by = edits[number]
            step = self._contact_edit(self._at(2, 11 + number), one, properties, "CRM_UI", by=by)
            yield step

    def _merge(self) -> Iterator[Step]:
        """Somebody cleans up: two open leads of one person become one."""
        twice = [one for one in self._free if len(one.leads) > 1 and one.persona.story in ("quiet", "attendee")]
        for one in twice[:1]:
            body: Json = {
                "object": "Lead",
                "master": one.leads[0],
                "losers": [one.leads[1]],
                "by": self._cast.of("marketing")[0].user_id,
            }
            yield Step(self._at(2, 14), "salesforce", "merge", body, "two leads of one person are merged")

    def _won(self) -> Iterator[Step]:
        for one in self._take("open_deal", 1, lambda one: one.opportunity is not None, hubspot=False):
            body: Json = {
                "object": "Opportunity",
                "id": one.opportunity,
                "fields": {"StageName": "Closed Won", "CloseDate": self._calendar.day(-self._days[-1]).isoformat()},
                "by": one.owner,
            }
            yield Step(self._at(4, 16), "salesforce", "edit", body, "an opportunity is won")

    # -- small parts -------------------------------------------------------------------------------------

    def _take(
        self,
        story: str,
        count: int,
        wanted: Callable[[Placed], bool] = lambda one: True,
        *,
        hubspot: bool = True,
    ) -> list[Placed]:
        """The next people of a story; nobody has two roles in the week."""
        found = [
            one
            for one in self._free
            if one.persona.story == story and (one.hubspot_contact or not hubspot) and wanted(one)
        ][:count]
        self._free = [one for one in self._free if one not in found]
        return found

    def _at(self, number: int, hour: int, minute: int = 0) -> timedelta:
        """A local time on the ``number``-th working day of the week; beyond the last one, from the first."""
        return self._calendar.ahead(self._days[number % len(self._days)], hour, minute)

    def _contact_edit(
        self, at: timedelta, one: Placed, properties: Json, source: str, *, by: Member | None = None
    ) -> Step:
        body: Json = {
            "object": "contacts",
            "id": one.hubspot_contact,
            "properties": properties,
            "by": by.hubspot_user_id if by else None,
            "source": source,
        }
        return Step(at, "hubspot", "edit", body, f"{source}: {', '.join(properties)}")

    def _lead_edit(self, at: timedelta, lead: HandedOff, fields: Json, story: str) -> Step:
        body: Json = {"object": "Lead", "id": lead.lead_id, "fields": fields, "by": lead.owner_id}
        return Step(at, "salesforce", "edit", body, story)

    def _call(self, at: timedelta, lead: HandedOff) -> Step:
        fields: Json = {
            "WhoId": lead.lead_id,
            "OwnerId": lead.owner_id,
            "Subject": "Call",
            "TaskSubtype": "Call",
            "Status": "Completed",
            "Priority": "Normal",
            "ActivityDate": (self._calendar.now + at).date().isoformat(),
            "CallType": "Outbound",
            "CallDurationInSeconds": 180,
        }
        body: Json = {"object": "Task", "fields": fields, "by": lead.owner_id}
        return Step(at, "salesforce", "create", body, "a rep calls")
