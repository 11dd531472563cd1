"""Decides what the control plane under ``/_simulator/`` does; must not know the vendor's API routes.

A person's edit obeys the rules of writing but no API limit. Mistakes are answered with 400 and one sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from adapters.simulator.hubspot.faults import fault_document, fault_from
from adapters.simulator.hubspot.marketing_edits import ACTS
from adapters.simulator.hubspot.merge_api import gdpr_delete, merge
from adapters.simulator.hubspot.moments import from_text, to_text
from adapters.simulator.hubspot.object_types import ObjectType, object_type
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor, Record
from adapters.simulator.hubspot.refusals import Refusal
from adapters.simulator.hubspot.seeding import associate, install_salesforce_sync, seed
from adapters.simulator.hubspot.settings import merged_settings
from adapters.simulator.hubspot.writes import apply, prepare_create, prepare_update
from adapters.simulator.wire import FaultPlan, Request, Response, json_response

if TYPE_CHECKING:
    from adapters.simulator.hubspot.simulator import HubSpotSimulator

Document = Mapping[str, Any]


class Control:
    """The control plane of one simulator."""

    def __init__(self, simulator: HubSpotSimulator) -> None:
        self._simulator = simulator
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "clock"): lambda request: self._now(),
            ("POST", "clock"): self._move_clock,
            ("GET", "settings"): lambda request: self._portal.settings,
            ("POST", "settings"): self._change_settings,
            ("POST", "seed"): lambda request: seed(self._portal, _document(request)),
            ("POST", "edit"): self._edit,
            ("POST", "create"): self._create,
            ("POST", "associate"): self._associate,
            ("POST", "archive"): self._archive,
            ("POST", "merge"): self._merge,
            ("POST", "gdpr_delete"): self._gdpr_delete,
            ("GET", "faults"): lambda request: self._faults(),
            ("POST", "faults"): self._plan_faults,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "dump"): lambda request: dump(self._portal),
            ("GET", "digest"): lambda request: {"digest": digest(self._portal)},
            ("GET", "history"): self._history,
            ("POST", "reset"): self._reset,
        }
        self._routes |= {("POST", name): self._act(name) for name in ACTS}

    @property
    def _portal(self) -> Portal:
        return self._simulator.portal

    def handle(self, request: Request, name: str) -> Response:
        """Answer one control plane request."""
        act = self._routes.get((request.method, name.strip("/")))
        if act is None:
            known = ", ".join(f"{method} {route}" for method, route in self._routes)
            return json_response(404, {"error": f"no {request.method} /_simulator/{name}; there is: {known}"})
        try:
            return json_response(200, act(request))
        except Refusal as refusal:
            return json_response(refusal.status, {"error": str(refusal), **refusal.document})
        except KeyError as error:
            return json_response(400, {"error": f"{name}: the request lacks {error}"})
        except (ValueError, TypeError) as error:
            return json_response(400, {"error": f"{name}: {error}"})

    def _act(self, name: str) -> Callable[[Request], Any]:
        return lambda request: ACTS[name](self._portal, _document(request))

    def _now(self) -> dict[str, str]:
        return {"now": to_text(self._simulator.clock.now())}

    def _move_clock(self, request: Request) -> dict[str, str]:
        document = _document(request)
        if "now" in document:
            self._simulator.clock.set(from_text(str(document["now"])))
        else:
            self._simulator.clock.advance(float(document["advance_seconds"]))
        return self._now()

    def _change_settings(self, request: Request) -> dict[str, Any]:
        self._portal.settings = merged_settings(self._portal.settings, dict(_document(request)))
        if self._portal.settings["salesforce_sync_installed"]:
            install_salesforce_sync(self._portal)
        return self._portal.settings

    def _edit(self, request: Request) -> dict[str, Any]:
        document = _document(request)
        kind, record = self._record(document, "id")
        actor = _actor(document)
        prepared = prepare_update(self._portal, (kind, record), document["properties"], actor)
        apply(self._portal, prepared)
        return {"id": record.id, "updatedAt": record.updated_at}

    def _create(self, request: Request) -> dict[str, Any]:
        document = _document(request)
        kind = object_type(str(document["object"]))
        prepared = prepare_create(self._portal, kind, document["properties"], _actor(document))
        record = apply(self._portal, prepared)
        for row in document.get("associations") or ():
            associate(self._portal, {"from": [kind.name, record.id], **row})
        return {"id": record.id}

    def _associate(self, request: Request) -> dict[str, Any]:
        document = _document(request)
        rows = document.get("associations") or [document]
        for row in rows:
            associate(self._portal, row)
        return {"associations": len(rows)}

    def _archive(self, request: Request) -> dict[str, Any]:
        kind, record = self._record(_document(request), "id")
        self._portal.archive(kind, record)
        return {"id": record.id}

    def _merge(self, request: Request) -> dict[str, Any]:
        document = _document(request)
        kind = object_type(str(document["object"]))
        ids = (str(document["primary"]), str(document["other"]))
        return {"id": merge(self._portal, kind, ids, _actor(document)).id}

    def _gdpr_delete(self, request: Request) -> dict[str, Any]:
        kind, record = self._record(_document(request), "id")
        gdpr_delete(self._portal, kind, record)
        return {"id": record.id}

    def _record(self, document: Document, name: str) -> tuple[ObjectType, Record]:
        kind = object_type(str(document["object"]))
        record = self._portal.find(kind, str(document[name]))
        if record is None:
            raise ValueError(f"there is no {kind.name} record {document[name]}")
        return kind, record

    def _faults(self) -> dict[str, Any]:
        return {"faults": [fault_document(fault) for fault in self._simulator.faults.faults]}

    def _plan_faults(self, request: Request) -> dict[str, Any]:
        self._simulator.faults = FaultPlan(fault_from(row) for row in _document(request)["faults"])
        return self._faults()

    def _requests(self, request: Request) -> Any:
        log = self._simulator.log
        return log.totals() if request.parameter("count") else {"requests": log.rows()}

    def _clear_requests(self, request: Request) -> dict[str, Any]:
        self._simulator.log.clear()
        return self._simulator.log.totals()

    def _history(self, request: Request) -> dict[str, Any]:
        name, record_id = request.parameter("object"), request.parameter("id")
        kind = object_type(name).name if name else None
        rows = [
            row.document() for row in self._portal.changes if kind in (None, row.object) and record_id in (None, row.id)
        ]
        return {"history": rows}

    def _reset(self, request: Request) -> dict[str, str]:
        self._simulator.reset()
        return self._now()


def dump(portal: Portal) -> dict[str, Any]:
    """The whole state in a fixed order; archived records and merged-away ids apart."""
    live: dict[str, dict[str, dict[str, str]]] = {}
    archived: dict[str, dict[str, dict[str, str]]] = {}
    for name, collection in portal.collections.items():
        rows = [collection.records[str(number)] for number in collection.order]
        live[name] = {row.id: _sorted(row.properties) for row in rows if not row.archived}
        archived[name] = {row.id: _sorted(row.properties) for row in rows if row.archived}
    return {
        "records": live,
        "archived": archived,
        "merged": {name: _sorted(aliases) for name, aliases in portal.aliases.items()},
        "associations": portal.associations.dump(),
        "owners": [portal.owners[key] for key in sorted(portal.owners, key=int)],
        "marketing": portal.marketing.document(),
    }


def digest(portal: Portal) -> str:
    """The SHA-256 of the canonical dump."""
    text = json.dumps(dump(portal), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sorted(values: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(values.items()))


def _document(request: Request) -> Document:
    document = request.json()
    if not isinstance(document, dict):
        raise ValueError("a JSON object is expected")
    return document


def _actor(document: Document) -> Actor:
    source, user = str(document.get("source", "CRM_UI")), document.get("by")
    user_id = int(user) if user is not None else None
    if source == "CRM_UI":
        return Actor(source, f"userId:{user_id}" if user_id is not None else None, None, user_id)
    return Actor(source, str(document.get("source_id", source.lower())), document.get("source_label"), user_id)
