"""Decides which handler answers a path, in any of the served API versions; must not know what handlers do.

Version table: contract sheet 0. A trailing slash does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from adapters.simulator.hubspot import (
    account_api,
    associations_api,
    batch_api,
    marketing_api,
    members_api,
    merge_api,
    objects_api,
    properties_api,
    search_api,
)
from adapters.simulator.hubspot.auth import object_scopes, schema_scopes
from adapters.simulator.hubspot.call import Handler
from adapters.simulator.hubspot.object_types import object_type

_FORMS = (
    re.compile(r"/crm/(?P<version>v3)/(?P<area>objects|properties|owners|pipelines)(?P<rest>/.*)?"),
    re.compile(r"/crm/(?P<version>v4)/(?P<area>associations|objects)(?P<rest>/.*)"),
    re.compile(
        r"/crm/(?P<area>objects|associations|properties|owners|pipelines)"
        r"/(?P<version>2026-03|2026-09)(?P<rest>/.*)?"
    ),
    re.compile(r"/(?P<area>account-info)/(?P<version>v3|2026-03|2026-09)(?P<rest>/.*)"),
    re.compile(r"/crm/(?P<version>v3)/(?P<area>lists)(?P<rest>/.*)?"),
    re.compile(r"/crm/(?P<area>lists)/(?P<version>2026-03|2026-09)(?P<rest>/.*)?"),
    re.compile(r"/(?P<area>marketing|settings)/(?P<version>v3)(?P<rest>/.*)"),
    re.compile(r"/(?P<area>form-integrations)/(?P<version>v1)(?P<rest>/.*)"),
    re.compile(r"/(?P<area>email)/public/(?P<version>v1)(?P<rest>/.*)"),
    re.compile(r"/(?P<area>communication-preferences)/(?P<version>v4)(?P<rest>/.*)"),
    re.compile(r"/(?P<area>oauth)/(?P<version>v1|v3|2026-03|2026-09)(?P<rest>/.*)"),
)


@dataclass(frozen=True)
class Route:
    """A path taken apart: area, API version, remaining segments."""

    area: str
    version: str
    parts: tuple[str, ...]

    @property
    def search(self) -> bool:
        """Whether this is a search, which has its own limit and no rate limit headers."""
        return self.area == "objects" and self.parts[1:] == ("search",)


def route_of(path: str) -> Route | None:
    """The route of a path; None when the vendor has no such path."""
    for form in _FORMS:
        match = form.fullmatch(path.rstrip("/"))
        if match:
            parts = tuple(unquote(part) for part in (match["rest"] or "").split("/") if part)
            return Route(match["area"], match["version"], parts)
    return None


# Per area: (method, pattern of the remaining segments) to handler; "*" stands for any one segment.
_OBJECTS: dict[tuple[str, str], Handler] = {
    ("GET", "*"): objects_api.list_records,
    ("POST", "*"): objects_api.create_record,
    ("POST", "*/search"): search_api.search,
    ("POST", "*/merge"): merge_api.merge_call,
    ("POST", "*/gdpr-delete"): merge_api.gdpr_delete_call,
    ("POST", "*/batch/read"): batch_api.read_batch,
    ("POST", "*/batch/create"): batch_api.create_batch,
    ("POST", "*/batch/update"): batch_api.update_batch,
    ("POST", "*/batch/upsert"): batch_api.upsert_batch,
    ("POST", "*/batch/archive"): batch_api.archive_batch,
    ("GET", "*/*"): objects_api.get_record,
    ("PATCH", "*/*"): objects_api.update_record,
    ("DELETE", "*/*"): objects_api.archive_record,
}
_RECORD_TIES: dict[tuple[str, str], Handler] = {
    ("PUT", "*/*/associations/default/*/*"): associations_api.put_tie,
    ("GET", "*/*/associations/*"): associations_api.ties_of_record,
    ("PUT", "*/*/associations/*/*"): associations_api.put_tie,
    ("DELETE", "*/*/associations/*/*"): associations_api.delete_tie,
}
_TIES: dict[tuple[str, str], Handler] = {
    ("GET", "*/*/labels"): associations_api.labels,
    ("POST", "*/*/batch/read"): associations_api.read_ties,
    ("POST", "*/*/batch/create"): associations_api.create_ties,
    ("POST", "*/*/batch/archive"): associations_api.archive_ties,
}
_PROPERTIES: dict[tuple[str, str], Handler] = {
    ("GET", "*"): properties_api.list_properties,
    ("POST", "*"): properties_api.create_property,
    ("GET", "*/groups"): properties_api.list_groups,
    ("POST", "*/groups"): properties_api.create_group,
    ("POST", "*/batch/create"): properties_api.create_properties,
    ("GET", "*/*"): properties_api.get_property,
    ("PATCH", "*/*"): properties_api.update_property,
    ("DELETE", "*/*"): properties_api.archive_property,
}
_OWNERS: dict[tuple[str, str], Handler] = {
    ("GET", ""): account_api.list_owners,
    ("GET", "*"): account_api.get_owner,
}
_PIPELINES: dict[tuple[str, str], Handler] = {
    ("GET", "*"): account_api.list_pipelines,
    ("GET", "*/*"): account_api.get_pipeline,
    ("GET", "*/*/stages"): account_api.list_stages,
}
_ACCOUNT: dict[tuple[str, str], Handler] = {("GET", "details"): account_api.account_details}
_LISTS: dict[tuple[str, str], Handler] = {
    ("POST", "search"): marketing_api.search_lists,
    ("GET", "*"): marketing_api.get_list,
    ("GET", "*/memberships"): marketing_api.members_by_id,
    ("GET", "*/memberships/join-order"): marketing_api.members_by_time,
    ("PUT", "*/memberships/add"): members_api.add_members,
    ("PUT", "*/memberships/remove"): members_api.remove_members,
    ("PUT", "*/memberships/add-and-remove"): members_api.change_members,
    ("GET", "records/*/*/memberships"): members_api.lists_of_record,
    ("POST", "records/memberships/batch/read"): members_api.lists_of_records,
}
_CONSENT: dict[tuple[str, str], Handler] = {
    ("GET", "definitions"): marketing_api.list_subscription_types,
    ("POST", "statuses/batch/read"): marketing_api.read_statuses,
}
_AREAS: dict[str, dict[tuple[str, str], Handler]] = {
    "associations": _TIES,
    "properties": _PROPERTIES,
    "owners": _OWNERS,
    "pipelines": _PIPELINES,
    "account-info": _ACCOUNT,
    "lists": _LISTS,
    "marketing": {("GET", "forms"): marketing_api.list_forms},
    "form-integrations": {("GET", "submissions/forms/*"): marketing_api.list_submissions},
    "email": {("GET", "events"): marketing_api.list_events},
    "communication-preferences": _CONSENT,
    "settings": {("GET", "users/teams"): marketing_api.list_teams},
}
# Scopes of what is no CRM record; those of subscriptions and teams are unconfirmed.
_SCOPES = {
    "owners": "crm.objects.owners.read",
    "lists": "crm.lists.read",
    "marketing": "forms",
    "form-integrations": "forms",
    "email": "content",
    "communication-preferences": "communication_preferences.statuses.batch.read",
    "settings": "settings.users.teams.read",
}
_READING_POSTS = ("search", "batch/read")


def handler_of(route: Route, method: str) -> Handler | None:
    """The handler, or None when the vendor has no such operation."""
    table = _table(route)
    return next((handler for (verb, pattern), handler in table.items() if _fits(verb, pattern, method, route)), None)


def writes(route: Route, method: str) -> bool:
    """Whether the operation can change the portal."""
    return method != "GET" and not "/".join(route.parts).endswith(_READING_POSTS)


def scopes_of(route: Route, method: str) -> list[str]:
    """The scopes the operation needs; raises the vendor's refusal for an unknown object type."""
    if route.area == "lists" and writes(route, method):
        return ["crm.lists.write"]
    if route.area in _SCOPES:
        return [_SCOPES[route.area]]
    if not route.parts or route.area == "account-info":
        return []
    kind, write = object_type(route.parts[0]), writes(route, method)
    rule: Callable[..., list[str]] = schema_scopes if route.area == "properties" else object_scopes
    return rule(kind, write=write)


def _table(route: Route) -> dict[tuple[str, str], Handler]:
    if route.area != "objects":
        return _AREAS.get(route.area, {})
    if len(route.parts) > 2 and route.parts[2] == "associations":
        return {} if route.version == "v3" else _RECORD_TIES
    return {} if route.version == "v4" else _OBJECTS


def _fits(verb: str, pattern: str, method: str, route: Route) -> bool:
    wanted = pattern.split("/") if pattern else []
    if verb != method or len(wanted) != len(route.parts):
        return False
    return all(want in ("*", part) for want, part in zip(wanted, route.parts, strict=True))
