"""Decides the answer to a search: limits, filter groups, sort, paging over the lagging index; knows no writes.

Contract sheet 2.4. The texts of the refusals for limits and for paging past 10,000 are unconfirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.simulator.hubspot.call import Call, Reply, names_in, objects_in
from adapters.simulator.hubspot.object_types import ObjectType, object_type
from adapters.simulator.hubspot.refusals import validation
from adapters.simulator.hubspot.rendering import View, render
from adapters.simulator.hubspot.schema import Property
from adapters.simulator.hubspot.search_filters import Predicate, Values, predicate, sort_key

_BODY_MAX = 3_000
_LIMIT_MAX = 200
_RESULTS_MAX = 10_000
_GROUPS_MAX = 5
_FILTERS_PER_GROUP_MAX = 6
_FILTERS_MAX = 18

Hit = tuple[str, Values]


def search(call: Call) -> Reply:
    """``POST /{type}/search``."""
    kind, body = call.kind(), call.body()
    if len(call.request.body) > _BODY_MAX:
        raise validation(f"The request body is longer than {_BODY_MAX} characters")
    limit, offset = _window(body)
    hits = _sorted(call, kind, body, _matching(call, kind, body))
    view = View.of(call.portal, kind, names_in(body, "properties"))
    records = call.portal.collections[kind.name].records
    page = [render(call.portal, view, records[key], values) for key, values in hits[offset : offset + limit]]
    document: dict[str, Any] = {"total": len(hits), "results": page}
    if offset + limit < len(hits):
        document["paging"] = {"next": {"after": str(offset + limit)}}
    return Reply(200, document)


def _window(body: Mapping[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", 10), str(body.get("after") or "0")
    if not isinstance(limit, int) or not 0 <= limit <= _LIMIT_MAX:
        raise validation(f"Invalid limit {limit}: it must be at most {_LIMIT_MAX}")
    if not after.isdigit():
        raise validation(f"Invalid paging cursor: {after}")
    if int(after) + limit > _RESULTS_MAX:
        raise validation(f"Paging through more than {_RESULTS_MAX} results is not supported")
    return limit, int(after)


def _matching(call: Call, kind: ObjectType, body: Mapping[str, Any]) -> list[Hit]:
    """The hits in the order of ids."""
    seen = call.portal.index.visible(kind.name, call.portal.clock.now())
    collection = call.portal.collections[kind.name]
    fits = _combined(call, kind, body)
    hits = []
    for number in collection.order:
        key = str(number)
        values = seen.get(key)
        if values is not None and fits(values) and not collection.records[key].archived:
            hits.append((key, values))
    return hits


def _combined(call: Call, kind: ObjectType, body: Mapping[str, Any]) -> Predicate:
    groups = [[_test(call, kind, row) for row in group] for group in _groups(body)]
    words = str(body.get("query") or "").lower().split()
    if len(groups) == 1 and not words:
        tests = groups[0]
        return tests[0] if len(tests) == 1 else lambda values: all(test(values) for test in tests)

    def fits(values: Values) -> bool:
        grouped = not groups or any(all(test(values) for test in group) for group in groups)
        return grouped and (not words or _has_words(kind, values, words))

    return fits


def _groups(body: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    groups = [objects_in(group, "filters") for group in objects_in(body, "filterGroups")]
    if body.get("filters"):
        groups.append(objects_in(body, "filters"))
    if len(groups) > _GROUPS_MAX:
        raise validation(f"At most {_GROUPS_MAX} filter groups are supported, {len(groups)} were sent")
    if any(len(group) > _FILTERS_PER_GROUP_MAX for group in groups):
        raise validation(f"At most {_FILTERS_PER_GROUP_MAX} filters per group are supported")
    if sum(map(len, groups)) > _FILTERS_MAX:
        raise validation(f"At most {_FILTERS_MAX} filters are supported in one search")
    return groups


def _test(call: Call, kind: ObjectType, row: Mapping[str, Any]) -> Predicate:
    name = str(row.get("propertyName"))
    if name.startswith("associations."):
        return _association_test(call, kind, name, row)
    return predicate(_defined(call, kind, name), row)


def _association_test(call: Call, kind: ObjectType, name: str, row: Mapping[str, Any]) -> Predicate:
    target = object_type(name.removeprefix("associations."))
    if row.get("operator") != "EQ" or row.get("value") is None:
        raise validation(f"Only EQ is supported in a search filter on {name}")
    other, ties = (target.name, str(row["value"])), call.portal.associations
    return lambda values: ties.holds((kind.name, values["hs_object_id"]), other)


def _defined(call: Call, kind: ObjectType, name: str) -> Property:
    prop = call.portal.schema.live(kind.name, name)
    if prop is None:
        error = {
            "message": f'Property "{name}" does not exist',
            "code": "PROPERTY_DOESNT_EXIST",
            "context": {"propertyName": [name]},
        }
        raise validation(f"There was a problem with the request. {error['message']}", errors=[error])
    return prop


def _has_words(kind: ObjectType, values: Values, words: list[str]) -> bool:
    text = " ".join(values.get(name, "") for name in kind.searchable).lower()
    return all(word in text for word in words)


def _sorted(call: Call, kind: ObjectType, body: Mapping[str, Any], hits: list[Hit]) -> list[Hit]:
    sorts = body.get("sorts") or []
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise validation("Only one sort is supported in a search")
    name, descending = _sort_rule(sorts[0]) if sorts else (kind.created, False)
    key = sort_key(_defined(call, kind, name))
    if name == "hs_object_id":
        return hits[::-1] if descending else hits
    filled = [hit for hit in hits if name in hit[1]]
    empty = [hit for hit in hits if name not in hit[1]]
    return sorted(filled, key=lambda hit: key(hit[1]), reverse=descending) + empty


def _sort_rule(sort: Any) -> tuple[str, bool]:
    """A sort is an object or, as the specification has it, a text with an optional minus."""
    if isinstance(sort, str):
        return sort.lstrip("-"), sort.startswith("-")
    if not isinstance(sort, dict):
        raise validation("Invalid input JSON: a sort must be an object")
    direction = str(sort.get("direction", "ASCENDING"))
    if direction not in ("ASCENDING", "DESCENDING"):
        raise validation(f"Invalid sort direction {direction}")
    return str(sort.get("propertyName")), direction == "DESCENDING"
