"""What an earlier attempt created: by our key where the object has one, else among what is tied to the same record.

A record of ours is known again by the values it was born with, read from its history: what people have changed since,
moved with a merge or put into the recycle bin is still what that attempt made. Times are not compared, because two
clocks are two clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.hubspot.associations import associated, is_tied
from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.lookup import Lookup
from adapters.hubspot.objects import ObjectFacts, facts_of
from adapters.hubspot.owners import next_after
from adapters.hubspot.records import encode, moment
from connector.model import FieldWriter, RowWrite, Wire
from connector.ports.associations import tied_object

LIST_SIZE_MAX = 100
REFORMATTED = frozenset({"hs_task_body"})
"""What the portal keeps in a form of its own."""


class MadeBefore:
    """Probes of one portal. ``key_fields``: object -> the unique property that holds our key."""

    def __init__(self, client: HubSpotClient, lookup: Lookup, key_fields: Mapping[str, str]) -> None:
        self._client = client
        self._lookup = lookup
        self._key_fields = key_fields

    def of(self, facts: ObjectFacts, rows: Sequence[RowWrite]) -> dict[str, str]:
        """Action id -> record id."""
        found = self._lookup.created(facts, rows)
        tied = [row for row in rows if is_tied(row)]
        if tied and facts.name not in self._key_fields:
            found |= self._tied(facts, tied)
        missing = [row for row in tied if row.action_id not in found]
        return found | self._archived(facts, missing) if missing else found

    def _tied(self, facts: ObjectFacts, rows: Sequence[RowWrite]) -> dict[str, str]:
        """Among the living records that are associated with the same record, or with who took it in."""
        beside = self._beside(facts, rows)
        names = sorted({name for row in rows for name in _born_with(row)})
        everything = sorted({record_id for ids in beside.values() for record_id in ids})
        born = {key: _born(entries) for key, entries in self._lookup.writers(facts, everything, names).items()}
        found: dict[str, str] = {}
        for row in rows:
            ids = (record_id for record_id in beside.get(row.action_id, ()) if record_id not in found.values())
            same = next((record_id for record_id in ids if _is_same(row, born.get(record_id, {}))), None)
            if same is not None:  # two intents are two records
                found[row.action_id] = same
        return found

    def _beside(self, facts: ObjectFacts, rows: Sequence[RowWrite]) -> dict[str, tuple[str, ...]]:
        """Action id -> records of the object beside it."""
        found: dict[str, tuple[str, ...]] = {}
        for target in sorted({target for row in rows for target in _ties(row)}):
            ends = {row.action_id: str(row.fields[_ties(row)[target]]) for row in rows if target in _ties(row)}
            moved = self._survivors(target, sorted(set(ends.values())))
            current = {action_id: moved.get(end, end) for action_id, end in ends.items()}
            tied = associated(self._client, target, facts.name, sorted(set(current.values())))
            found |= {action_id: tied.get(end, ()) for action_id, end in current.items()}
        return found

    def _survivors(self, target: str, record_ids: Sequence[str]) -> dict[str, str]:
        """Old id -> id now, of those that were merged away."""
        records = self._lookup.by_id(facts_of(target), record_ids, ())
        return {key: item.successor.record_id for key, item in records.items() if item.successor is not None}

    def _archived(self, facts: ObjectFacts, rows: Sequence[RowWrite]) -> dict[str, str]:
        """In the recycle bin, which can only be read whole: made again, it would fight who deleted it."""
        key_field = self._key_fields.get(facts.name)
        names = [key_field] if key_field is not None else sorted({name for row in rows for name in _born_with(row)})
        found: dict[str, str] = {}
        for item in self._bin(facts, names):
            held = item.get("properties") or {}
            for row in rows:
                same = held.get(key_field) == row.external_key if key_field is not None else _is_same(row, held)
                if same and row.action_id not in found:
                    found[row.action_id] = str(item["id"])
                    break
        return found

    def _bin(self, facts: ObjectFacts, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        after: str | None = ""
        while after is not None:
            query = [("limit", str(LIST_SIZE_MAX)), ("archived", "true"), ("properties", ",".join(names))]
            answer = self._client.get(
                self._client.paths.objects(facts.name), [*query, *([("after", after)] if after else [])]
            )
            yield from answer.get("results", ())
            after = next_after(answer)


def _ties(row: RowWrite) -> dict[str, str]:
    """Object -> the field that ties a new record to one of its records."""
    return {target: name for name in row.fields if (target := tied_object(name)) is not None}


def _born_with(row: RowWrite) -> dict[str, Wire]:
    """The values by which a record is known again."""
    return {name: value for name, value in row.fields.items() if tied_object(name) is None and name not in REFORMATTED}


def _born(entries: Sequence[FieldWriter]) -> dict[str, Wire]:
    """The first value of every property; histories are newest first. What a person set first was made by a person."""
    first = {entry.field: entry for entry in entries}
    return {name: entry.value for name, entry in first.items() if not entry.by_person}


def _is_same(row: RowWrite, held: Mapping[str, Wire]) -> bool:
    return all(_plain(value) == _plain(held.get(name)) for name, value in _born_with(row).items())


def _plain(value: Wire) -> str:
    """A value in one form: moments are told in several."""
    text = "" if value is None else str(value).strip()
    try:
        return str(encode(moment(text))) if "T" in text else text
    except ValueError:
        return text
