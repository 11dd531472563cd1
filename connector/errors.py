"""Errors named for what to do next. Each carries data; the sentence for people is built from it once.

Exit codes (DESIGN section 6): 2 for wrong usage or configuration, 3 for stopped, 1 for done with leftovers.
No message may hold a secret or a person's value: name the field and the record id instead.
"""

from __future__ import annotations


class LeadloopError(Exception):
    """Something a person should read: ``what`` happened, ``where``, and the ``remedy``."""

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """One sentence: where, what, what to do."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}; {self.remedy}." if self.remedy else f"{head}."


class BadConfiguration(LeadloopError):
    """Wrong usage or configuration: nothing was started. Exit code 2."""

    exit_code = 2


class NeedsOperator(LeadloopError):
    """Credentials, scopes, permissions: no retry helps, a person must act."""


class NotGranted(NeedsOperator):
    """One object may not be read with the rights we have; the others may. ``scopes``: what would have to be granted."""

    def __init__(self, what: str, *, scopes: tuple[str, ...] = (), where: str = "", remedy: str = "") -> None:
        self.scopes = scopes
        super().__init__(what, where=where, remedy=remedy)


class RetryLater(LeadloopError):
    """The other side is unreachable or busy; the same request may be sent again after ``retry_after_s``."""

    def __init__(self, what: str, *, retry_after_s: float = 0.0, where: str = "", remedy: str = "") -> None:
        self.retry_after_s = retry_after_s
        super().__init__(what, where=where, remedy=remedy)


class BudgetExhausted(LeadloopError):
    """Our share of the API calls is used up; go on when the window resets."""


class GuardTripped(LeadloopError):
    """A change looks too large or too strange to be right; a person must look and override."""


class WaitingForApproval(LeadloopError):
    """A plan waits for a person."""


class Busy(LeadloopError):
    """Another process holds the company's lease."""


class Unconfirmed(LeadloopError):
    """A write's outcome is unknown: it must be read back before anything is sent again."""


class BatchRejected(LeadloopError):
    """A whole batch was refused because of some row in it: split it in halves to isolate the row."""

    def __init__(self, what: str, *, code: str = "", record_id: str | None = None, where: str = "") -> None:
        self.code = code
        self.record_id = record_id
        super().__init__(what, where=where)


class BadRecord(LeadloopError):
    """One record cannot be used or was refused; the others go on. Exit code 1 at the end."""

    exit_code = 1

    def __init__(self, what: str, *, code: str, field: str | None = None, where: str = "") -> None:
        self.code = code
        self.field = field
        super().__init__(what, where=where)


class SchemaDrift(LeadloopError):
    """A field or object we asked for does not exist or may not be seen any more."""

    def __init__(self, what: str, *, fields: tuple[str, ...] = (), where: str = "", remedy: str = "") -> None:
        self.fields = fields
        super().__init__(what, where=where, remedy=remedy)


class StaleToken(LeadloopError):
    """A page locator or continuation expired: restart from the keyset, not from zero."""
