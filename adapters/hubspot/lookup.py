"""Reads that are strongly consistent: by id, by e-mail or key, with history, and the probe for earlier creates.

Decides how many go into one request and what a missing answer may mean. Must not know rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.objects import BATCH_SIZE_MAX, HISTORY_SIZE_MAX, ObjectFacts
from adapters.hubspot.records import merged_away, moment, record
from connector.errors import SchemaDrift
from connector.executor import Executor
from connector.model import FieldWriter, RawRecord, RowWrite

_VALUES_LENGTH_MAX = 2_000  # of a search body that may have 3,000 characters
_SEARCH_SIZE_MAX = 200


class Lookup:
    """Reads of one portal. ``key_fields``: object -> the unique property that holds our key."""

    def __init__(self, client: HubSpotClient, executor: Executor, key_fields: Mapping[str, str]) -> None:
        self._client = client
        self._executor = executor
        self._key_fields = key_fields

    def by_id(self, facts: ObjectFacts, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Records by the asked id; a merged-away one has its successor set, what is missing is gone."""
        asked = [record_id for record_id in dict.fromkeys(record_ids) if record_id.isdigit()]
        found = self.live(facts, asked, fields)
        if facts.mergeable:
            for old_id in (record_id for record_id in asked if record_id not in found):
                survivor = self._survivor(facts, old_id)
                if survivor is not None:
                    found[old_id] = survivor
        return found

    def live(self, facts: ObjectFacts, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Records by id, live ones only; ids that were merged away or archived are missing."""
        found: dict[str, RawRecord] = {}
        for row in self._read(facts, record_ids, fields, id_property=None):
            item = record(facts, row, fields)
            found[item.ref.record_id] = item
        return {record_id: found[record_id] for record_id in record_ids if record_id in found}

    def _survivor(self, facts: ObjectFacts, old_id: str) -> RawRecord | None:
        """A single GET answers an old id with the survivor, which has another id (contract sheet 2.7)."""
        query = [("properties", facts.modified)]
        try:
            row = self._client.get(self._client.paths.objects(facts.name, old_id), query)
        except SchemaDrift:  # 404: really gone
            return None
        item = record(facts, row, ())
        return None if item.ref.record_id == old_id else merged_away(facts, old_id, item)

    def by_value(self, facts: ObjectFacts, field: str, values: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
        """Records by a unique property (strongly consistent); by any other, a search, which lags."""
        if field == self._key_fields.get(facts.name):
            rows = self._read(facts, _distinct(values), fields, id_property=field)
        elif (facts.name, field) == ("contacts", "email"):
            rows = self._read(facts, _distinct(value.lower() for value in values), fields, id_property=field)
        else:  # IN wants lower case for texts (contract sheet 2.4)
            rows = self._searched(facts, field, _distinct(value.lower() for value in values), fields)
        # Batches answer in any order (contract sheet 2.2): by id, the same records are always the same answer.
        return [record(facts, row, fields) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def created(self, facts: ObjectFacts, rows: Sequence[RowWrite]) -> dict[str, str]:
        """Action id -> record id, by our key; nothing where the object has no key property."""
        key_field = self._key_fields.get(facts.name)
        by_key = {row.external_key: row.action_id for row in rows if row.external_key}
        if key_field is None or not by_key:
            return {}
        found = self._read(facts, list(by_key), (key_field,), id_property=key_field)
        return {
            by_key[row["properties"][key_field]]: str(row["id"])
            for row in found
            if row["properties"].get(key_field) in by_key
        }

    def writers(
        self, facts: ObjectFacts, record_ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[FieldWriter]]:
        """The history of the fields per record id, newest first."""
        shape = {"properties": [], "propertiesWithHistory": list(fields)}
        rows = self._batches(facts, record_ids, shape, HISTORY_SIZE_MAX)
        return {str(row["id"]): sorted(_history(row), key=lambda entry: entry.at, reverse=True) for row in rows}

    def _read(
        self, facts: ObjectFacts, values: Sequence[str], fields: Sequence[str], *, id_property: str | None
    ) -> list[Mapping[str, Any]]:
        """Found rows; missing ones are one error row of a 207 (contract sheet 2.2), which says nothing new."""
        shape: dict[str, object] = {
            "properties": list(facts.properties(tuple(fields))),
            "propertiesWithHistory": [],
            **({} if id_property is None else {"idProperty": id_property}),
        }
        return self._batches(facts, values, shape, BATCH_SIZE_MAX)

    def _batches(
        self, facts: ObjectFacts, values: Sequence[str], shape: Mapping[str, object], size_max: int
    ) -> list[Mapping[str, Any]]:
        """The rows of all batches, which may be read side by side."""
        path = self._client.paths.objects(facts.name, "batch", "read")
        portions = [values[start : start + size_max] for start in range(0, len(values), size_max)]

        def ask(portion: Sequence[str]) -> list[Mapping[str, Any]]:
            inputs = [{"id": value} for value in portion]
            return list(self._client.post_read(path, {"inputs": inputs, **shape}).get("results", ()))

        return [row for rows in self._executor.run(ask, portions) for row in rows]

    def _searched(
        self, facts: ObjectFacts, field: str, values: Sequence[str], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Ids by search, then the values by id: a hit may be stale."""
        ids: list[str] = []
        for portion in _portions(values):
            ids += self._hits(facts, field, portion)
        return self._read(facts, list(dict.fromkeys(ids)), fields, id_property=None)

    def _hits(self, facts: ObjectFacts, field: str, values: Sequence[str]) -> list[str]:
        ids: list[str] = []
        while True:
            filters = [
                {"propertyName": field, "operator": "IN", "values": list(values)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": ids[-1] if ids else "0"},
            ]
            document = {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": [],
                "limit": _SEARCH_SIZE_MAX,
            }
            answer = self._client.search(facts.name, document)
            hits = [str(hit["id"]) for hit in answer.get("results", ())]
            ids += hits
            if not hits or not answer.get("paging"):
                return ids


def _distinct(values: Iterable[str]) -> list[str]:
    """Not empty, each once: a repeated id refuses the whole batch (contract sheet 2.2)."""
    return [value for value in dict.fromkeys(value.strip() for value in values) if value]


def _history(row: Mapping[str, Any]) -> Iterator[FieldWriter]:
    for field, entries in (row.get("propertiesWithHistory") or {}).items():
        for entry in entries or ():
            yield FieldWriter(
                field=str(field),
                value=entry.get("value"),
                at=moment(str(entry["timestamp"])),
                actor=_actor(entry),
                source=str(entry.get("sourceType") or ""),
                by_person=_actor(entry).startswith("userId:"),
            )


def _actor(entry: Mapping[str, Any]) -> str:
    """An app by its source id, a person as ``userId:<number>``."""
    source_id = str(entry.get("sourceId") or "")
    user_id = entry.get("updatedByUserId")
    if entry.get("sourceType") == "INTEGRATION" or not user_id:
        return source_id
    return f"userId:{user_id}"


def _portions(values: Sequence[str]) -> Iterator[list[str]]:
    portion: list[str] = []
    length = 0
    for value in values:
        if portion and (length + len(value) > _VALUES_LENGTH_MAX or len(portion) >= BATCH_SIZE_MAX):
            yield portion
            portion, length = [], 0
        portion.append(value)
        length += len(value) + 4
    if portion:
        yield portion
