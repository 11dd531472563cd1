"""Record ids: minting, the 18 character form and its checksum.

Knows nothing of objects beyond their three letter prefix. Contract sheet section 12.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

CHECKSUM_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# In ASCII order, so that minted ids sort in the order of minting. Neighbours may differ only in case,
# as in a real org: a client that folds case merges two records.
MINT_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def to18(short: str) -> str:
    """The 18 character form of a 15 character id."""
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(CHECKSUM_ALPHABET[_upper_case_bits(block)] for block in blocks)


def _upper_case_bits(block: str) -> int:
    return sum(1 << position for position, letter in enumerate(block) if "A" <= letter <= "Z")


def canonical(identifier: object) -> str | None:
    """The 18 character form of an id given in either form, or None when it is not an id."""
    if not isinstance(identifier, str) or not identifier.isascii() or not identifier.isalnum():
        return None
    if len(identifier) not in (15, 18):
        return None
    long_form = to18(identifier[:15])
    return long_form if long_form.startswith(identifier) else None


class IdMint:
    """Deterministic ids: prefix, three letters of the seed, a counter per prefix."""

    def __init__(self, seed: int) -> None:
        number = int.from_bytes(hashlib.sha256(f"salesforce {seed}".encode()).digest()[:4], "big")
        self._org = _digits(number % 62**3, 3)
        self._counters: dict[str, int] = {}

    def mint(self, prefix: str, taken: Callable[[str], bool] = lambda _: False) -> str:
        """The next free 18 character id with this prefix."""
        while True:
            self._counters[prefix] = self._counters.get(prefix, 0) + 1
            identifier = to18(prefix + self._org + _digits(self._counters[prefix], 9))
            if not taken(identifier):
                return identifier


def _digits(number: int, width: int) -> str:
    letters = []
    for _ in range(width):
        number, remainder = divmod(number, 62)
        letters.append(MINT_ALPHABET[remainder])
    return "".join(reversed(letters))
