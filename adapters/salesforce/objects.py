"""What differs between Salesforce objects: how a change is seen, what a deletion looks like, who may write.

Static facts for the objects the product uses (contract sheet 6 and 7), so that an idle cycle needs no
describe; anything else is judged by its describe. Must not know fields of the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from connector.model import Lane
from connector.ports.adapter import Capability, ObjectCapability
from connector.ports.memberships import MEMBERSHIPS

OVERLAP_S = 900.0  # contract sheet 6: overlap of 10 to 15 minutes, rows are deduplicated by the core
LAG_S = 300.0  # contract sheet 6, I14: others hold their cursor back five minutes too
COLLECTION_SIZE_MAX = 200
COMPOSITE_SIZE_MAX = 25
RETRIEVE_SIZE_MAX = 2_000  # (unconfirmed in the sheet), hence an option: read_size_max

_BATCHES = {
    Lane.OWNED: COLLECTION_SIZE_MAX,
    Lane.CONTESTED: COMPOSITE_SIZE_MAX,
    Lane.CREATE: COLLECTION_SIZE_MAX,
}


class ObjectFacts(Struct, frozen=True):
    """How one object behaves.

    ``stamp``: the field that moves with every change. ``deletable``: has IsDeleted. ``mergeable``: has
    MasterRecordId. ``archived``: old rows are only in queryAll. ``audited``: has who made the last edit, and when.
    ``dated``: has CreatedDate. ``complete``: small, and a removed row leaves no trace, so every read reads it all.
    """

    name: str
    stamp: str = "SystemModstamp"
    deletable: bool = True
    mergeable: bool = False
    convertible: bool = False
    archived: bool = False
    audited: bool = True
    writable: bool = True
    condition: str = ""
    dated: bool = True
    complete: bool = False

    def identity_fields(self) -> tuple[str, ...]:
        """The fields that tell which record this is, when it changed, and what became of it."""
        fields = ["Id", self.stamp, *(["CreatedDate"] if self.dated else [])]
        fields += ["LastModifiedById"] if self.audited else []
        fields += ["IsDeleted"] if self.deletable else []
        fields += ["MasterRecordId"] if self.mergeable else []
        fields += ["IsConverted", "ConvertedContactId"] if self.convertible else []
        return tuple(dict.fromkeys(fields))


_KNOWN = (
    ObjectFacts("Lead", mergeable=True, convertible=True),
    ObjectFacts("Contact", mergeable=True),
    ObjectFacts("Account", mergeable=True),
    ObjectFacts("Opportunity"),
    ObjectFacts("OpportunityContactRole"),
    ObjectFacts("Task", archived=True),
    ObjectFacts("Event", archived=True),
    ObjectFacts("EmailMessage"),
    ObjectFacts("Campaign"),
    ObjectFacts("CampaignMember"),
    ObjectFacts("User", deletable=False, writable=False),
    ObjectFacts("Group", deletable=False, writable=False, condition="Type = 'Queue'"),
    ObjectFacts("QueueSobject", deletable=False, audited=False, writable=False, dated=False),
    ObjectFacts(
        "GroupMember",
        deletable=False,
        audited=False,
        writable=False,
        condition="Group.Type = 'Queue'",
        dated=False,
        complete=True,
    ),
    ObjectFacts("LeadStatus", deletable=False, writable=False, complete=True),
    # Complete, because a refreshed sandbox is another organization with an older stamp.
    ObjectFacts("Organization", deletable=False, writable=False, complete=True),
    # History has no SystemModstamp: its cursor is CreatedDate (contract sheet 7).
    ObjectFacts("LeadHistory", stamp="CreatedDate", audited=False, writable=False),
    ObjectFacts("ContactHistory", stamp="CreatedDate", audited=False, writable=False),
)
KNOWN: Mapping[str, ObjectFacts] = {facts.name: facts for facts in _KNOWN}


def facts_from_describe(name: str, described: Mapping[str, Mapping[str, object]]) -> ObjectFacts:
    """Facts about an object that is not in the list, from its described fields by name."""
    stamps = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
    usable = [stamp for stamp in stamps if described.get(stamp, {}).get("filterable")]
    return ObjectFacts(
        name,
        stamp=usable[0] if usable else "CreatedDate",
        deletable="IsDeleted" in described,
        mergeable="MasterRecordId" in described,
        audited="LastModifiedById" in described,
    )


def capability(key_fields: Mapping[str, str], options: Mapping[str, object]) -> Capability:
    """Salesforce's capability with this company's key fields; options lag_s, overlap_s, read_size_max."""
    read_size_max = int(str(options.get("read_size_max", RETRIEVE_SIZE_MAX)))
    objects = {
        name: ObjectCapability(
            name,
            batch_size_max=_BATCHES if facts.writable else {},
            read_size_max=read_size_max,
            key_field=key_fields.get(name),
            complete=facts.complete,
        )
        for name, facts in KNOWN.items()
    }
    sizes = {Lane.OWNED: COLLECTION_SIZE_MAX, Lane.CONTESTED: COMPOSITE_SIZE_MAX}
    objects[MEMBERSHIPS] = ObjectCapability(MEMBERSHIPS, sizes, COLLECTION_SIZE_MAX)
    return Capability(
        system="salesforce",
        objects=objects,
        conditional_writes=True,
        lag_s=float(str(options.get("lag_s", LAG_S))),
        overlap_s=float(str(options.get("overlap_s", OVERLAP_S))),
    )
