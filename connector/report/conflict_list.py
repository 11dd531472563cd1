"""What waits for a person's decision, by cause, in one shape for terminal and JSON. Pure shaping.

The values are personal: this is printed for the person who asks, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.decide.disputes import Dispute, Side
from connector.ports.conflicts import UnclearPerson
from connector.ports.findings import Finding

BOTH_CHANGED, ANSWERS_DIFFER, LOST_RACE, OTHER = "both_changed", "answers_differ", "lost_race", "other"
IDENTITY, FIRST_CONTACT = "identity", "first_contact"
CAUSES = (BOTH_CHANGED, ANSWERS_DIFFER, IDENTITY, FIRST_CONTACT, LOST_RACE, OTHER)
BY_REASON = {"both sides changed": BOTH_CHANGED, "lost race": LOST_RACE}

WHAT = {
    BOTH_CHANGED: "both CRMs were edited since the two agreed",
    ANSWERS_DIFFER: "the CRMs answer a question differently for more than a day",
    IDENTITY: "it is not clear who this is",
    FIRST_CONTACT: "the CRMs differed when they first met, and nobody has said which counts",
    LOST_RACE: "a write of ours overtook an edit",
    OTHER: "two sides want different values",
}
TAKE = "leadloop conflicts {company} --id ID --take SYSTEM writes its value to the other side with the next plan"
REMEDY = {
    BOTH_CHANGED: TAKE,
    ANSWERS_DIFFER: f"{TAKE}; until then the newer answer counts",
    IDENTITY: "merge the records in the CRM if they are one person; if not, and after that, "
    "leadloop conflicts {company} PERSON --apart; until it is clear, nobody is handed off",
    FIRST_CONTACT: "set first_contact for the field in fields.toml",
    LOST_RACE: "nothing: it is over",
    OTHER: TAKE,
}


@dataclass(frozen=True)
class Cause:
    """How many conflicts one cause has made. ``field``: where they are counted by field only."""

    cause: str
    count: int
    remedy: str
    oldest: datetime | None = None
    newest: datetime | None = None
    field: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As in the document."""
        names = ("cause", "field", "count", "oldest", "newest", "remedy")
        return {**{name: getattr(self, name) for name in names}, "what": WHAT[self.cause]}


@dataclass(frozen=True)
class ConflictList:
    """The conflicts of a company that were asked for."""

    company: str
    disputes: tuple[Dispute, ...]
    unclear: tuple[UnclearPerson, ...]
    causes: tuple[Cause, ...]

    @property
    def open(self) -> int:
        """How many single conflicts wait for a person."""
        return sum(each.conflict.state == "open" for each in self.disputes) + len(self.unclear)

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop conflicts --json``."""
        conflicts = [*map(_conflict, self.disputes), *map(_unclear, self.unclear)]
        taken = sum(each.conflict.state == "taken" for each in self.disputes)
        causes = [each.as_json() for each in self.causes]
        return {"company": self.company, "open": self.open, "taken": taken, "causes": causes, "conflicts": conflicts}


def cause_of(dispute: Dispute) -> str:
    """The cause of a kept conflict."""
    return ANSWERS_DIFFER if dispute.is_answer else BY_REASON.get(dispute.conflict.reason, OTHER)


def conflict_list(
    company: str, disputes: Sequence[Dispute], unclear: Sequence[UnclearPerson], findings: Sequence[Finding]
) -> ConflictList:
    """Everything together. ``findings``: those of the first contact, one per field."""
    causes: list[Cause] = []
    for cause in CAUSES:
        dates = [each.conflict.at for each in disputes if cause_of(each) == cause and each.conflict.state == "open"]
        dates += [each.since for each in unclear] if cause == IDENTITY else []
        if dates:
            causes.append(Cause(cause, len(dates), _remedy(cause, company), min(dates), max(dates)))
    causes += [Cause(FIRST_CONTACT, each.count, each.remedy, field=_field(each)) for each in findings]
    return ConflictList(company, tuple(disputes), tuple(unclear), tuple(causes))


def _remedy(cause: str, company: str) -> str:
    return REMEDY[cause].format(company=company)


def _field(finding: Finding) -> str:
    return " ".join(finding.name.split(":")[1:])


def _conflict(dispute: Dispute) -> dict[str, Any]:
    conflict = dispute.conflict
    return {
        "id": conflict.conflict_id,
        "cause": cause_of(dispute),
        "person": dispute.person.row["person_key"],
        "email": dispute.person.row["email"],
        "field": dispute.name,
        "state": conflict.state,
        "since": conflict.at,
        "sides": [_side(each, dispute) for each in dispute.sides],
        "taken": _taken(dispute),
        "settled_by": conflict.settled_by,
    }


def _side(side: Side, dispute: Dispute) -> dict[str, Any]:
    told = {name: getattr(side, name) for name in ("system", "object", "record_id", "value")}
    return {**told, "counts": side == (dispute.taken or dispute.counts)}


def _taken(dispute: Dispute) -> dict[str, Any] | None:
    conflict, side = dispute.conflict, dispute.taken
    if side is None:
        return None
    return {"system": side.system, "record_id": side.record_id, "by": conflict.taken_by, "at": conflict.taken_at}


def _unclear(person: UnclearPerson) -> dict[str, Any]:
    names = ("system", "object", "record_id")
    return {
        "id": None,
        "cause": IDENTITY,
        "person": person.person_key,
        "email": person.email,
        "field": None,
        "state": "open",
        "since": person.since,
        "sides": [dict(zip(names, record, strict=True)) for record in person.records],
        "why": person.why,
        "others": list(person.others),
    }
