"""Field history: a row in LeadHistory or ContactHistory for every change of a field that the setting tracks.

Decides which rows a change leaves. A change of the owner leaves two, one with names and one with ids (unconfirmed,
setting ``history_owner_names``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from adapters.simulator.salesforce.standard_marketing import HISTORY_OF

if TYPE_CHECKING:
    from adapters.simulator.salesforce.org import Fields, Org

HISTORIES = {tracked: name for name, tracked in HISTORY_OF.items()}


def untracked(org: Org) -> frozenset[str]:
    """The history objects that do not exist, because no field of their object is tracked."""
    tracked = org.settings["tracked_fields"]
    return frozenset(name for name, entry in HISTORY_OF.items() if not tracked.get(entry))


def history_rows(org: Org, object_name: str, before: Fields, after: Fields, by: str) -> Iterator[tuple[str, Fields]]:
    """The history object and its rows for one change; none for a new record."""
    name = HISTORIES.get(object_name)
    if name is None or not before:
        return
    for field in org.settings["tracked_fields"].get(object_name, ()):
        old, new = before.get(field), after.get(field)
        if old == new:
            continue
        for shown_old, shown_new in _shown(org, field, old, new):
            row = {"Id": org.mint(name), "IsDeleted": False, "CreatedDate": org.now(), "CreatedById": by}
            row |= {f"{object_name}Id": after["Id"], "Field": "Owner" if field == "OwnerId" else field}
            row |= {"DataType": "Text", "OldValue": shown_old, "NewValue": shown_new}
            yield name, {key: value for key, value in row.items() if value is not None}


def _shown(org: Org, field: str, old: Any, new: Any) -> Iterator[tuple[Any, Any]]:
    if field == "OwnerId" and org.settings["history_owner_names"]:
        yield _name(org, old), _name(org, new)
    yield old, new


def _name(org: Org, owner_id: Any) -> Any:
    object_name = org.schema.object_of(str(owner_id)) if owner_id else None
    found = org.tables[object_name].rows.get(str(owner_id)) if object_name else None
    return found.get("Name") if found else owner_id
