"""What is contradictory in a playbook that loads: definitions that can never fire, gaps, and what nobody signed."""

from __future__ import annotations

from connector.playbook.checks.check import check
from connector.playbook.checks.findings import Finding, finding_of

__all__ = ["Finding", "check", "finding_of"]
