"""What differs between HubSpot's object types: which property is the stamp, who merges, what cannot be searched.

Static facts (contract sheet 2.4 to 2.9). Must not know the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from connector.model import Lane
from connector.ports.adapter import Capability, ObjectCapability
from connector.ports.memberships import MEMBERSHIPS

SYSTEM = "hubspot"
OVERLAP_S = 600.0
LAG_S = 60.0
SEARCH_LAG_S = 60.0  # hits younger than this may hold stale values (contract sheet 2.4, "a few moments")
BATCH_SIZE_MAX = 100
HISTORY_SIZE_MAX = 50
ASSOCIATION_SIZE_MAX = 1_000
OWNERS = "owners"
PIPELINES = "pipelines"
TEAMS = "teams"
FORM_SUBMISSIONS = "form_submissions"
LIST_MEMBERSHIPS = "list_memberships"
EMAIL_EVENTS = "email_events"

_BATCHES = {Lane.OWNED: BATCH_SIZE_MAX, Lane.CONTESTED: BATCH_SIZE_MAX, Lane.CREATE: BATCH_SIZE_MAX}


class ObjectFacts(Struct, frozen=True):
    """``identity``: properties that tell what became of a record or who it is in another CRM."""

    name: str
    modified: str = "hs_lastmodifieddate"
    identity: tuple[str, ...] = ()

    @property
    def mergeable(self) -> bool:
        """Whether records of this type can be merged away."""
        return "hs_merged_object_ids" in self.identity

    def properties(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """What to ask for: the fields, the stamp, and the identity properties (undefined ones are ignored)."""
        return tuple(dict.fromkeys((*fields, self.modified, *self.identity)))


_KNOWN = (
    # Contacts also define hs_lastmodifieddate, but their stamp is lastmodifieddate (contract sheet 2.5).
    ObjectFacts(
        "contacts",
        "lastmodifieddate",
        ("hs_merged_object_ids", "salesforceleadid", "salesforcecontactid"),
    ),
    ObjectFacts("companies", identity=("hs_merged_object_ids", "salesforceaccountid")),
    ObjectFacts("deals", identity=("hs_merged_object_ids", "hs_salesforceopportunityid")),
    ObjectFacts("tickets", identity=("hs_merged_object_ids",)),
    ObjectFacts("leads"),
    ObjectFacts("calls"),
    ObjectFacts("emails"),
    ObjectFacts("meetings"),
    ObjectFacts("notes"),
    ObjectFacts("tasks"),
    ObjectFacts("communications"),
)
KNOWN: Mapping[str, ObjectFacts] = {facts.name: facts for facts in _KNOWN}

# The vendor's own references to the other CRM (contract sheet 2.15), as (system, object).
CROSS_REFERENCES: Mapping[str, tuple[str, str]] = {
    "salesforceleadid": ("salesforce", "Lead"),
    "salesforcecontactid": ("salesforce", "Contact"),
    "salesforceaccountid": ("salesforce", "Account"),
    "hs_salesforceopportunityid": ("salesforce", "Opportunity"),
}


def facts_of(object_name: str) -> ObjectFacts:
    """The facts of an object type; custom objects behave like most."""
    return KNOWN.get(object_name) or ObjectFacts(object_name)


def capability(key_fields: Mapping[str, str], options: Mapping[str, object]) -> Capability:
    """HubSpot's capability with this company's key fields; options lag_s, overlap_s."""
    objects = {name: ObjectCapability(name, _BATCHES, BATCH_SIZE_MAX, key_fields.get(name)) for name in KNOWN}
    for name in (OWNERS, PIPELINES, TEAMS):
        objects[name] = ObjectCapability(name, read_size_max=BATCH_SIZE_MAX)
    for name in (FORM_SUBMISSIONS, LIST_MEMBERSHIPS, EMAIL_EVENTS):
        objects[name] = ObjectCapability(name, by_id=False)
    sizes = {Lane.OWNED: BATCH_SIZE_MAX, Lane.CONTESTED: BATCH_SIZE_MAX}
    objects[MEMBERSHIPS] = ObjectCapability(MEMBERSHIPS, sizes, BATCH_SIZE_MAX, one_parent=True)
    return Capability(
        system=SYSTEM,
        objects=objects,
        conditional_writes=False,
        lag_s=float(str(options.get("lag_s", LAG_S))),
        overlap_s=float(str(options.get("overlap_s", OVERLAP_S))),
    )
