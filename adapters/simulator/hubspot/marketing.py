"""Decides what a portal holds beside its CRM records: teams, lists, forms, e-mail events, subscriptions; no HTTP.

The contract sheet (2.9, 2.14) gives paths and answers of most of these; what it does not give follows the vendor's
public documentation and is unconfirmed, see the README.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from adapters.simulator.hubspot.moments import epoch_ms, from_text

CONTACTS = "0-1"


@dataclass
class ContactList:
    """One list; ``members``: record id -> when it joined, as text. ``added_at``: the last time anybody joined."""

    list_id: str
    name: str
    processing: str = "DYNAMIC"
    object_type: str = CONTACTS
    members: dict[str, str] = field(default_factory=dict)
    added_at: str | None = None
    removed_at: str | None = None

    def document(self) -> dict[str, Any]:
        """The list as a search of lists answers it; numbers and moments are texts there."""
        told = {"hs_list_size": str(len(self.members))}
        told |= {"hs_last_record_added_at": self.added_at} if self.added_at else {}
        told |= {"hs_last_record_removed_at": self.removed_at} if self.removed_at else {}
        return {
            "listId": self.list_id,
            "name": self.name,
            "objectTypeId": self.object_type,
            "processingType": self.processing,
            "processingStatus": "COMPLETE",
            "listVersion": 1,
            "additionalProperties": told,
        }


@dataclass
class Form:
    """One form; ``submissions`` oldest first, each as the API answers it."""

    guid: str
    name: str
    archived: bool = False
    submissions: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The form as the list of forms answers it, without its fields."""
        return {"id": self.guid, "name": self.name, "formType": "hubspot", "archived": self.archived}


@dataclass
class Marketing:
    """Everything of this kind in one portal. ``statuses``: e-mail -> subscription id -> its status row."""

    teams: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, ContactList] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The whole state as JSON."""
        return asdict(self)

    def list_named(self, text: str) -> ContactList:
        """A list by id or name; ``ValueError`` when there is none."""
        found = self.lists.get(text) or next((each for each in self.lists.values() if each.name == text), None)
        if found is None:
            raise ValueError(f"there is no list {text}")
        return found

    def form_named(self, text: str) -> Form:
        """A form by guid or name; ``ValueError`` when there is none."""
        found = self.forms.get(text) or next((each for each in self.forms.values() if each.name == text), None)
        if found is None:
            raise ValueError(f"there is no form {text}")
        return found


def add_team(marketing: Marketing, row: Mapping[str, Any]) -> None:
    """Add or replace a team."""
    team_id = str(row["id"])
    users = {name: [str(each) for each in row.get(name, ())] for name in ("userIds", "secondaryUserIds")}
    marketing.teams[team_id] = {"id": team_id, "name": str(row["name"]), **users}


def add_list(marketing: Marketing, row: Mapping[str, Any]) -> None:
    """Add or replace a list with its members (record id -> moment)."""
    members = {str(key): str(at) for key, at in (row.get("members") or {}).items()}
    added = ContactList(str(row["id"]), str(row["name"]), str(row.get("processing", "DYNAMIC")), members=members)
    added.object_type = str(row.get("object_type", CONTACTS))
    added.added_at = max(members.values(), default=None)
    marketing.lists[added.list_id] = added


def add_form(marketing: Marketing, row: Mapping[str, Any]) -> None:
    """Add or replace a form, with what was submitted before (``submissions``: e-mail, moment, values)."""
    form = Form(str(row["id"]), str(row["name"]), bool(row.get("archived", False)))
    marketing.forms[form.guid] = form
    for given in row.get("submissions") or ():
        add_submission(form, given, str(given["at"]))


def add_submission(form: Form, given: Mapping[str, Any], at: str) -> str:
    """Keep one submission as the API answers it; returns its id. Raises ``ValueError`` for a moment that is none."""
    values = {"email": str(given["email"]), **{str(k): str(v) for k, v in (given.get("values") or {}).items()}}
    rows = [{"name": name, "value": value, "objectTypeId": CONTACTS} for name, value in values.items()]
    conversion_id = f"{form.guid[:8]}-{len(form.submissions) + 1:06d}"
    submission = {"conversionId": conversion_id, "submittedAt": epoch_ms(from_text(at)), "values": rows}
    form.submissions.append({**submission, "pageUrl": str(given.get("page", "https://www.example.com/form"))})
    form.submissions.sort(key=lambda each: each["submittedAt"])
    return conversion_id
