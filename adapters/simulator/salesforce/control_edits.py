"""What people do in the user interface, as control plane calls: same rules, no limits, no assignment rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adapters.simulator.salesforce import lifecycle, writes
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.lifecycle import Conversion
from adapters.simulator.salesforce.org import Actor, Org
from adapters.simulator.salesforce.schema import SObject
from adapters.simulator.salesforce.standard_people import CONVERTED_STATUS

Document = Mapping[str, Any]


def _actor(org: Org, document: Document) -> Actor:
    by = canonical(document["by"]) if document.get("by") else org.integration_user_id
    if by is None or org.visible("User", by) is None:
        raise ValueError(f"by: there is no user {document['by']}")
    hidden_for_s = float(document.get("visible_after_s", org.settings["visible_after_s"]))
    through = "automation" if document.get("automated") else "ui"
    return Actor(by, through=through, visible_after_s=hidden_for_s)


def _entry(org: Org, document: Document) -> SObject:
    entry = org.schema.objects.get(str(document["object"]))
    if entry is None or not entry.prefix:
        raise ValueError(f"there is no object {document['object']}")
    return entry


def _identifier(given: object) -> str:
    found = canonical(given)
    if found is None:
        raise ValueError(f"{given} is not a record id")
    return found


def edit(org: Org, document: Document) -> dict[str, Any]:
    """Change fields of a record."""
    identifier = _identifier(document["id"])
    writes.update(org, _entry(org, document), identifier, document["fields"], _actor(org, document))
    return {"id": identifier}


def create(org: Org, document: Document) -> dict[str, Any]:
    """Make a record."""
    return {"id": writes.create(org, _entry(org, document), document["fields"], _actor(org, document))}


def delete(org: Org, document: Document) -> dict[str, Any]:
    """Put a record into the recycle bin."""
    identifier = _identifier(document["id"])
    writes.delete(org, _entry(org, document), identifier, _actor(org, document))
    return {"id": identifier}


def undelete(org: Org, document: Document) -> dict[str, Any]:
    """Take a record out of the recycle bin."""
    identifier = _identifier(document["id"])
    writes.undelete(org, _entry(org, document), identifier, _actor(org, document))
    return {"id": identifier}


def merge(org: Org, document: Document) -> dict[str, Any]:
    """Merge one or two records into a master."""
    master = _identifier(document["master"])
    losers = [_identifier(loser) for loser in document["losers"]]
    lifecycle.merge(org, _entry(org, document).name, master, losers, _actor(org, document))
    return {"id": master}


def convert(org: Org, document: Document) -> dict[str, Any]:
    """Convert a Lead."""
    wanted = Conversion(
        _identifier(document["id"]),
        _identifier(document["account_id"]) if document.get("account_id") else None,
        _identifier(document["contact_id"]) if document.get("contact_id") else None,
        opportunity=document.get("opportunity"),
        status=str(document.get("status") or CONVERTED_STATUS),
    )
    return dict(lifecycle.convert(org, wanted, _actor(org, document)))


EDITS: Mapping[str, Callable[[Org, Document], dict[str, Any]]] = {
    "edit": edit,
    "create": create,
    "delete": delete,
    "undelete": undelete,
    "merge": merge,
    "convert": convert,
}
