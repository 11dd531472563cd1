"""Which HubSpot engagements the native sync copies, and how a copy looks as a Salesforce Task.

The looks of a copy are unconfirmed (README); knows neither simulator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.simulator.native_picture import Picture

ENGAGEMENTS: Mapping[str, tuple[str, str, str]] = {
    "calls": ("Call", "hs_call_title", "Call"),
    "meetings": ("Meeting", "hs_meeting_title", "Task"),
    "emails": ("Email", "hs_email_subject", "Email"),
}
"""HubSpot object -> the word in the subject, the property with the title, the Task's subtype."""


def engagements_of(picture: Picture, kind: str) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """(id, contact id, properties) of every engagement of a kind that belongs to a contact."""
    for engagement_id, properties in sorted(picture.hubspot.get(kind, {}).items(), key=lambda entry: int(entry[0])):
        contact_id = picture.contact_of(kind, engagement_id)
        if contact_id is not None:
            yield engagement_id, contact_id, properties


def task_of(kind: str, properties: Mapping[str, str], mark: str) -> dict[str, Any]:
    """The completed Task. Without a ``mark`` its subject is the engagement's alone."""
    word, title, subtype = ENGAGEMENTS[kind]
    subject = properties.get(title, "")
    task: dict[str, Any] = {
        "Subject": f"{mark}{word}: {subject}"[:255] if mark else subject[:255] or word,
        "Status": "Completed",
        "TaskSubtype": subtype,
        "ActivityDate": properties.get("hs_timestamp", "")[:10] or None,
    }
    if kind == "calls" and properties.get("hs_call_duration"):
        task["CallDurationInSeconds"] = int(float(properties["hs_call_duration"]) / 1000)
    return task
