"""Decides how a record looks in an answer: which properties, history, associations; must not know HTTP or rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.simulator.hubspot.moments import to_text
from adapters.simulator.hubspot.object_types import ObjectType, object_type
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Record


@dataclass(frozen=True)
class View:
    """What a caller asked to see of records of one type; property names are defined ones, sorted."""

    kind: ObjectType
    names: tuple[str, ...]
    history: tuple[str, ...] = ()
    associations: tuple[ObjectType, ...] = ()

    @staticmethod
    def of(
        portal: Portal,
        kind: ObjectType,
        asked: Sequence[str],
        history: Sequence[str] = (),
        associations: Sequence[str] = (),
    ) -> View:
        """Names that are not defined are left out silently; system properties are always there (sheet 2.1)."""
        wanted = {*(asked or kind.defaults), *kind.system, *history}
        names = tuple(sorted(name for name in wanted if portal.schema.live(kind.name, name)))
        past = tuple(name for name in history if portal.schema.live(kind.name, name))
        return View(kind, names, past, tuple(object_type(text) for text in associations))


def render(portal: Portal, view: View, record: Record, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One record; ``values`` replaces its properties where search shows an older state."""
    value_of = (record.properties if values is None else values).get
    modified = value_of(view.kind.modified) or record.updated_at
    document: dict[str, Any] = {
        "id": record.id,
        "properties": {name: value_of(name) for name in view.names},
        "createdAt": record.created_at,
        "updatedAt": modified,
        "archived": record.archived,
    }
    if record.archived_at:
        document["archivedAt"] = record.archived_at
    if view.history:
        document["propertiesWithHistory"] = {
            name: [version.document() for version in record.versions(name)] for name in view.history
        }
    if view.associations:
        document |= _associations(portal, view, record)
    document["url"] = record_url(portal, view.kind, record.id)
    return document


def render_written(
    portal: Portal, kind: ObjectType, record: Record, sent: Sequence[str], *, created: bool = False
) -> dict[str, Any]:
    """The answer to a write: what was set plus system properties, not the whole record (sheet 2.1)."""
    origin = ("hs_object_source", "hs_object_source_id", "hs_object_source_label") if created else ()
    names = tuple(sorted({*sent, *kind.system, *origin}))
    return render(portal, View(kind, names), record)


def record_url(portal: Portal, kind: ObjectType, record_id: str) -> str:
    """The address of the record in the portal's own pages."""
    return f"https://app-eu1.hubspot.com/contacts/{portal.settings['portal_id']}/record/{kind.type_id}/{record_id}"


def _associations(portal: Portal, view: View, record: Record) -> dict[str, Any]:
    blocks: dict[str, Any] = {}
    for target in view.associations:
        word = f"{view.kind.singular}_to_{target.singular}"
        rows = [
            {"id": other, "type": word if kind.label or len(kinds) == 1 else f"{word}_unlabeled"}
            for other, kinds in portal.associations.of(view.kind.name, record.id, target.name).items()
            for kind in kinds
        ]
        if rows:
            blocks[target.name] = {"results": rows}
    return {"associations": blocks} if blocks else {}


def batch_document(
    portal: Portal, results: list[dict[str, Any]], errors: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """The body of a batch answer; with errors it is the 207 shape."""
    now = to_text(portal.clock.now())
    document: dict[str, Any] = {
        "status": "COMPLETE",
        "results": portal.shuffled(results),
        "startedAt": now,
        "completedAt": now,
    }
    if errors:
        document |= {"numErrors": len(errors), "errors": list(errors)}
    return document
