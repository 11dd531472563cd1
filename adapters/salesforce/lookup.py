"""Reads that are strongly consistent: by id, by e-mail or key, and the probe for what an earlier try created.

Decides how many ids or values go into one request and what a missing answer may mean. Must not know rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from adapters.salesforce import soql
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.objects import ObjectFacts
from adapters.salesforce.records import moment, record
from connector.errors import StaleToken
from connector.executor import Executor
from connector.model import RawRecord, RowWrite

VERSION_FIELD = "LastModifiedDate"
_INTENT_MARGIN = timedelta(seconds=60)  # our clock against theirs, and their whole seconds


class Lookup:
    """Reads of one org; at most ``read_size_max`` ids per request."""

    def __init__(self, client: SalesforceClient, executor: Executor, read_size_max: int) -> None:
        self._client = client
        self._executor = executor
        self._read_size_max = read_size_max

    def by_id(self, facts: ObjectFacts, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Records by the asked id, with ``LastModifiedDate`` (the version of a write) beside the asked fields.

        A merged-away record has its successor set; what is missing is gone or hidden from us.
        """
        asked = [record_id for record_id in dict.fromkeys(record_ids) if soql.is_record_id(record_id)]
        answered = tuple(dict.fromkeys((*fields, *([VERSION_FIELD] if facts.audited else []))))
        found: dict[str, RawRecord] = {}
        for start in range(0, len(asked), self._read_size_max):
            portion = asked[start : start + self._read_size_max]
            rows = self._retrieve(facts, portion, answered)
            for record_id, row in zip(portion, rows, strict=True):
                if row is not None:
                    found[record_id] = record(facts, row, answered)
        missing = [record_id for record_id in asked if record_id not in found]
        if missing and facts.mergeable:
            found.update(self._merged(facts, missing))
        return found

    def _retrieve(
        self, facts: ObjectFacts, record_ids: list[str], fields: Sequence[str]
    ) -> list[Mapping[str, Any] | None]:
        """Rows in the order asked; null for what is missing (contract sheet 9.2)."""
        columns = list(dict.fromkeys((*facts.identity_fields(), *fields)))
        dotted = [column for column in columns if "." in column]
        if dotted:  # retrieve takes plain fields only; parents need a query
            return self._selected(facts, record_ids, columns)
        path = f"composite/sobjects/{soql.name(facts.name)}"
        answer = self._client.post_read(path, {"ids": record_ids, "fields": columns}) or []
        by_id = {str(row["Id"])[:15]: row for row in answer if row}
        return [by_id.get(record_id[:15]) for record_id in record_ids]

    def _selected(
        self, facts: ObjectFacts, record_ids: list[str], columns: list[str]
    ) -> list[Mapping[str, Any] | None]:
        rows = self.where_in(facts.name, "Id", record_ids, columns, include_deleted=False)
        by_id = {str(row["Id"])[:15]: row for row in rows}
        return [by_id.get(record_id[:15]) for record_id in record_ids]

    def _merged(self, facts: ObjectFacts, record_ids: Sequence[str]) -> Iterator[tuple[str, RawRecord]]:
        columns = facts.identity_fields()
        for row in self.where_in(facts.name, "Id", record_ids, columns, include_deleted=True):
            if row.get("MasterRecordId"):
                asked = next(item for item in record_ids if item[:15] == str(row["Id"])[:15])
                yield asked, record(facts, row, ())

    def by_value(self, facts: ObjectFacts, field: str, values: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
        """Records whose field holds one of the values; text is compared without regard to case by the server."""
        columns = tuple(dict.fromkeys((*facts.identity_fields(), *fields)))
        wanted = [value for value in dict.fromkeys(values) if value]
        rows = self.where_in(facts.name, field, wanted, columns, include_deleted=False)
        return [record(facts, row, fields) for row in rows]

    def created(self, object_name: str, key_field: str, rows: Sequence[RowWrite]) -> dict[str, str]:
        """Action id -> record id, by external key.

        A record that was deleted or merged away since counts as created: the same create, sent again, would
        bring it back.
        """
        by_key = {row.external_key: row.action_id for row in rows if row.external_key}
        columns = ("Id", "IsDeleted", key_field)
        found: dict[str, str] = {}
        for row in self.where_in(object_name, key_field, list(by_key), columns, include_deleted=True):
            action_id = by_key.get(row[key_field])
            if action_id and (action_id not in found or not row["IsDeleted"]):
                found[action_id] = str(row["Id"])
        return found

    def logged(self, rows: Sequence[RowWrite], user_id: str | None) -> dict[str, str]:
        """Action id -> Task id where Task has no key field: same person, same subject, ours, since the intent."""
        dated = [row for row in rows if row.intent_at is not None and row.fields.get("WhoId")]
        if not dated:
            return {}
        since = min(row.intent_at for row in dated if row.intent_at) - _INTENT_MARGIN
        conditions = [f"CreatedDate >= {soql.instant(since)}"]
        conditions += [f"CreatedById = {soql.quoted(user_id)}"] if user_id else []
        people = list(dict.fromkeys(str(row.fields["WhoId"]) for row in dated))
        columns = ("Id", "WhoId", "Subject", "CreatedDate")
        tasks = list(self.where_in("Task", "WhoId", people, columns, *conditions, include_deleted=True))
        found: dict[str, str] = {}
        for row in dated:
            task = next((task for task in tasks if _is_same_task(task, row)), None)
            if task is not None:
                found[row.action_id] = str(task["Id"])
                tasks.remove(task)  # two intents are two Tasks
        return found

    def where_in(
        self,
        object_name: str,
        field: str,
        values: Sequence[str],
        columns: Sequence[str],
        *conditions: str,
        include_deleted: bool,
    ) -> Iterator[Mapping[str, Any]]:
        """The rows whose field holds one of the values; as many queries as their length asks for."""
        statements = [
            soql.select(columns, object_name, f"{soql.name(field)} IN {soql.listed(portion)}", *conditions)
            for portion in soql.chunks(values)
        ]
        answers = self._executor.run(partial(self._rows, include_deleted=include_deleted), statements)
        yield from (row for rows in answers for row in rows)

    def _rows(self, statement: str, include_deleted: bool) -> list[Mapping[str, Any]]:
        try:
            return self._every_row(statement, include_deleted)
        except StaleToken:  # from the start: the statement is bounded by its values
            return self._every_row(statement, include_deleted)

    def _every_row(self, statement: str, include_deleted: bool) -> list[Mapping[str, Any]]:
        answer = self._client.query(statement, include_deleted=include_deleted)
        rows = list(answer["records"])
        while not answer["done"]:
            answer = self._client.query_more(answer["nextRecordsUrl"])
            rows += answer["records"]
        return rows


def _is_same_task(task: Mapping[str, Any], row: RowWrite) -> bool:
    same = task["WhoId"] == row.fields.get("WhoId") and task["Subject"] == row.fields.get("Subject")
    return same and _since(task, row.intent_at)


def _since(task: Mapping[str, Any], intent_at: datetime | None) -> bool:
    return intent_at is not None and moment(str(task["CreatedDate"])) >= intent_at - _INTENT_MARGIN
