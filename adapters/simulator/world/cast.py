"""The people who work at the demo company: reps, their manager, marketing, one who left, and a queue.

Decides who they are in both systems and the roster that names them. It knows no customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.simulator.world.identifiers import Identifiers
from adapters.simulator.world.vocabulary import OWN_DOMAIN

Json = dict[str, Any]
TIMEZONE = "America/New_York"
TERRITORY = "dach"
"""The pool of the territory in which German is spoken."""


@dataclass(frozen=True)
class Member:
    """One colleague; ``weight`` is the share of new hand-offs (0: takes none)."""

    first: str
    last: str
    role: str
    weight: int
    active: bool
    user_id: str
    owner_id: str
    hubspot_user_id: int
    skills: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """The same address in both systems."""
        return f"{self.first}.{self.last}@{OWN_DOMAIN}".lower()


@dataclass(frozen=True)
class Cast:
    """Everybody, and the queue that owns what nobody took."""

    members: tuple[Member, ...]
    queue_id: str
    queue_link_id: str

    def of(self, *roles: str) -> list[Member]:
        """The active members of these roles, in roster order."""
        return [member for member in self.members if member.role in roles and member.active]

    @property
    def reps(self) -> list[Member]:
        """Everyone who takes hand-offs."""
        return self.of("sdr", "ae")

    @property
    def departed(self) -> Member:
        """The inactive user who still owns leads."""
        return next(member for member in self.members if not member.active)


_MEMBERS = (
    ("Nora", "Whitfield", "sdr", 3, True),
    ("Theo", "Castellan", "sdr", 2, True),
    ("Priya", "Raman", "sdr", 1, True),
    ("Owen", "Hartley", "ae", 2, True),
    ("Lena", "Brooks", "ae", 1, True),
    ("Miles", "Okonkwo", "manager", 0, True),
    ("Greta", "Sandberg", "marketing", 0, True),
    ("Ines", "Calloway", "csm", 0, True),
    ("Paul", "Drummond", "sdr", 0, False),
)


_SKILLS = {"Nora Whitfield": ("spanish",), "Theo Castellan": ("german",), "Owen Hartley": ("german",)}
"""Languages. Whoever has German is in the pool of the territory where it is spoken, too."""


def cast(identifiers: Identifiers) -> Cast:
    """The cast with the ids of this seed."""
    members = tuple(
        Member(
            *row,
            identifiers.salesforce("User"),
            identifiers.hubspot("owners"),
            5_100_000 + number * 11,
            _SKILLS.get(f"{row[0]} {row[1]}", ()),
        )
        for number, row in enumerate(_MEMBERS, start=1)
    )
    return Cast(members, identifiers.salesforce("Group"), identifiers.salesforce("QueueSobject"))


def roster(people: Sequence[Member]) -> Json:
    """A roster file as a table of ``members``: active ones only, times as local hours."""
    manager = next(member for member in people if member.role == "manager")
    return {"members": [_row(member, manager) for member in people if member.active]}


def _row(member: Member, manager: Member) -> Json:
    row: Json = {
        "name": member.name,
        "role": member.role,
        "email": member.email,
        "salesforce_user_id": member.user_id,
        "hubspot_owner_id": member.owner_id,
        "weight": member.weight,
        "hours": "09:00-17:00",
        "timezone": TIMEZONE,
    }
    if member.skills:
        row["skills"] = list(member.skills)
    if "german" in member.skills:
        row["pools"] = ["default", TERRITORY]
    return row if member is manager else {**row, "manager": manager.name}


def salesforce_users(everyone: Cast) -> dict[str, list[Json]]:
    """Users, the queue and what it may own."""
    users: list[Json] = [
        {
            "Id": member.user_id,
            "FirstName": member.first,
            "LastName": member.last,
            "Username": member.email,
            "Email": member.email,
            "Alias": member.last[:8].lower(),
            "IsActive": member.active,
            "TimeZoneSidKey": TIMEZONE,
        }
        for member in everyone.members
    ]
    queue: Json = {"Id": everyone.queue_id, "Name": "Inbound leads", "DeveloperName": "Inbound_leads", "Type": "Queue"}
    link: Json = {"Id": everyone.queue_link_id, "QueueId": everyone.queue_id, "SobjectType": "Lead"}
    return {"User": users, "Group": [queue], "QueueSobject": [link]}


def hubspot_owners(everyone: Cast) -> list[Json]:
    """Owners; the one who left is archived."""
    return [
        {
            "id": member.owner_id,
            "email": member.email,
            "firstName": member.first,
            "lastName": member.last,
            "userId": member.hubspot_user_id,
            "type": "PERSON",
            "archived": not member.active,
        }
        for member in everyone.members
    ]
