"""Which members of a collection a company named: by id, by name, or by how the name begins. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def is_named(named: Iterable[str], member_id: str, name: str) -> bool:
    """Whether a form or list is meant; case does not count, and a pattern may end in ``*``."""
    return any(_fits(pattern.strip().lower(), member_id.lower(), name.strip().lower()) for pattern in named)


def _fits(pattern: str, member_id: str, name: str) -> bool:
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return pattern in (member_id, name)
