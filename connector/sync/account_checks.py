"""What a CRM says of itself against what the company says: production or sandbox, and the values it knows.

A pair of a sandbox and a production account is refused before anything is mixed; an unknown value is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.errors import NeedsOperator
from connector.model import Wire
from connector.ports.findings import Finding, FindingStore
from connector.ports.landing import LandingStore
from connector.rules.mapping import ObjectMapping
from connector.sync.reading import Reading

SANDBOX = "sandbox"


def require_environment(run: Reading, landing: LandingStore, findings: FindingStore) -> None:
    """``NeedsOperator`` when a connected account is not of the company's environment; a finding says so too."""
    wrong = []
    for mapping in run.mapping.of_kind("organization"):
        if mapping.system not in run.adapters:
            continue
        name = f"environment:{mapping.system}"
        is_sandbox = _is_sandbox(mapping, landing.records(run.company_id, mapping.system, mapping.object))
        if is_sandbox is None or is_sandbox == (run.environment == SANDBOX):
            findings.settle(run.company_id, name, run.now)
            continue
        said = SANDBOX if is_sandbox else "production"
        remedy = f"the account is {said}, the company {run.environment}: correct url or environment"
        findings.report(run.company_id, Finding(name, "error", "mixed_environment", remedy, 1), run.now)
        wrong.append(f"{mapping.system} is a {said} account")
    if wrong:
        raise NeedsOperator(
            f"{', '.join(wrong)}, the company is {run.environment}; nothing was read or written",
            where=run.company,
            remedy="correct url or environment in config.toml",
        )


def report_unknown_values(run: Reading, landing: LandingStore, findings: FindingStore) -> None:
    """A finding for each field we would write a value to that its CRM does not know."""
    for mapping in run.mapping.of_kind("vocabulary"):
        object_name, _, field_name = (mapping.of or "").partition(".")
        about = run.mapping.objects.get((mapping.system, object_name))
        rows = landing.records(run.company_id, mapping.system, mapping.object) if about else {}
        if about is None or not rows:
            continue
        known = {str(row.get(mapping.columns["value"])) for row in rows.values()}
        written = {word for entry in about.fields if entry.field == field_name for word in entry.write_values.values()}
        _tell(run, findings, f"{mapping.system}.{mapping.of}", sorted(written - known))


def _tell(run: Reading, findings: FindingStore, place: str, unknown: list[str]) -> None:
    name = f"unknown_value:{place}"
    if not unknown:
        findings.settle(run.company_id, name, run.now)
        return
    remedy = f"add to {place}, or change write_values in fields.toml: {', '.join(unknown)}"
    findings.report(run.company_id, Finding(name, "warning", "unknown_value", remedy, len(unknown)), run.now)


def _is_sandbox(mapping: ObjectMapping, rows: Mapping[str, Mapping[str, Wire]]) -> bool | None:
    told = [row.get(mapping.columns["sandbox"]) for row in rows.values()]
    words = {str(value).lower() for value in told if value is not None}
    return None if not words else "true" in words
