"""HubSpot's own Salesforce sync as an actor between the two simulators, seen only through their control planes.

Decides what that integration would do every 15 virtual minutes: match by e-mail, carry shared fields over (the last
value wins), create Leads for the people on its inclusion list, copy engagements to Tasks, stamp its ids. It acts as a
user of its own in Salesforce and as the source SALESFORCE in HubSpot. What is unconfirmed stands in the README.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.simulator.framing import Simulator
from adapters.simulator.native_engagements import ENGAGEMENTS, engagements_of, task_of
from adapters.simulator.native_picture import Change, Picture, Planes, text

EVERY = timedelta(minutes=15)
USER_ID = "005000000000777AAA"
UNKNOWN = "[not provided]"


@dataclass(frozen=True)
class SharedField:
    """A pair of fields. ``words``: Salesforce value -> HubSpot value; a value without a word is not carried over.

    ``length_max``: what the field on HubSpot's side is cut to. ``always_salesforce``: the field's rule there; else the
    latest value wins.
    """

    salesforce: str
    hubspot: str
    words: Mapping[str, str] = field(default_factory=dict)
    length_max: int | None = None
    always_salesforce: bool = False

    def to_hubspot(self, value: str) -> str | None:
        """The value as HubSpot gets it; ``None``: it cannot be told there."""
        told = self.words.get(value) if self.words and value else value
        return told if told is None or self.length_max is None else told[: self.length_max]

    def to_salesforce(self, value: str) -> str | None:
        """The value as Salesforce gets it."""
        if not self.words or not value:
            return value
        return next((theirs for theirs, ours in self.words.items() if ours == value), None)


STATUS_WORDS = {
    "Open - Not Contacted": "OPEN",
    "Working - Contacted": "IN_PROGRESS",
    "Nurturing": "BAD_TIMING",
    "Closed - Not Converted": "UNQUALIFIED",
}
FIELDS = (
    SharedField("FirstName", "firstname"),
    SharedField("LastName", "lastname"),
    SharedField("Phone", "phone"),
    SharedField("Title", "jobtitle"),
    SharedField("Status", "hs_lead_status", STATUS_WORDS),
    SharedField("OwnerId", "hubspot_owner_id"),
)


@dataclass
class _Pair:
    """A contact and the record it is kept equal with; ``base``: HubSpot field -> both values as last seen equal."""

    contact_id: str
    object: str
    record_id: str
    base: dict[str, tuple[str, str]] = field(default_factory=dict)


class NativeSync:
    """One installed integration. ``included``: e-mail addresses of the inclusion list; ``mark``: see the README.

    ``refused`` collects what a CRM did not take, as its error page would.
    """

    def __init__(
        self,
        salesforce: Simulator,
        hubspot: Simulator,
        *,
        fields: Sequence[SharedField] = FIELDS,
        included: Callable[[Mapping[str, str]], bool] = lambda contact: False,
        mark: str = "[HubSpot] ",
    ) -> None:
        self._planes = Planes(salesforce, hubspot, USER_ID)
        self._fields = tuple(fields)
        self._included = included
        self._mark = mark
        self._pairs: dict[str, _Pair] = {}
        self._copied: set[tuple[str, str]] = set()
        self._next: datetime | None = None

    @property
    def refused(self) -> Sequence[str]:
        """What was not taken, one sentence each."""
        return self._planes.refused

    def install(self) -> None:
        """Its properties in HubSpot and its user in Salesforce; the first round is due at once."""
        self._planes.hubspot("settings", {"salesforce_sync_installed": True})
        name = "hubspot.sync@integration.example"
        user = {"Id": USER_ID, "Username": name, "Email": name, "LastName": "HubSpot Sync", "Alias": "hssync"}
        self._planes.salesforce("seed", {"records": {"User": [user]}})
        self._next = self._planes.now()

    def run_until(self, moment: datetime) -> int:
        """Let time pass in both simulators with every round that is due; returns how many changes they made.

        After a round that found nothing to do the others until then would find nothing either: nobody else acts.
        """
        made = 0
        while self._next is not None and self._next <= moment:
            self._planes.set_clocks(self._next)
            changes = self.round()
            made += changes
            self._next += EVERY
            if not changes:
                self._next = max(self._next, _first_round(self._next, moment))
        self._planes.set_clocks(moment)
        return made

    def round(self) -> int:
        """One round; returns how many records it changed or made."""
        picture = self._planes.look()
        created = sum(1 for contact_id in sorted(picture.contacts, key=int) if self._match(picture, contact_id))
        picture = self._planes.look() if created else picture
        touched = [pair for pair in self._pairs.values() if self._carry_over(picture, pair)]
        copied = self._copy_engagements(picture)
        if touched:
            self._settle(self._planes.look(), touched)
        return created + len(touched) + copied

    # -- who is who

    def _match(self, picture: Picture, contact_id: str) -> bool:
        """Find or make the record of a contact; true when one was made."""
        pair = self._pairs.get(contact_id)
        if pair is not None and self._follow(picture, pair):
            return False
        email = picture.contacts[contact_id].get("email", "").strip().lower()
        found = picture.record_of(email) if email else None
        if found is not None:
            self._pairs[contact_id] = _Pair(contact_id, *found)
        elif email and self._included(picture.contacts[contact_id]):
            return self._create_lead(picture, contact_id)
        return False

    def _follow(self, picture: Picture, pair: _Pair) -> bool:
        """Whether the pair still stands; a converted Lead is followed to its Contact."""
        record = picture.record(pair.object, pair.record_id)
        if record is not None and record.get("IsConverted") and record.get("ConvertedContactId"):
            self._pairs[pair.contact_id] = _Pair(pair.contact_id, "Contact", str(record["ConvertedContactId"]))
            return True
        if record is None:
            del self._pairs[pair.contact_id]
        return record is not None

    def _create_lead(self, picture: Picture, contact_id: str) -> bool:
        contact = picture.contacts[contact_id]
        names = {"Email": "email", "LastName": "lastname", "Company": "company"}
        fields = {name: contact.get(theirs) or UNKNOWN for name, theirs in names.items()}
        owner = picture.salesforce_owner(contact.get("hubspot_owner_id", ""))
        fields |= {"OwnerId": owner} if owner else {}
        made = self._planes.create_salesforce("Lead", fields)
        if made is None:
            return False
        self._pairs[contact_id] = _Pair(contact_id, "Lead", made)
        return True

    # -- shared fields

    def _carry_over(self, picture: Picture, pair: _Pair) -> bool:
        """Bring one pair in step; true when anything was written."""
        contact, record = picture.contacts.get(pair.contact_id), picture.record(pair.object, pair.record_id)
        if contact is None or record is None:
            return False
        change = Change()
        for shared in self._fields:
            if shared.salesforce in record:
                self._compare(picture, pair, shared, change)
        stamp = "salesforcecontactid" if pair.object == "Contact" else "salesforceleadid"
        if not change and contact.get(stamp) == pair.record_id:
            return False
        now = self._planes.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        change.hubspot |= {stamp: pair.record_id, "salesforcelastsynctime": now}
        self._planes.edit(pair.contact_id, (pair.object, pair.record_id), change)
        return True

    def _compare(self, picture: Picture, pair: _Pair, shared: SharedField, change: Change) -> None:
        theirs = text(picture.tables[pair.object][pair.record_id].get(shared.salesforce))
        ours = picture.contacts[pair.contact_id].get(shared.hubspot, "")
        base = pair.base.get(shared.hubspot)
        pair.base[shared.hubspot] = (theirs, ours)
        if base == (theirs, ours):
            return
        in_hubspot, in_salesforce = self._translate(picture, shared, theirs, ours)
        if self._is_from_salesforce(pair, shared, base, (theirs, ours)):
            if in_hubspot is not None and in_hubspot != ours:
                change.hubspot[shared.hubspot] = in_hubspot
        elif in_salesforce is not None and in_salesforce != theirs:
            change.salesforce[shared.salesforce] = in_salesforce

    def _translate(
        self, picture: Picture, shared: SharedField, theirs: str, ours: str
    ) -> tuple[str | None, str | None]:
        if shared.salesforce == "OwnerId":  # an owner must match exactly, by e-mail; a queue matches nobody
            return picture.hubspot_owner(theirs), picture.salesforce_owner(ours)
        return shared.to_hubspot(theirs), shared.to_salesforce(ours)

    def _is_from_salesforce(
        self, pair: _Pair, shared: SharedField, base: tuple[str, str] | None, now: tuple[str, str]
    ) -> bool:
        """The side that changed; with both, the later one; at first sight Salesforce, unless it is blank there."""
        if base is None or shared.always_salesforce:
            return bool(now[0]) or shared.always_salesforce
        if (base[0] == now[0]) != (base[1] == now[1]):
            return base[0] != now[0]
        address = (pair.object, pair.record_id)
        return self._planes.changed_at("salesforce", address, shared.salesforce) >= self._planes.changed_at(
            "hubspot", ("contacts", pair.contact_id), shared.hubspot
        )

    def _settle(self, picture: Picture, pairs: Sequence[_Pair]) -> None:
        """What was really stored is what both sides agree on."""
        for pair in pairs:
            record, contact = picture.record(pair.object, pair.record_id), picture.contacts.get(pair.contact_id)
            if record is not None and contact is not None:
                pair.base |= {
                    shared.hubspot: (text(record.get(shared.salesforce)), contact.get(shared.hubspot, ""))
                    for shared in self._fields
                    if shared.salesforce in record
                }

    # -- activities

    def _copy_engagements(self, picture: Picture) -> int:
        return sum(1 for kind in ENGAGEMENTS for _ in self._copy_kind(picture, kind))

    def _copy_kind(self, picture: Picture, kind: str) -> Iterator[str]:
        for engagement_id, contact_id, properties in engagements_of(picture, kind):
            pair = self._pairs.get(contact_id)
            if pair is None or (kind, engagement_id) in self._copied:
                continue
            self._copied.add((kind, engagement_id))
            owner = picture.salesforce_owner(properties.get("hubspot_owner_id", ""))
            task = task_of(kind, properties, self._mark) | {"WhoId": pair.record_id, "OwnerId": owner or USER_ID}
            made = self._planes.create_salesforce("Task", task)
            if made is not None:
                yield made


def _first_round(due: datetime, moment: datetime) -> datetime:
    """The first round behind a moment, in step with the rounds so far."""
    missed = max(0, (moment - due) // EVERY + 1)
    return due + missed * EVERY
