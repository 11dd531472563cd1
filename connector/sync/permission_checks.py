"""Choices of people that a company may keep and we do not read: said as a note, because nobody would miss them.

Which field of a CRM holds such a choice is the company's to name; a field of ours would be one more place to forget.
"""

from __future__ import annotations

from connector.ports.findings import Finding, FindingStore
from connector.sync.run import Run

CHOICES = ("email_opt_out", "phone_opt_out", "processing_restricted")


def report_unread_permissions(run: Run, findings: FindingStore) -> None:
    """A note for each connected system in which no field of a person is read into one of these."""
    people = run.mapping.of_kind("person")
    for system in sorted({entry.system for entry in people} & run.adapters.keys()):
        name = f"permission_not_mapped:{system}"
        read = {field.read for entry in people if entry.system == system for field in entry.fields}
        unread = [choice for choice in CHOICES if choice not in read]
        if not unread:
            findings.settle(run.company_id, name, run.now)
            continue
        remedy = f"if {system} keeps such a choice, read your field of it in fields.toml as {' and as '.join(unread)}"
        findings.report(run.company_id, Finding(name, "note", "permission_not_mapped", remedy, len(unread)), run.now)
