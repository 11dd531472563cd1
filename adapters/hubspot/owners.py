"""Owners and pipeline stages: short lists that are read whole, because they have no search and no stamps filter.

Decides how they look as records: an owner by its ``id`` (what ``hubspot_owner_id`` holds), a stage by its id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.objects import OWNERS, PIPELINES, SYSTEM, TEAMS
from adapters.hubspot.records import moment
from connector.model import RawRecord, RecordRef, Wire

OWNER_FIELDS = (
    *("id", "email", "firstName", "lastName", "userId", "userIdIncludingInactive", "type", "archived"),
    *("name", "active"),  # ours: both names in one, and whether the owner is not archived
    *("team", "team_ids"),  # ours: the name of the primary team, and the ids of all
)
STAGE_FIELDS = (
    "stage_id",
    "stage_label",
    "display_order",
    "pipeline_id",
    "pipeline_label",
    "probability",
    "is_closed",
)
_TEAM_USERS = {"user_ids": "userIds", "secondary_user_ids": "secondaryUserIds"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def owners(client: HubSpotClient, fields: Sequence[str]) -> Iterator[RawRecord]:
    """Every owner, first the active, then the archived ones (field ``archived``; not ``deleted``: records
    may still name them)."""
    for archived in ("false", "true"):
        query = [("limit", "100"), ("archived", archived)]
        for row in listed(client, client.paths.owners(), query):
            values = _owner(row)
            yield _record(OWNERS, row, {name: values[name] for name in fields if name in values})


def stages(client: HubSpotClient, object_name: str, fields: Sequence[str]) -> Iterator[RawRecord]:
    """Every stage of every pipeline of one object type."""
    answer = client.get(client.paths.pipelines(object_name))
    for pipeline in answer.get("results", ()):
        for stage in pipeline.get("stages", ()):
            values = _stage(pipeline, stage)
            yield _record(PIPELINES, stage, {name: values[name] for name in fields if name in values})


def listed(client: HubSpotClient, path: str, query: Sequence[tuple[str, str]]) -> Iterator[Mapping[str, Any]]:
    """Every row of a paged list."""
    after: str | None = None
    while True:
        page = client.get(path, [*query, *([("after", after)] if after else [])])
        yield from page.get("results", ())
        after = next_after(page)
        if after is None:
            return


def next_after(page: Mapping[str, Any]) -> str | None:
    """Where the next page starts; ``None`` on the last one."""
    after = ((page.get("paging") or {}).get("next") or {}).get("after")
    return None if after is None else str(after)


def _owner(row: Mapping[str, Any]) -> dict[str, Any]:
    name = " ".join(str(row[key]) for key in ("firstName", "lastName") if row.get(key))
    teams = sorted(row.get("teams") or (), key=lambda team: (not team.get("primary"), str(team.get("id"))))
    return {
        **row,
        "name": name or row.get("email"),
        "active": not row.get("archived"),
        "team": teams[0].get("name") if teams else None,
        "team_ids": ";".join(str(team["id"]) for team in teams) or None,
    }


def teams(client: HubSpotClient, fields: Sequence[str]) -> Iterator[RawRecord]:
    """Every team with its users' ids, which are those of ``userId`` and not of the owner."""
    for row in client.get(client.paths.teams()).get("results", ()):
        joined = {name: ";".join(str(each) for each in row.get(key) or ()) for name, key in _TEAM_USERS.items()}
        values = {"id": str(row["id"]), "name": row.get("name"), **joined}
        yield _record(TEAMS, row, {name: values[name] for name in fields if name in values})


def _stage(pipeline: Mapping[str, Any], stage: Mapping[str, Any]) -> dict[str, Wire]:
    metadata = stage.get("metadata") or {}
    return {
        "stage_id": str(stage["id"]),
        "stage_label": stage.get("label"),
        "display_order": stage.get("displayOrder"),
        "pipeline_id": str(pipeline["id"]),
        "pipeline_label": pipeline.get("label"),
        "probability": metadata.get("probability"),
        "is_closed": metadata.get("isClosed"),
    }


def _record(object_name: str, row: Mapping[str, Any], fields: Mapping[str, Wire]) -> RawRecord:
    stamp, created = row.get("updatedAt"), row.get("createdAt")
    return RawRecord(
        ref=RecordRef(SYSTEM, object_name, str(row["id"])),
        modified_at=moment(str(stamp)) if stamp else _EPOCH,
        fields=fields,
        created_at=moment(str(created)) if created else None,
    )
