"""From landed records to account rows, and which account an opportunity names."""

from __future__ import annotations

from connector.decide.employers import host_of, name_key
from connector.model import Canonical
from connector.ports.people import AccountRow, LandedRecord
from connector.rules.mapping import ObjectMapping, map_record
from connector.sync.run import Run

OWNERS = ("owner", "customer_owner")
PARENT = "parent_account"


def account_row(run: Run, mapping: ObjectMapping, record: LandedRecord) -> AccountRow:
    """An employer as one CRM holds it, with the keys that can join it to another CRM's."""
    mapped = dict(map_record(mapping, run.mapping.canonical, record.fields).values)
    owner, customer_owner = (_text(mapped.pop(name, None)) for name in OWNERS)
    parent = _text(mapped.pop(PARENT, None))
    settings = run.playbook.accounts
    domain = host_of(str(mapped.get("website") or ""))
    return AccountRow(
        system=mapping.system,
        record_id=record.ref.record_id,
        mapped=mapped,
        domain=None if domain in settings.private_domains else domain,
        owner=owner,
        name_key=name_key(str(mapped.get("account_name") or ""), settings.names),
        same_as=_same_as(run, record),
        absorbs=tuple(str(entry[2]) for entry in record.facts.get("absorbs", ()) if entry[0] == mapping.system),
        customer_owner=customer_owner,
        deleted=record.deleted or "successor" in record.facts,
        modified_at=record.modified_at,
        parent=None if parent == record.ref.record_id else parent,
    )


def account_of(mapping: ObjectMapping, record: LandedRecord) -> str | None:
    """The account record that an opportunity names, by a field or as its first associated one."""
    if mapping.account_association is not None:
        ids = record.facts.get("associations", {}).get(mapping.account_association, ())
        return str(ids[0]) if ids else None
    name = mapping.columns.get("account")
    return _text(record.fields.get(name)) if name else None


def _same_as(run: Run, record: LandedRecord) -> tuple[str, str] | None:
    """The other CRM's account record that this one names."""
    kinds = {(entry.system, entry.object) for entry in run.mapping.of_kind("account")}
    named = (entry for entry in record.facts.get("same_as", ()) if (entry[0], entry[1]) in kinds)
    return next(((str(system), str(record_id)) for system, _, record_id in named), None)


def _text(value: Canonical) -> str | None:
    return None if value in (None, "") else str(value)
