"""Putting Leads and Contacts on campaigns and changing their status there; nobody is ever taken off a campaign.

Decides how a membership is addressed: by campaign and person, of which there is at most one (a duplicate is refused,
which means that it is there). Retries nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from adapters.salesforce import soql
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.lookup import Lookup
from adapters.salesforce.records import moment
from adapters.salesforce.writes import Writes
from connector.model import Lane, Outcome, RawRecord, RecordRef, RowOutcome, RowWrite
from connector.ports.memberships import MEMBERSHIPS, collection_of

MEMBER = "CampaignMember"
SIDES = {"00Q": "LeadId", "003": "ContactId"}  # key prefixes, contract sheet 7
COLUMNS = ("Id", "CampaignId", "LeadId", "ContactId", "Status", "LastModifiedDate")
DUPLICATES = ("DUPLICATE_VALUE", "ALREADY_IN_CAMPAIGN")  # (unconfirmed) which of them an org answers


class CampaignMembers(Struct, frozen=True):
    """The campaign members of one org."""

    client: SalesforceClient
    lookup: Lookup
    writes: Writes

    def read(self, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """For every person's record its status on each campaign, ``None`` where it is no member."""
        members = self._members(record_ids, [collection_of(name) for name in fields])
        start = self.client.last_date()
        return {
            record_id: RawRecord(
                RecordRef("salesforce", MEMBERSHIPS, record_id),
                _newest(members, record_id) or start,
                {name: _status(members.get((record_id[:15], collection_of(name)[:15]))) for name in fields},
            )
            for record_id in record_ids
        }

    def send(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """One request: new members (owned lane), or the status of members as they were read (contested lane)."""
        wrong = {row.action_id for row in rows if not soql.is_record_id(_campaign(row)) or _side(row) is None}
        sound = [row for row in rows if row.action_id not in wrong]
        sent = (self._joined(sound) if lane is Lane.OWNED else self._changed(sound)) if sound else []
        refused = [
            RowOutcome(row.action_id, Outcome.REJECTED, code="NO_SUCH_CAMPAIGN", field=_field(row))
            for row in rows
            if row.action_id in wrong
        ]
        return [*sent, *refused]

    def _joined(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        by_action = {row.action_id: row for row in rows}
        new = [replace(row, object=MEMBER, fields=_member(row), ref=None, expected={}) for row in rows]
        return [_as_joined(by_action[done.action_id], done) for done in self.writes.send(Lane.CREATE, new)]

    def _changed(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        members = self._members([_person(row) for row in rows], [_campaign(row) for row in rows])
        found = {row.action_id: members.get((_person(row)[:15], _campaign(row)[:15])) for row in rows}
        there = [_update(row, member) for row in rows if (member := found[row.action_id]) is not None]
        gone = [RowOutcome(row.action_id, Outcome.GONE, code="gone") for row in rows if found[row.action_id] is None]
        by_action = {row.action_id: row for row in rows}
        sent = self.writes.send(Lane.CONTESTED, there) if there else []
        return [*(_of_person(by_action[done.action_id], done) for done in sent), *gone]

    def _members(
        self, record_ids: Sequence[str], campaigns: Sequence[str]
    ) -> dict[tuple[str, str], Mapping[str, Any]]:  # fmt: skip
        """(person, campaign) -> member; ids in their short form."""
        wanted = [item for item in dict.fromkeys(campaigns) if soql.is_record_id(item)]
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for prefix, side in SIDES.items() if wanted else ():
            people = [item for item in dict.fromkeys(record_ids) if item.startswith(prefix)]
            condition = f"CampaignId IN {soql.listed(wanted)}"
            for row in self.lookup.where_in(MEMBER, side, people, COLUMNS, condition, include_deleted=False):
                found[(str(row[side])[:15], str(row["CampaignId"])[:15])] = row
        return found


def _newest(members: Mapping[tuple[str, str], Mapping[str, Any]], record_id: str) -> datetime | None:
    stamps: Iterator[datetime] = (
        moment(str(row["LastModifiedDate"])) for (person, _), row in members.items() if person == record_id[:15]
    )
    return max(stamps, default=None)


def _status(member: Mapping[str, Any] | None) -> str | None:
    return None if member is None else str(member["Status"])


def _field(row: RowWrite) -> str:
    (name,) = row.fields
    return name


def _campaign(row: RowWrite) -> str:
    return collection_of(_field(row))


def _person(row: RowWrite) -> str:
    if row.ref is None:
        raise ValueError(f"action {row.action_id} does not name a Salesforce record")
    return row.ref.record_id


def _side(row: RowWrite) -> str | None:
    return SIDES.get(_person(row)[:3])


def _member(row: RowWrite) -> dict[str, Any]:
    return {"CampaignId": _campaign(row), str(_side(row)): _person(row), "Status": row.fields[_field(row)]}


def _update(row: RowWrite, member: Mapping[str, Any]) -> RowWrite:
    ref = RecordRef("salesforce", MEMBER, str(member["Id"]))
    return replace(row, object=MEMBER, fields={"Status": row.fields[_field(row)]}, ref=ref)


def _as_joined(row: RowWrite, done: RowOutcome) -> RowOutcome:
    """A member that is there already is what was wanted: campaign and person are the key."""
    if done.code in DUPLICATES:
        return RowOutcome(row.action_id, Outcome.SENT, record_id=_person(row))
    return _of_person(row, done)


def _of_person(row: RowWrite, done: RowOutcome) -> RowOutcome:
    """The answer speaks of the member; the row is about the person's record."""
    return replace(done, record_id=_person(row), field=_field(row) if done.field or done.code else None, created=False)
