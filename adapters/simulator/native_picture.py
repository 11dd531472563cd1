"""Both simulators as the native sync sees them: a picture of their records, and its own edits.

Speaks with the control planes only; decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.simulator.framing import Simulator
from adapters.simulator.wire import Request

Rows = Mapping[str, Mapping[str, Any]]


def text(value: object) -> str:
    """A Salesforce value as HubSpot would hold it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Change:
    """What is to be written on each side of one pair."""

    salesforce: dict[str, str] = field(default_factory=dict)
    hubspot: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.salesforce or self.hubspot)


class Picture:
    """Everything both hold at one moment."""

    def __init__(self, salesforce: Mapping[str, Any], hubspot: Mapping[str, Any]) -> None:
        self.tables: Mapping[str, Rows] = salesforce["records"]
        self.hubspot: Mapping[str, Mapping[str, Mapping[str, str]]] = hubspot["records"]
        self.contacts = self.hubspot.get("contacts", {})
        self._contact_of = _contacts_by_engagement(hubspot["associations"])
        self._owner_ids = {str(owner.get("email", "")).lower(): str(owner["id"]) for owner in hubspot["owners"]}
        self._user_ids = {str(user.get("Email")).lower(): name for name, user in self.tables.get("User", {}).items()}
        self._by_email = {
            str(row["Email"]).strip().lower(): (name, record_id)
            for name in ("Lead", "Contact")  # a Contact goes before a Lead, the first before later ones
            for record_id, row in sorted(self.tables.get(name, {}).items(), reverse=True)
            if row.get("Email") and not row.get("IsDeleted") and not row.get("IsConverted")
        }

    def record(self, object_name: str, record_id: str) -> Mapping[str, Any] | None:
        """A living Salesforce record."""
        row = self.tables.get(object_name, {}).get(record_id)
        return None if row is None or row.get("IsDeleted") else row

    def record_of(self, email: str) -> tuple[str, str] | None:
        """(object, id) of the Contact or Lead with an address."""
        return self._by_email.get(email)

    def contact_of(self, kind: str, engagement_id: str) -> str | None:
        """The contact an engagement belongs to."""
        return self._contact_of.get((kind, engagement_id))

    def hubspot_owner(self, user_id: str) -> str | None:
        """The owner with the address of a Salesforce user."""
        user = self.tables.get("User", {}).get(user_id)
        return None if user is None else self._owner_ids.get(str(user.get("Email")).lower())

    def salesforce_owner(self, owner_id: str) -> str | None:
        """The Salesforce user with the address of an owner."""
        email = next((email for email, known in self._owner_ids.items() if known == owner_id), None)
        return None if email is None else self._user_ids.get(email)


def _contacts_by_engagement(rows: list[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        source, target = tuple(row["from"]), tuple(row["to"])
        for contact, other in ((source, target), (target, source)):
            if contact[0] == "contacts":
                found.setdefault((other[0], other[1]), contact[1])
    return found


class Planes:
    """The control planes of both, with the integration's own identity in each."""

    def __init__(self, salesforce: Simulator, hubspot: Simulator, user_id: str) -> None:
        self._salesforce = salesforce
        self._hubspot = hubspot
        self._user_id = user_id
        self.refused: list[str] = []

    def salesforce(self, route: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A control request; ``None`` when it was refused."""
        return self._post(self._salesforce, route, body)

    def hubspot(self, route: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A control request; ``None`` when it was refused."""
        return self._post(self._hubspot, route, body)

    def look(self) -> Picture:
        """Both as they are now."""
        return Picture(_get(self._salesforce, "dump"), _get(self._hubspot, "dump"))

    def now(self) -> datetime:
        """The later of both clocks."""
        return max(_clock(self._salesforce), _clock(self._hubspot))

    def set_clocks(self, moment: datetime) -> None:
        """Move both on to a moment; neither ever goes back."""
        for simulator in (self._salesforce, self._hubspot):
            if _clock(simulator) < moment:
                self._post(simulator, "clock", {"now": moment.isoformat()})

    def create_salesforce(self, object_name: str, fields: Mapping[str, Any]) -> str | None:
        """A new record; its id, or ``None`` when it was refused."""
        made = self.salesforce("create", {"object": object_name, "fields": dict(fields), "by": self._user_id})
        return None if made is None else str(made["id"])

    def edit(self, contact_id: str, address: tuple[str, str], change: Change) -> None:
        """Write both sides of a pair."""
        if change.salesforce:
            record = {"object": address[0], "id": address[1]}
            self.salesforce("edit", {**record, "fields": change.salesforce, "by": self._user_id})
        if change.hubspot:
            author = {"source": "SALESFORCE", "source_id": "salesforce"}
            self.hubspot("edit", {"object": "contacts", "id": contact_id, "properties": change.hubspot, **author})

    def changed_at(self, system: str, address: tuple[str, str], name: str) -> datetime:
        """When a field was last changed; long ago when never."""
        simulator = self._salesforce if system == "salesforce" else self._hubspot
        rows = _get(simulator, "history", f"object={address[0]}&id={address[1]}")["history"]
        times = [row["at"] for row in rows if row.get("field", row.get("property")) == name]
        return datetime.fromisoformat(times[-1]) if times else datetime.min.replace(tzinfo=UTC)

    def _post(self, simulator: Simulator, route: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
        document = json.loads(answer.body)
        if answer.status >= 300:
            self.refused.append(str(document.get("error", document)))
            return None
        return dict(document)


def _get(simulator: Simulator, route: str, query: str = "") -> Mapping[str, Any]:
    return dict(json.loads(simulator.handle(Request("GET", f"/_simulator/{route}", query=query)).body))


def _clock(simulator: Simulator) -> datetime:
    return datetime.fromisoformat(str(_get(simulator, "clock")["now"]))
