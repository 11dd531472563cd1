"""The people who work in both CRMs while the product runs: they edit, tamper, raise hands, convert, delete.

Their changes go through the control planes, so they obey the CRMs' rules and stand in no request log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from tests.simulation.company import ADA, BEN, HUBSPOT_USERS, OWNERS, REPS, TITLES, TWO_WAY, hand_raise
from tests.simulation.swarm import Swarm
from tests.simulation.witness import Sent, Witness

MAX_USER = 7_003
LATE_MAX_S = 600
"""Below the overlap of a pull (contract sheet Salesforce 6): beyond it only latestDateCovered protects."""


class Colleagues:
    """Acts at random, at most ``edits_max`` times."""

    def __init__(
        self,
        salesforce: SalesforceSimulator,
        hubspot: HubSpotSimulator,
        witness: Witness,
        mixture: Swarm,
        random: Random,
    ) -> None:
        self._salesforce = salesforce
        self._hubspot = hubspot
        self._witness = witness
        self._mixture = mixture
        self._random = random
        self._count = 0

    def act(self, now: datetime) -> None:
        """Do one thing, if the schedule has any left."""
        if self._count >= self._mixture.edits_max:
            return
        self._count += 1
        self._witness.step += 1
        self._random.choice(self._habits())(now)
        self._witness.drain()

    def contend(self, sent: Sent) -> None:
        """Edit a two-way field of a record in the very moment in which the product writes it."""
        contested = [
            (row.object, row.record_id, name)
            for row in sent.rows
            for name in sorted(row.fields)
            if row.record_id is not None and (sent.system, row.object, name) in TWO_WAY
        ]
        if not contested or self._count >= self._mixture.edits_max:
            return
        self._count += 1
        object_name, record_id, name = self._random.choice(contested)
        phone = TWO_WAY[sent.system, object_name, name] == "phone"
        value = f"+1557{self._count:07d}" if phone else f"{self._random.choice(TITLES)} {self._count}"
        body = {"properties" if sent.system == "hubspot" else "fields": {name: value}}
        by: object = HUBSPOT_USERS[OWNERS[0]] if sent.system == "hubspot" else ADA
        self._control(sent.system, "edit", {"object": object_name, "id": record_id, "by": by, **body})
        self._witness.drain()

    def _habits(self) -> list[Callable[[datetime], None]]:
        daily = [self._edit_lead, self._edit_contact, self._edit_hubspot, self._edit_hubspot, self._edit_lead]
        habits = [*daily, self._raise_hand, self._work_a_lead]
        if self._mixture.tampers:
            habits += [self._tamper, self._reassign]
        if self._mixture.moves:
            habits += [self._convert, self._delete, self._type_in_a_lead]
        if self._mixture.touches:
            habits += [self._tick_off, self._delete_task]
        # Of a survivor that is deleted before anybody has read it, HubSpot tells nothing: reconcile finds those.
        if self._mixture.touches and not self._mixture.moves:
            habits += [self._merge]
        return habits

    # -- ordinary edits of two-way fields

    def _edit_lead(self, _: datetime) -> None:
        self._edit_salesforce("Lead", self._value("Phone", "Title"))

    def _edit_contact(self, _: datetime) -> None:
        self._edit_salesforce("Contact", self._value("Phone", "Title"))

    def _edit_hubspot(self, _: datetime) -> None:
        self._edit_properties(self._value("phone", "jobtitle"))

    def _value(self, phone: str, title: str) -> dict[str, str]:
        roll = self._random.random()
        if roll < 0.15 and self._mixture.clears:
            return {phone: ""}
        if roll < 0.6:
            return {phone: f"+1556{self._count:03d}{self._random.randrange(10_000):04d}"}
        return {title: f"{self._random.choice(TITLES)} {self._count}{self._random.choice(('', '', ' '))}"}

    # -- the work of marketing and sales

    def _raise_hand(self, now: datetime) -> None:
        record_id = self._contact_id()
        if record_id is not None:
            document = {"object": "contacts", "id": record_id, "properties": hand_raise(now), "source": "FORM"}
            self._control("hubspot", "edit", document)

    def _work_a_lead(self, _: datetime) -> None:
        options: list[dict[str, Any]] = [
            {"Status": "Working - Contacted"},
            {"Leadloop_Response__c": "accepted"},
            {"Company": f"Customer renamed {self._count}"},
        ]
        self._edit_salesforce("Lead", self._random.choice(options))

    def _tamper(self, _: datetime) -> None:
        if self._random.random() < 0.5:
            self._edit_salesforce("Lead", {"Leadloop_Grade__c": self._random.choice("ABCD")})
        else:
            self._edit_properties({"leadloop_score": str(self._random.randrange(100))})

    def _reassign(self, _: datetime) -> None:
        if self._random.random() < 0.5:
            self._edit_salesforce("Lead", {"OwnerId": self._random.choice(REPS)})
        else:
            self._edit_properties({"hubspot_owner_id": self._random.choice(OWNERS)})

    # -- records that move

    def _convert(self, _: datetime) -> None:
        lead = self._lead_id()
        if lead is not None:
            self._control("salesforce", "convert", {"id": lead, "by": ADA, "opportunity": None})

    def _delete(self, _: datetime) -> None:
        if self._random.random() < 0.5:
            lead = self._lead_id()
            if lead is not None and self._control("salesforce", "delete", {"object": "Lead", "id": lead, "by": ADA}):
                self._witness.deleted["salesforce", "Lead", lead] = self._witness.step
            return
        contact = self._contact_id()
        if contact is not None and self._control("hubspot", "archive", {"object": "contacts", "id": contact}):
            self._witness.deleted["hubspot", "contacts", contact] = self._witness.step

    def _type_in_a_lead(self, _: datetime) -> None:
        """A colleague types in somebody who is in HubSpot already."""
        contact = self._contact_id()
        if contact is None:
            return
        shown = self._hubspot.portal.collections["contacts"].records[contact].properties
        fields = {"LastName": shown.get("lastname") or "New", "Company": "Typed in", "Email": shown.get("email")}
        self._control("salesforce", "create", {"object": "Lead", "fields": fields, "by": BEN})

    # -- what they are asked to do

    def _tick_off(self, _: datetime) -> None:
        """Or put off, or put into their own words."""
        task = self._hubspot_id("tasks")
        done: list[dict[str, str]] = [{"hs_task_status": "COMPLETED"}, {"hs_task_subject": f"Ring {self._count}"}]
        if task is not None:
            document = {"object": "tasks", "id": task, "properties": self._random.choice(done), "by": MAX_USER}
            self._control("hubspot", "edit", document)

    def _delete_task(self, _: datetime) -> None:
        task = self._hubspot_id("tasks")
        if task is not None and self._control("hubspot", "archive", {"object": "tasks", "id": task}):
            self._witness.deleted["hubspot", "tasks", task] = self._witness.step

    def _merge(self, _: datetime) -> None:
        """Two contacts turn out to be one."""
        pair = self._contact_id(), self._contact_id()
        if None not in pair and pair[0] != pair[1]:
            self._control(
                "hubspot", "merge", {"object": "contacts", "primary": pair[0], "other": pair[1], "by": MAX_USER}
            )

    # -- how

    def _edit_salesforce(self, object_name: str, fields: dict[str, Any]) -> None:
        record_id = self._lead_id() if object_name == "Lead" else self._salesforce_id("Contact")
        if record_id is None:
            return
        late = self._random.random() < self._mixture.late_rate
        late_s = self._random.uniform(1, LATE_MAX_S) if late else 0
        document = {"object": object_name, "id": record_id, "fields": fields, "by": self._random.choice(REPS)}
        self._control("salesforce", "edit", {**document, "visible_after_s": late_s})

    def _edit_properties(self, properties: dict[str, str]) -> None:
        record_id = self._contact_id()
        if record_id is not None:
            by = HUBSPOT_USERS[self._random.choice(OWNERS)]
            self._control(
                "hubspot", "edit", {"object": "contacts", "id": record_id, "properties": properties, "by": by}
            )

    def _lead_id(self) -> str | None:
        return self._salesforce_id("Lead")

    def _salesforce_id(self, object_name: str) -> str | None:
        rows = self._salesforce.org.tables[object_name].rows.values()
        living = [str(row["Id"]) for row in rows if not row.get("IsDeleted") and not row.get("IsConverted")]
        return self._random.choice(living) if living else None

    def _contact_id(self) -> str | None:
        return self._hubspot_id("contacts")

    def _hubspot_id(self, object_name: str) -> str | None:
        collection = self._hubspot.portal.collections[object_name]
        living = [row.id for row in collection.records.values() if not row.archived]
        return self._random.choice(living) if living else None

    def _control(self, system: str, route: str, document: dict[str, Any]) -> bool:
        """Ask the control plane; a refusal (a locked or converted record) is the person's bad luck."""
        simulator: Any = self._salesforce if system == "salesforce" else self._hubspot
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(document).encode()))
        return bool(answer.status < 300)
