"""Putting contacts on static lists and taking them off again, and reading who is on which.

Decides which list a company means (by id or by name) and whether the portal lets anybody but itself change it: lists
with filters keep themselves. What the contract sheet (2.14) leaves open follows the vendor's public reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.objects import BATCH_SIZE_MAX, SYSTEM
from connector.errors import BatchRejected, SchemaDrift
from connector.executor import Executor
from connector.model import Outcome, RawRecord, RecordRef, RowOutcome, RowWrite
from connector.ports.memberships import MEMBERSHIPS, collection_of

CONTACTS = "0-1"
STATIC = ("MANUAL", "SNAPSHOT")


@dataclass
class ListMembers:
    """The static lists of one portal. ``known``: what a company calls a list -> the list, as far as it was asked."""

    client: HubSpotClient
    executor: Executor
    known: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)

    def read(self, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """For every contact whether it is on each list; a list that does not exist stays absent."""
        lists = {name: self._list(collection_of(name)) for name in fields}
        on = self._lists_of([record_id for record_id in record_ids if record_id.isdigit()])
        at = self.client.last_date()
        return {
            record_id: RawRecord(
                RecordRef(SYSTEM, MEMBERSHIPS, record_id),
                at,
                {
                    name: str(each["listId"]) in on.get(record_id, frozenset())
                    for name, each in lists.items()
                    if each is not None
                },
            )
            for record_id in record_ids
        }

    def send(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """One request for rows of one list. Who is on it already is left on it; who is not there is gone."""
        (name,) = {name for row in rows for name in row.fields}
        chosen = self._list(collection_of(name))
        refusal = _refusal(chosen)
        if chosen is None or refusal:
            return [RowOutcome(row.action_id, Outcome.REJECTED, code=refusal, field=name) for row in rows]
        try:
            answer = self._changed(str(chosen["listId"]), rows)
        except BatchRejected as error:
            if len(rows) > 1:
                raise
            return [RowOutcome(rows[0].action_id, Outcome.REJECTED, code=error.code or "REFUSED", field=name)]
        missing = {str(record_id) for record_id in answer.get("recordIdsMissing") or ()}
        return [_outcome(row, missing) for row in rows]

    def _changed(self, list_id: str, rows: Sequence[RowWrite]) -> Mapping[str, Any]:
        document: dict[str, list[str]] = {"recordIdsToAdd": [], "recordIdsToRemove": []}
        for row in rows:
            (is_member,) = row.fields.values()
            document["recordIdsToAdd" if is_member else "recordIdsToRemove"].append(_contact(row))
        return self.client.write(self.client.paths.lists(list_id, "memberships", "add-and-remove"), document, "PUT")

    def _lists_of(self, record_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        portions = [record_ids[start : start + BATCH_SIZE_MAX] for start in range(0, len(record_ids), BATCH_SIZE_MAX)]
        path = self.client.paths.lists("records", "memberships", "batch", "read")

        def ask(portion: Sequence[str]) -> list[Mapping[str, Any]]:
            inputs = [{"objectTypeId": CONTACTS, "recordId": record_id} for record_id in portion]
            return list(self.client.post_read(path, {"inputs": inputs}).get("results", ()))

        return {
            str(row["recordId"]): frozenset(str(each["listId"]) for each in row.get("recordListMemberships", ()))
            for rows in self.executor.run(ask, portions)
            for row in rows
        }

    def _list(self, named: str) -> Mapping[str, Any] | None:
        """The list of this id, else of exactly this name; asked once."""
        if named not in self.known:
            self.known[named] = self._by_id(named) if named.isdigit() else self._by_name(named)
        return self.known[named]

    def _by_id(self, list_id: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self.client.get(self.client.paths.lists(list_id))["list"]
        except SchemaDrift:  # 404
            return None
        return found

    def _by_name(self, name: str) -> Mapping[str, Any] | None:
        answer = self.client.post_read(self.client.paths.lists("search"), {"query": name, "count": 500, "offset": 0})
        same = (each for each in answer.get("lists", ()) if each.get("name") == name)
        return next((each for each in same if each.get("objectTypeId", CONTACTS) == CONTACTS), None)


def _refusal(chosen: Mapping[str, Any] | None) -> str:
    if chosen is None:
        return "NO_SUCH_LIST"
    return "" if chosen.get("processingType") in STATIC else "LIST_KEEPS_ITSELF"


def _contact(row: RowWrite) -> str:
    if row.ref is None:
        raise ValueError(f"action {row.action_id} does not name a HubSpot record")
    return row.ref.record_id


def _outcome(row: RowWrite, missing: set[str]) -> RowOutcome:
    if _contact(row) in missing:
        return RowOutcome(row.action_id, Outcome.GONE, code="OBJECT_NOT_FOUND")
    return RowOutcome(row.action_id, Outcome.SENT, record_id=_contact(row))
