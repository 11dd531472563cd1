"""What the product promises (DESIGN 5), each with how it was checked and whether it held.

Pure: the counts come from whoever ran the check (the demo, the seeded simulation). A promise for which no count was
given was not checked, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Evidence:
    """What was counted; ``None`` (or empty) where nobody looked.

    ``quiet_writes``: records written by each sync after which nothing of substance had changed. ``journal`` and
    ``served``: our writes per system as our journal has them, and as the systems themselves counted them.
    ``violations``: broken invariants of the store by name. ``created_twice``: records of one key in a CRM's own state.
    ``edits_lost``: people's edits that are neither in the CRM nor a visible conflict. ``blind_resends``: requests sent
    again whose outcome was known. ``unapproved_writes``: writes before the first plan was approved. ``deletes``: delete
    requests. ``unexplained``: people whose explanation differs from the stored values. ``not_undone``: written fields
    that a revert did not put back. ``foreign_rows``: rows of another company that changed. ``secrets_shown``: secrets
    or personal values found in logs.
    """

    violations: Mapping[str, int] | None = None
    created_twice: int | None = None
    blind_resends: int | None = None
    edits_lost: int | None = None
    quiet_writes: Sequence[int] = ()
    unapproved_writes: int | None = None
    deletes: int | None = None
    leaks_new: int | None = None
    unexplained: int | None = None
    not_undone: int | None = None
    foreign_rows: int | None = None
    secrets_shown: int | None = None
    journal: Mapping[str, int] = field(default_factory=dict)
    served: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PromiseCheck:
    """One promise. ``ok`` is ``None`` when it was not checked."""

    number: int
    sentence: str
    how: str
    ok: bool | None

    def as_json(self) -> dict[str, object]:
        """As it stands in a ``--json`` document."""
        return {"number": self.number, "promise": self.sentence, "checked": self.how, "ok": self.ok}


DELIVERY = ("in_flight_without_run", "confirmed_without_journal", "baseline_not_as_written", "journal_without_outbox")
WATERMARKS = ("unresolved_behind_cursor", "sequence_ahead_of_counter")
RESPONSIBLE = ("qualified_without_owner_or_step",)
NOT_CHECKED = "not checked here"

Finding = tuple[str, bool | None]


def check_promises(evidence: Evidence) -> tuple[PromiseCheck, ...]:
    """The twelve promises in the order of DESIGN 5."""
    return tuple(
        PromiseCheck(number, sentence, *finding(evidence))
        for number, (sentence, finding) in enumerate(PROMISES, start=1)
    )


def broken(checks: Sequence[PromiseCheck]) -> tuple[PromiseCheck, ...]:
    """The promises that were checked and did not hold."""
    return tuple(check for check in checks if check.ok is False)


def _delivered(evidence: Evidence) -> Finding:
    if not evidence.served:
        return _invariants(evidence, DELIVERY)
    systems = sorted({*evidence.journal, *evidence.served})
    ours = {system: evidence.journal.get(system, 0) for system in systems}
    theirs = {system: evidence.served.get(system, 0) for system in systems}
    counted = ", ".join(f"{system} {theirs[system]}" for system in systems)
    how = f"records written, counted from the systems' own requests and from the journal: {counted}"
    if ours != theirs:
        how += "; the journal has " + ", ".join(f"{system} {ours[system]}" for system in systems)
    return _both((how, ours == theirs), _invariants(evidence, DELIVERY))


def _watermarks(evidence: Evidence) -> Finding:
    return _invariants(evidence, WATERMARKS)


def _intent(evidence: Evidence) -> Finding:
    created = _none_of(evidence.created_twice, "records that exist twice under one key, in the systems' state")
    resent = _none_of(evidence.blind_resends, "requests sent again although their outcome was known")
    return _both(created, resent)


def _difference(evidence: Evidence) -> Finding:
    return _invariants(evidence, ("baseline_not_as_written", "baseline_without_link"))


def _edits(evidence: Evidence) -> Finding:
    return _none_of(evidence.edits_lost, "people's edits that are neither in the CRM nor an open conflict")


def _silence(evidence: Evidence) -> Finding:
    if not evidence.quiet_writes:
        return NOT_CHECKED, None
    counted = ", ".join(str(count) for count in evidence.quiet_writes)
    return f"records written by each sync without anything new: {counted}", not any(evidence.quiet_writes)


def _cautious(evidence: Evidence) -> Finding:
    unapproved = _none_of(evidence.unapproved_writes, "writes before a person approved the first plan")
    return _both(unapproved, _none_of(evidence.deletes, "delete requests, counted by the systems"))


def _nobody_lost(evidence: Evidence) -> Finding:
    return _both(_none_of(evidence.leaks_new, "new leaks"), _invariants(evidence, RESPONSIBLE))


def _explained(evidence: Evidence) -> Finding:
    return _none_of(evidence.unexplained, "people whose explanation differs from what is stored")


def _undone(evidence: Evidence) -> Finding:
    return _none_of(evidence.not_undone, "written fields that a revert did not put back")


def _apart(evidence: Evidence) -> Finding:
    return _none_of(evidence.foreign_rows, "rows of another company that changed")


def _discreet(evidence: Evidence) -> Finding:
    return _none_of(evidence.secrets_shown, "secrets or personal values in logs")


def _none_of(count: int | None, what: str) -> Finding:
    return (NOT_CHECKED, None) if count is None else (f"{what}: {count}", count == 0)


def _invariants(evidence: Evidence, names: Sequence[str]) -> Finding:
    if evidence.violations is None:
        return NOT_CHECKED, None
    found = {name: count for name in names if (count := evidence.violations.get(name, 0))}
    said = ", ".join(f"{name} {count}" for name, count in found.items())
    looked_at = "an invariant" if len(names) == 1 else f"{len(names)} invariants"
    return f"{looked_at} of the store: {said or 'not broken'}", not found


def _both(first: Finding, second: Finding) -> Finding:
    """Two checks as one: it holds when each that was made holds."""
    made = [finding for finding in (first, second) if finding[1] is not None]
    if not made:
        return NOT_CHECKED, None
    return "; ".join(how for how, _ok in made), all(ok for _how, ok in made)


PROMISES = (
    ("every write takes effect once; every record is original or correctly final", _delivered),
    ("a watermark never passes a row that was not stored", _watermarks),
    ("intent is durable before sending; nothing is sent again unread, nothing is created twice", _intent),
    ("changed means different from the last agreed value", _difference),
    ("a person's edit is never lost silently", _edits),
    ("when nothing of substance changes, nothing is written", _silence),
    ("nothing is deleted, and the first push is an approved plan", _cautious),
    ("every open lead has a responsible party and a next step", _nobody_lost),
    ("every decision can be explained", _explained),
    ("every write can be undone", _undone),
    ("one company never sees or breaks another", _apart),
    ("no secret and no personal value in a log", _discreet),
)
