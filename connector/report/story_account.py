"""A person's employer as explain tells it: which records it is, how they were matched, and why it stands as it does.

Pure shaping of what is stored; a person without an employer is told why there is none, if a key spoke of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connector.report.sentences import Names

STANDING = ("status", "status_since", "status_why", "people", "people_active")
TOLD = ("structure", "current_products", "decision_makers")
OWNERS = ("owner_id", "opportunity_owner_id", "customer_owner_id")


def account_of(person: Mapping[str, Any], employer: Mapping[str, Any] | None, names: Names) -> Mapping[str, Any] | None:
    """The employer for the story: ``matched_by`` with its ``evidence``, standing, owners by name, and ``records``."""
    matched = {"matched_by": person.get("account_match"), "evidence": person.get("account_evidence")}
    if employer is None:
        return {**matched, "records": ()} if matched["matched_by"] else None
    told = {name: employer[name] for name in STANDING} | {name: employer.get(name) for name in TOLD}
    owners = {name.removesuffix("_id"): names.user(employer[name]) for name in OWNERS if employer[name] is not None}
    return {**matched, **told, **owners, "records": tuple(dict(record) for record in employer["records"])}


def account_lines(account: Mapping[str, Any] | None) -> Iterable[tuple[str, str]]:
    """The same in words, label and text."""
    if account is None:
        return
    evidence = account["evidence"] or {}
    if account["matched_by"] == "ambiguous":
        key = str(evidence.get("by", "")).replace("_", " ")
        yield "none", f"the {key} {evidence.get('value')} is that of {evidence.get('accounts')} accounts"
        return
    for record in account["records"]:
        joined = "" if record["joined_by"] in (None, "alone") else f" (joined by {record['joined_by']})"
        yield record["system"], f"{record['name'] or ''} {record['record_id']}{joined}".strip()
    proof = evidence.get("value") or f"{evidence.get('system')} {evidence.get('record_id')}"
    yield "matched by", f"{str(account['matched_by']).replace('_', ' ')}: {proof}"
    why = f", {account['status_why']}" if account["status_why"] else ""
    yield "status", f"{account['status'].replace('_', ' ')}{why}"
    for name in ("structure", "current_products"):
        if account.get(name):
            yield name.replace("_", " "), account[name]
    for maker in account.get("decision_makers") or ():
        title = f", {maker['title']}" if maker["title"] else ""
        yield "decides", f"{maker['name'] or 'name not known'}{title} ({', '.join(maker['roles'])})"
    for name in ("owner", "opportunity_owner", "customer_owner"):
        if name in account:
            yield name.replace("_", " "), account[name]
    yield "people", f"{account['people']}, {account['people_active']} of them active in the last 14 days"
