"""Identifiers, injected: keys that leave the house (external ids, action ids) and nothing else."""

from __future__ import annotations

import hashlib
import uuid
from typing import Protocol


class Ids(Protocol):
    """A source of new, never repeated keys."""

    def key(self) -> str:
        """A new key, 36 characters (the form of a UUID)."""


class RandomIds:
    """Random UUIDs from the machine."""

    def key(self) -> str:
        """A random version-4 UUID as text."""
        return str(uuid.uuid4())


class SeededIds:
    """Keys that follow from a seed and a counter: the same seed gives the same keys.

    ``start`` lets a resumed run go on behind the keys it has already given out.
    """

    def __init__(self, seed: str, start: int = 0) -> None:
        self._seed = seed
        self._count = start

    def key(self) -> str:
        """The next key of this seed."""
        self._count += 1
        digest = hashlib.blake2b(f"{self._seed}:{self._count}".encode(), digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))
