"""The HubSpot adapter: the core's port on one side, one portal's client on the other.

Decides which part answers which call. Holds no rule of its own about rows or retries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from adapters.hubspot import objects
from adapters.hubspot.associations import Ties, untied
from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.forms import FormSubmissions
from adapters.hubspot.list_members import ListMembers
from adapters.hubspot.lists import ListMemberships
from adapters.hubspot.lookup import Lookup
from adapters.hubspot.made_before import MadeBefore
from adapters.hubspot.mail_events import EmailEvents
from adapters.hubspot.objects import OWNERS, PIPELINES, SEARCH_LAG_S, TEAMS, capability, facts_of
from adapters.hubspot.ourselves import Ourselves
from adapters.hubspot.owners import owners, stages, teams
from adapters.hubspot.pull import Limits, Streams
from adapters.hubspot.records import encode
from adapters.hubspot.schema import Schemas
from adapters.hubspot.subscriptions import Subscriptions, plain, plain_fields
from adapters.hubspot.writes import Writes
from connector.model import FieldWriter, Lane, RawRecord, RowOutcome, RowWrite, Wire
from connector.ports.adapter import Capability, ObjectSchema, Page, PullRequest, Usage
from connector.ports.connection import Connection
from connector.ports.memberships import MEMBERSHIPS

_LISTS = (OWNERS, PIPELINES, TEAMS)
_HAPPENINGS = (objects.FORM_SUBMISSIONS, objects.LIST_MEMBERSHIPS, objects.EMAIL_EVENTS)
EMAIL_EVENTS_DAYS = 90


class HubSpotAdapter:
    """One portal of one company.

    Options (keys of the company's ``hubspot`` table): ``daily_calls``, ``lag_s``, ``overlap_s``,
    ``search_lag_s``, ``searches_per_second``, ``app_id``, ``pipelines_of`` (default deals), ``email_events_days``
    (how far back clicks are read at first, default 90).
    """

    def __init__(self, connection: Connection) -> None:
        options = connection.options
        key_fields = dict(connection.key_fields)
        self._capability = capability(key_fields, options)
        self._client = HubSpotClient(connection)
        self._ourselves = Ourselves(str(options.get("app_id") or "") or None)
        self._executor = connection.executor
        self._lookup = Lookup(self._client, self._executor, key_fields)
        self._made_before = MadeBefore(self._client, self._lookup, key_fields)
        self._ties = Ties(self._client)
        self._writes = Writes(self._client, key_fields, self._ourselves, self._ties)
        self._members = ListMembers(self._client, self._executor)
        self._subscriptions = Subscriptions(self._client)
        self._schemas = Schemas(self._client, self._subscriptions)
        self._pipelines_of = str(options.get("pipelines_of", "deals"))
        search_lag_s = float(str(options.get("search_lag_s", SEARCH_LAG_S)))
        limits = Limits(self._capability.lag_s, self._capability.overlap_s, search_lag_s)
        self._streams = Streams(self._client, self._lookup, limits)
        lag, overlap = timedelta(seconds=self._capability.lag_s), timedelta(seconds=self._capability.overlap_s)
        self._forms = FormSubmissions(self._client, self._lookup, lag, overlap)
        self._lists = ListMemberships(self._client, lag, overlap)
        self._mail_events = EmailEvents(self._client, self._lookup, lag, overlap)
        self._mail_days = timedelta(days=float(str(options.get("email_events_days", EMAIL_EVENTS_DAYS))))

    @property
    def capability(self) -> Capability:
        """Static facts about HubSpot, with this company's key fields."""
        return self._capability

    def server_now(self) -> datetime:
        """The server's time (whole seconds)."""
        return self._client.server_now()

    def schema(self, object_name: str) -> ObjectSchema:
        """The property definitions."""
        return self._schemas.schema(object_name)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """What changed. Archived records are only in ``removals``; merges show as ``absorbs``."""
        match request.object:
            case name if name in _LISTS:
                return self._list(request)
            case objects.FORM_SUBMISSIONS:
                return self._forms.incremental(request)
            case objects.LIST_MEMBERSHIPS:
                return self._lists.incremental(request)
            case objects.EMAIL_EVENTS:
                return self._mail_events.incremental(request, self._mail_days)
        pages = self._streams.incremental(facts_of(request.object), plain(request))
        return (self._subscriptions.page(page, request.fields) for page in pages)

    def backfill(self, request: PullRequest) -> Iterator[Page]:
        """Every live record; the next page is asked for while one is stored."""
        match request.object:
            case name if name in _LISTS:
                return self._list(request)
            case objects.FORM_SUBMISSIONS:
                return self._forms.everything(request)
            case objects.LIST_MEMBERSHIPS:
                return self._lists.everything(request)
            case objects.EMAIL_EVENTS:
                return self._mail_events.everything(request, self._mail_days)
        pages = self._executor.ahead(self._streams.everything(facts_of(request.object), plain(request)))
        return (self._subscriptions.page(page, request.fields) for page in pages)

    def _list(self, request: PullRequest) -> Iterator[Page]:
        if request.object == OWNERS:
            records = tuple(owners(self._client, request.fields))
        elif request.object == TEAMS:
            records = tuple(teams(self._client, request.fields))
        else:
            records = tuple(stages(self._client, self._pipelines_of, request.fields))
        yield Page(records, {}, self._client.last_date() - timedelta(seconds=self._capability.lag_s), done=True)

    def removals(self, object_name: str, token: Mapping[str, object]) -> Iterator[Page]:
        """Archived records. The list cannot be asked from a date, so it is always read whole."""
        if object_name in _LISTS or object_name in _HAPPENINGS:
            return iter((Page((), {}, done=True),))
        return self._streams.archived(facts_of(object_name), token)

    def read(self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Records by id. What happened once (submissions, joins, clicks) cannot be asked for by id."""
        if object_name == MEMBERSHIPS:
            return self._members.read(record_ids, fields)
        if object_name in _HAPPENINGS:
            return {}
        if object_name in _LISTS:
            request = PullRequest(object_name, tuple(fields))
            listed = [item for page in self._list(request) for item in page.records]
            return {item.ref.record_id: item for item in listed if item.ref.record_id in set(record_ids)}
        found = self._lookup.by_id(facts_of(object_name), record_ids, plain_fields(untied(fields)))
        told = self._subscriptions.told(list(found.values()), fields)
        return self._ties.told(dict(zip(found, told, strict=True)), fields)

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
        """Records by e-mail or our key; another property is searched, and search lags."""
        return self._lookup.by_value(facts_of(object_name), field_name, values, fields)

    def probe(self, rows: Sequence[RowWrite]) -> dict[str, str]:
        """What an earlier attempt created, by our key, or beside the record it was tied to."""
        found: dict[str, str] = {}
        for object_name in sorted({row.object for row in rows}):
            own = [row for row in rows if row.object == object_name]
            found.update(self._made_before.of(facts_of(object_name), own))
        return found

    def write(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """One request of up to 100 rows of one object."""
        if rows and rows[0].object == MEMBERSHIPS:
            return self._members.send(rows)
        return self._writes.send(lane, rows)

    def writers(
        self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[FieldWriter]]:
        """The fields' histories, newest first; 50 records per request."""
        if object_name == MEMBERSHIPS:  # a list tells when somebody joined, not by whom
            return {}
        written = self._lookup.writers(facts_of(object_name), record_ids, untied(fields))
        self._ourselves.learn(object_name, written)
        return written

    def version(self, record: RawRecord) -> str | None:
        """The record's stamp: to be compared, never sent, because HubSpot has no conditional writes."""
        return record.modified_at.isoformat()

    def is_ours(self, writer: str) -> bool:
        """Whether this actor of a history is our app, when we know which app we are."""
        return self._ourselves.is_ours(writer)

    def encode(self, object_name: str, field_name: str, value: object) -> Wire:
        """A canonical value as HubSpot's text."""
        return encode(value)

    def usage(self) -> Usage:
        """Calls so far and the account's daily count."""
        return self._client.budget.usage()

    def close(self) -> None:
        """Release connections."""
        self._client.close()
