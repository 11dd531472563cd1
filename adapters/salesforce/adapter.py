"""The Salesforce adapter: the core's port on one side, one org's client on the other.

Decides which part answers which call and who "we" are. Holds no rule of its own about rows or retries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from adapters.salesforce.backfill import Backfill
from adapters.salesforce.campaign_members import CampaignMembers
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.lookup import VERSION_FIELD, Lookup
from adapters.salesforce.objects import capability
from adapters.salesforce.pull import Limits, covered_until, incremental
from adapters.salesforce.records import encode, http_date, moment
from adapters.salesforce.schema import Schemas
from adapters.salesforce.writes import Writes
from connector.model import FieldWriter, Lane, RawRecord, RowOutcome, RowWrite, Wire
from connector.ports.adapter import Capability, ObjectSchema, Page, PullRequest, Usage
from connector.ports.connection import Connection
from connector.ports.memberships import MEMBERSHIPS


class SalesforceAdapter:
    """One org of one company.

    Options (keys of the company's ``salesforce`` table): ``daily_calls``, ``lag_s``, ``overlap_s``,
    ``read_size_max``, ``bulk`` (true or false instead of by size), ``covered_check`` (objects whose
    watermark also asks getUpdated; default Lead), ``integration_user_id``.
    """

    def __init__(self, connection: Connection) -> None:
        self._options = connection.options
        self._client = SalesforceClient(connection)
        self._capability = capability(connection.key_fields, connection.options)
        self._key_fields = dict(connection.key_fields)
        self._schemas = Schemas(self._client)
        read_size_max = self._capability.objects["Lead"].read_size_max
        self._executor = connection.executor
        self._lookup = Lookup(self._client, self._executor, read_size_max)
        self._writes = Writes(self._client, self._key_fields)
        self._members = CampaignMembers(self._client, self._lookup, self._writes)
        self._user_id = str(connection.options.get("integration_user_id") or "") or None
        self._created: set[str] = set()
        self._covered_check = _names(connection.options.get("covered_check", "Lead"))

    @property
    def capability(self) -> Capability:
        """Static facts about Salesforce, with this company's key fields."""
        return self._capability

    def server_now(self) -> datetime:
        """The server's time (whole seconds)."""
        return self._client.server_now()

    def schema(self, object_name: str) -> ObjectSchema:
        """The fields visible to the integration user."""
        return self._schemas.schema(object_name)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """What changed; deleted, merged and converted records come in the same feed (queryAll)."""
        facts = self._schemas.facts(request.object)
        checked = request.object in self._covered_check
        promises = [request.until, covered_until(self._client, facts) if checked else None]
        ceiling = min((promise for promise in promises if promise is not None), default=None)
        limits = Limits(self._capability.lag_s, self._capability.overlap_s, ceiling)
        yield from incremental(self._client, facts, request, limits)

    def backfill(self, request: PullRequest) -> Iterator[Page]:
        """Every record; above 2,000 rows by Bulk 2.0."""
        bulk = self._options.get("bulk")
        backfill = Backfill(
            self._client,
            self._schemas,
            timedelta(seconds=self._capability.lag_s),
            bulk if isinstance(bulk, bool) else None,
            self._learn_user,
            self._executor,
        )
        yield from backfill.pages(self._schemas.facts(request.object), request)

    def removals(self, object_name: str, token: Mapping[str, object]) -> Iterator[Page]:
        """Nothing: ``pull`` carries every removal already, so asking again would only cost calls."""
        yield Page((), token, done=True)

    def read(self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Records by id; the answer also holds ``LastModifiedDate``."""
        if object_name == MEMBERSHIPS:
            return self._members.read(record_ids, fields)
        facts = self._schemas.facts(object_name)
        ours = self._created & set(record_ids) if self._our_user() is None else set()
        found = self._lookup.by_id(facts, record_ids, (*fields, *(["CreatedById"] if ours else [])))
        for record_id in sorted(ours & found.keys()):
            self._learn_user(str(found[record_id].fields.get("CreatedById") or ""))
        return found

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
        """Records by e-mail or external key, by a query on live rows."""
        return self._lookup.by_value(self._schemas.facts(object_name), field_name, values, fields)

    def probe(self, rows: Sequence[RowWrite]) -> dict[str, str]:
        """What an earlier attempt created: by external key, else (Task) by person, subject and time."""
        found: dict[str, str] = {}
        for object_name in sorted({row.object for row in rows}):
            own = [row for row in rows if row.object == object_name]
            key_field = self._key_fields.get(object_name)
            if key_field is not None:
                found.update(self._lookup.created(object_name, key_field, own))
            elif object_name == "Task":
                found.update(self._lookup.logged(own, self._our_user()))
        return found

    def write(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """One request of up to 200 rows (contested: 25) of one object."""
        if rows and rows[0].object == MEMBERSHIPS:
            return self._members.send(lane, rows)
        outcomes = self._writes.send(lane, rows)
        if self._user_id is None:  # who created these records is who we are
            self._created.update(item.record_id for item in outcomes if item.created and item.record_id)
        return outcomes

    def writers(
        self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[FieldWriter]]:
        """Nothing: LastModifiedById speaks of the record, not of a field."""
        return {}

    def version(self, record: RawRecord) -> str | None:
        """For ``If-Unmodified-Since``: the last edit by a user, else the last change of any kind."""
        edited = record.fields.get(VERSION_FIELD)
        return http_date(moment(str(edited)) if edited else record.modified_at)

    def is_ours(self, writer: str) -> bool:
        """Whether this user is the integration user, when we know who that is."""
        ours = self._our_user()
        return ours is not None and writer[:15] == ours[:15]

    def encode(self, object_name: str, field_name: str, value: object) -> Wire:
        """A canonical value as JSON takes it."""
        return encode(value)

    def usage(self) -> Usage:
        """Calls so far and the org's count."""
        return self._client.budget.usage()

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _our_user(self) -> str | None:
        if self._user_id is None:
            self._user_id = self._client.user_id()
        return self._user_id

    def _learn_user(self, user_id: str) -> None:
        self._user_id = self._user_id or user_id or None
        if self._user_id is not None:
            self._created.clear()


def _names(option: object) -> frozenset[str]:
    if option is False or option is None:
        return frozenset()
    if isinstance(option, list | tuple):
        return frozenset(str(name) for name in option)
    return frozenset({"Lead"}) if option is True else frozenset({str(option)})
