"""A finding of ``leadloop playbook check``: where in which file, how bad, and what a person should do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from connector.errors import LeadloopError

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
PLACE = re.compile(r"(?P<file>[^:]*?): *(?:\[(?P<table>.*)\])? *(?P<key>[^\[\]]*)")


class Finding(Struct, frozen=True):
    """One sentence about one place. ``error``: it cannot work as written; ``warning``: it hardly means what it says."""

    severity: str
    file: str
    table: str
    key: str
    message: str

    def as_json(self) -> dict[str, str]:
        """The form that scripts read."""
        return {
            "severity": self.severity,
            "file": self.file,
            "table": self.table,
            "key": self.key,
            "message": self.message,
        }

    @property
    def place(self) -> str:
        """``file: [table] key``."""
        table = f" [{self.table}]" if self.table else ""
        return f"{self.file}:{table} {self.key}".rstrip()


class File(Struct, frozen=True):
    """One file of the playbook by the name that people know; makes the findings in it."""

    label: str

    def error(self, table: str, key: str, message: str) -> Finding:
        """It cannot work as written."""
        return Finding(ERROR, self.label, table, key, message)

    def warning(self, table: str, key: str, message: str) -> Finding:
        """It hardly means what it says."""
        return Finding(WARNING, self.label, table, key, message)

    def note(self, table: str, key: str, message: str) -> Finding:
        """Good to know."""
        return Finding(NOTE, self.label, table, key, message)


def finding_of(problem: LeadloopError) -> Finding:
    """A mistake that keeps the files from loading, as a finding."""
    match = PLACE.fullmatch(problem.where)
    part: Mapping[str, str] = match.groupdict("") if match else {"file": problem.where, "table": "", "key": ""}
    message = f"{problem.what}; {problem.remedy}" if problem.remedy else problem.what
    return Finding(ERROR, part["file"], part["table"], part["key"].strip(), message)
