"""What was refused or could not be read, by cause with the remedy, in one shape for terminal and JSON. Pure shaping.

Names records and fields, never a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.decide.limits import wait_after_refusal
from connector.ports.outbox import Refusal
from connector.ports.rejects import KeptReject

Remedies = Mapping[str, Mapping[str, str]]
"""System -> code of its errors -> what a person can do."""

READ = "correct the value in the CRM, or map it in fields.toml; a changed record is read again, --retry reads it now"
REFUSED = "correct in the CRM what it refuses (leadloop explain COMPANY RECORD shows the write), then --retry"
OURS = {
    "not_stored": "the CRM answered well and stored nothing: look for a workflow or rule that sets the field back",
    "gone": "the record is gone or was merged: the next sync follows it",
    "not_a_number": "write a number in the CRM, or read the field into a text field",
    "not_a_time": READ,
}


@dataclass(frozen=True)
class Cause:
    """Rejects with one code in one field. ``states``: how many are open, to be retried, ignored."""

    code: str
    direction: str
    system: str
    object: str
    field: str
    remedy: str
    rejects: tuple[KeptReject, ...]

    @property
    def oldest(self) -> datetime:
        """When the first of them was noticed."""
        return min(each.first_at for each in self.rejects)

    @property
    def newest(self) -> datetime:
        """When one was noticed last."""
        return max(each.last_at for each in self.rejects)

    def as_json(self) -> dict[str, Any]:
        """As in the document."""
        told: dict[str, Any] = {
            name: getattr(self, name) for name in ("code", "direction", "system", "object", "field")
        }
        told |= {"count": len(self.rejects), "open": sum(each.state != "ignored" for each in self.rejects)}
        return {**told, "oldest": self.oldest, "newest": self.newest, "remedy": self.remedy}


@dataclass(frozen=True)
class ErrorList:
    """The rejects of a company that were asked for. ``people``: person id -> key."""

    company: str
    causes: tuple[Cause, ...]
    people: Mapping[int, str]

    def count(self, *states: str) -> int:
        """How many are in one of these states."""
        return sum(each.state in states for cause in self.causes for each in cause.rejects)

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop errors --json``."""
        counts = {"open": self.count("open"), "retry": self.count("retry"), "ignored": self.count("ignored")}
        errors = [_error(each, self.people) for cause in self.causes for each in cause.rejects]
        return {"company": self.company, **counts, "causes": [each.as_json() for each in self.causes], "errors": errors}


def error_list(company: str, rejects: Sequence[KeptReject], remedies: Remedies, people: Mapping[int, str]) -> ErrorList:
    """Rejects by cause; the cause with the most first."""
    groups: dict[tuple[str, ...], list[KeptReject]] = {}
    for each in rejects:
        groups.setdefault((each.direction, each.system, each.object, each.field, each.code), []).append(each)
    causes = [
        Cause(
            code,
            direction,
            system,
            object_name,
            field,
            _remedy(company, direction, system, code, remedies),
            tuple(found),
        )
        for (direction, system, object_name, field, code), found in groups.items()
    ]
    return ErrorList(company, tuple(sorted(causes, key=lambda cause: (-len(cause.rejects), cause.oldest))), people)


def next_try(reject: KeptReject) -> datetime | None:
    """When the value is tried again by itself; ``None``: with the next plan (retry), or not (ignored, unreadable)."""
    if reject.direction != "out" or reject.state != "open":
        return None
    return reject.last_at + wait_after_refusal(Refusal(reject.attempts, reject.last_at))


def _remedy(company: str, direction: str, system: str, code: str, remedies: Remedies) -> str:
    general = READ if direction == "in" else REFUSED.replace("COMPANY", company)
    return remedies.get(system, {}).get(code) or OURS.get(code) or general


def _error(reject: KeptReject, people: Mapping[int, str]) -> dict[str, Any]:
    names = ("system", "object", "record_id", "field", "direction", "code", "state", "attempts", "first_at", "last_at")
    told: dict[str, Any] = {name: getattr(reject, name) for name in names}
    told |= {"person": people.get(reject.person_id or 0), "next_try": next_try(reject)}
    return {**told, "ignored_by": reject.decided_by, "ignored_at": reject.decided_at}
