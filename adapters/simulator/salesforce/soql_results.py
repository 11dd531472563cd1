"""The JSON form of query results: nested parents, child lists, aggregates (sheet section 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.salesforce.org import Fields, Org
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import Field
from adapters.simulator.salesforce.soql_fields import Scope, parent_reader
from adapters.simulator.salesforce.soql_syntax import Aggregate, FieldGroup, Path

FIELD_GROUP_LIMIT_MAX = 200
ChildReader = Callable[[Fields, str], Any]


@dataclass
class Projection:
    """What of a row is shown, in the order of the select list; a reference in ``via`` leads to parents."""

    org: Org
    object_name: str
    fields: dict[str, str] = field(default_factory=dict)
    parents: dict[str, tuple[Callable[[Fields], Fields | None], Projection]] = field(default_factory=dict)
    children: dict[str, ChildReader] = field(default_factory=dict)

    def render(self, row: Fields, base: str) -> Fields:
        """The record with ``attributes``; ``base`` is the path of the API version."""
        kind = self.org.schema.object_of(row["Id"])
        shown: Fields = {"attributes": {"type": self.object_name, "url": f"{base}/sobjects/{kind}/{row['Id']}"}}
        for name in self.fields:
            shown[name] = row.get(name)
        for name, (read, projection) in self.parents.items():
            parent = read(row)
            shown[name] = None if parent is None else projection.render(parent, base)
        for name, children in self.children.items():
            shown[name] = children(row, base)
        return shown

    def add(self, parents: Iterable[Field], name: str) -> None:
        """Show a field, perhaps of a parent."""
        projection = self
        for reference in parents:
            relationship = str(reference.relationship)
            if relationship not in projection.parents:
                target = "Name" if reference.polymorphic else reference.reference_to[0]
                inner = Projection(self.org, target)
                projection.parents[relationship] = (parent_reader(self.org, reference), inner)
            projection = projection.parents[relationship][1]
        projection.fields[name] = name


def add_path(projection: Projection, scope: Scope, path: Path) -> None:
    """Show a selected path."""
    resolved = scope.resolve(path)
    projection.add(resolved.parents, resolved.field.name)


def add_group(projection: Projection, scope: Scope, group: FieldGroup) -> None:
    """Show ``FIELDS(...)``; ALL and CUSTOM need a LIMIT of at most 200 (sheet section 5)."""
    limit = scope.query.limit
    if group.which != "STANDARD" and (limit is None or limit > FIELD_GROUP_LIMIT_MAX):
        message = f"The SOQL FIELDS function must have a LIMIT of at most {FIELD_GROUP_LIMIT_MAX}"
        raise Refusal("MALFORMED_QUERY", message)
    for entry in scope.org.schema.visible_fields(scope.entry):
        if group.which == "ALL" or (group.which == "CUSTOM") == entry.custom:
            projection.add((), entry.name)


def aggregated(scope: Scope, rows: list[Fields]) -> list[Fields]:
    """One AggregateResult per group (one in all without GROUP BY)."""
    query = scope.query
    keys = [scope.reader(path)[1] for path in query.group_by]
    groups: dict[tuple[Any, ...], list[Fields]] = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(key(row) for key in keys), []).append(row)
    columns = _columns(scope)
    found = []
    for members in groups.values():
        record: Fields = {"attributes": {"type": "AggregateResult"}}
        found.append(record | {name: column(members) for name, column in columns})
    return found


def _columns(scope: Scope) -> list[tuple[str, Callable[[list[Fields]], Any]]]:
    grouped = {str(path).lower() for path in scope.query.group_by}
    columns: list[tuple[str, Callable[[list[Fields]], Any]]] = []
    unnamed = 0
    for item in scope.query.select:
        if isinstance(item, Aggregate):
            name = item.alias or f"expr{unnamed}"
            unnamed += item.alias is None
            columns.append((name, _function(scope, item)))
        elif isinstance(item, Path) and str(item).lower() in grouped:
            field_found, reader = scope.reader(item)
            columns.append((field_found.name, _of_first(reader)))
        else:
            shown = str(item) if isinstance(item, Path) else "FIELDS"
            raise Refusal("MALFORMED_QUERY", f"Field must be grouped or aggregated: {shown}")
    return columns


def _of_first(reader: Callable[[Fields], Any]) -> Callable[[list[Fields]], Any]:
    return lambda members: reader(members[0])


def _function(scope: Scope, item: Aggregate) -> Callable[[list[Fields]], Any]:
    if item.path is None:
        return len
    _, reader = scope.reader(item.path)

    def apply(members: list[Fields]) -> Any:
        found = [value for value in map(reader, members) if value is not None]
        return _FUNCTIONS[item.function](found)

    return apply


def _average(found: list[Any]) -> float | None:
    return sum(found) / len(found) if found else None


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda found: len(set(found)),
    "MIN": lambda found: min(found, default=None),
    "MAX": lambda found: max(found, default=None),
    "SUM": lambda found: sum(found) if found else None,
    "AVG": _average,
}
