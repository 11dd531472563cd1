"""Record ids of the demo world, fixed by the seed so that the roster and the story can name them.

Salesforce ids carry their checksum; HubSpot ids are plain numbers. Knows no record.
"""

from __future__ import annotations

from random import Random

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_PREFIXES = {
    "User": "005",
    "Group": "00G",
    "QueueSobject": "03g",
    "Lead": "00Q",
    "Contact": "003",
    "Account": "001",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "Task": "00T",
    "Event": "00U",
    "Campaign": "701",
    "CampaignMember": "00v",
}
_HUBSPOT_FIRST = {
    "owners": 71_000_000,
    "contacts": 110_000_000,
    "companies": 210_000_000,
    "deals": 310_000_000,
    "calls": 410_000_000,
    "meetings": 510_000_000,
    "emails": 610_000_000,
    "tasks": 710_000_000,
}


class Identifiers:
    """Counts the ids of one world."""

    def __init__(self, seed: int) -> None:
        random = Random(f"identifiers {seed}")
        self._org = "".join(random.choice(_DIGITS) for _ in range(4))
        self._offset = random.randrange(1, 90_000) * 100
        self._counters: dict[str, int] = {}

    def salesforce(self, object_name: str) -> str:
        """The next 18 character id of an object."""
        number = self._next(object_name)
        return with_checksum(_PREFIXES[object_name] + self._org + _base62(number * 7, 8))

    def hubspot(self, object_name: str) -> str:
        """The next id of an object."""
        return str(_HUBSPOT_FIRST[object_name] + self._offset + self._next(object_name) * 3)

    def _next(self, kind: str) -> int:
        self._counters[kind] = self._counters.get(kind, 0) + 1
        return self._counters[kind]


def with_checksum(short: str) -> str:
    """The 18 character form of a 15 character id: one letter says which of five characters are capitals."""
    suffix = ""
    for start in (0, 5, 10):
        block = short[start : start + 5]
        suffix += _CHECKSUM[sum(1 << place for place, letter in enumerate(block) if "A" <= letter <= "Z")]
    return short + suffix


def _base62(number: int, width: int) -> str:
    letters = ""
    for _ in range(width):
        number, remainder = divmod(number, 62)
        letters = _DIGITS[remainder] + letters
    return letters
