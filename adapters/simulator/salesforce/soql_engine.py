"""Runs a SOQL tree against an org: rows that match, in order, ready to be rendered.

Splits a query into ids (frozen when the cursor is made) and rendering (when a page is fetched): sheet section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from adapters.simulator.salesforce.org import Fields, Org
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import TEXT_TYPES, SObject
from adapters.simulator.salesforce.soql_fields import Scope
from adapters.simulator.salesforce.soql_results import Projection, add_group, add_path, aggregated
from adapters.simulator.salesforce.soql_syntax import Aggregate, FieldGroup, Order, Path, Query
from adapters.simulator.salesforce.soql_tokens import located
from adapters.simulator.salesforce.soql_where import predicate


@dataclass(frozen=True)
class Selection:
    """What a query found: ``total`` rows; either ids to render or finished aggregate records."""

    object_name: str
    total: int
    ids: tuple[str, ...]
    projection: Projection | None
    records: tuple[Fields, ...] = ()
    columns: tuple[str, ...] = ()


def run(org: Org, query: Query, *, with_deleted: bool = False) -> Selection:
    """Find the rows of a query; raises the vendor's refusals."""
    entry = _source(org, query)
    scope = Scope(org, query, entry)
    with_deleted = with_deleted or query.all_rows
    only_count = len(query.select) == 1 and isinstance(query.select[0], Aggregate) and query.select[0].path is None
    grouped = bool(query.group_by) or any(isinstance(item, Aggregate) for item in query.select)
    projection = None if grouped else _projection(scope)
    rows = _matching(scope, with_deleted=with_deleted)
    if only_count and not query.group_by:
        return Selection(entry.name, len(rows), (), None)
    if grouped:
        records = _window(query, aggregated(scope, rows))
        return Selection(entry.name, len(records), (), None, tuple(records))
    rows = _window(query, _sorted(scope, rows))
    columns = tuple(str(item) for item in query.select if isinstance(item, Path))
    return Selection(entry.name, len(rows), tuple(row["Id"] for row in rows), projection, (), columns)


def _source(org: Org, query: Query) -> SObject:
    entry = org.schema.object(query.source)
    if entry is None or not entry.prefix:
        message = (
            f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, be sure "
            "to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names."
        )
        raise located("INVALID_TYPE", message, query.text, query.source_at)
    return entry


def _matching(scope: Scope, *, with_deleted: bool) -> list[Fields]:
    rows = scope.org.visible_rows(scope.entry.name, with_deleted=with_deleted)
    if scope.query.where is None:
        return list(rows)
    matches = predicate(scope, scope.query.where, lambda inner: _values(scope.org, inner))
    return [row for row in rows if matches(row)]


def _values(org: Org, query: Query) -> Iterable[Any]:
    """The values of a semi-join's single column."""
    if len(query.select) != 1 or not isinstance(query.select[0], Path):
        raise Refusal("MALFORMED_QUERY", "The inner select must have exactly one field")
    scope = Scope(org, query, _source(org, query))
    field, reader = scope.reader(query.select[0])
    found = (reader(row) for row in _matching(scope, with_deleted=False))
    fold = field.type in TEXT_TYPES
    return [value.lower() if fold else value for value in found if value is not None]


def _window(query: Query, rows: list[Fields]) -> list[Fields]:
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]


def _sorted(scope: Scope, rows: list[Fields]) -> list[Fields]:
    for term in reversed(scope.query.order_by):
        rows = sorted(rows, key=_sort_key(scope, term), reverse=term.descending)
    return rows


def _sort_key(scope: Scope, term: Order) -> Callable[[Fields], tuple[bool, Any]]:
    field, reader = scope.reader(term.path)
    if not field.sortable:
        raise Refusal("INVALID_FIELD", f"field '{field.name}' can not be sorted in a query call")
    fold = field.type in TEXT_TYPES
    # The flag puts nulls first or last whatever the direction, which turns the flag round too.
    null_flag = term.nulls_last != term.descending
    blank: Any = "" if fold or field.type not in ("int", "double", "currency", "percent", "boolean") else 0

    def key(row: Fields) -> tuple[bool, Any]:
        value = reader(row)
        if value is None:
            return null_flag, blank
        return not null_flag, value.lower() if fold else value

    return key


def _projection(scope: Scope) -> Projection:
    projection = Projection(scope.org, scope.entry.name)
    seen = set()
    for item in scope.query.select:
        if isinstance(item, Path):
            if str(item).lower() in seen:
                raise Refusal("MALFORMED_QUERY", f"duplicate field selected: {item}")
            seen.add(str(item).lower())
            add_path(projection, scope, item)
        elif isinstance(item, FieldGroup):
            add_group(projection, scope, item)
        elif isinstance(item, Query):
            _add_children(projection, scope, item)
    return projection


def _add_children(projection: Projection, scope: Scope, inner: Query) -> None:
    wanted = inner.source.lower()
    found = next((child for child in scope.entry.children if child[0].lower() == wanted), None)
    if found is None:
        message = f"Didn't understand relationship '{inner.source}' in FROM part of query call."
        raise located("INVALID_TYPE", message, inner.text, inner.source_at)
    name, child_name, reference = found
    child_scope = Scope(scope.org, inner, scope.org.schema.objects[child_name])
    child_projection = _projection(child_scope)

    def read(row: Fields, base: str) -> Fields | None:
        rows = [r for r in _matching(child_scope, with_deleted=False) if r.get(reference) == row["Id"]]
        rows = _window(inner, _sorted(child_scope, rows))
        records = [child_projection.render(r, base) for r in rows]
        return {"totalSize": len(records), "done": True, "records": records} if records else None

    projection.children[name] = read
