"""How colleagues and their teams are called in a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOBODY, OUTSIDE = "(nobody)", "(not in the roster)"


@dataclass(frozen=True)
class Names:
    """User id -> name, and -> team (the roster's pool)."""

    people: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)

    def of(self, user_id: int | None) -> str:
        """A colleague; somebody without a name by their number."""
        if user_id is None:
            return NOBODY
        return self.people.get(user_id) or f"user {user_id}"

    def team(self, user_id: int | None) -> str:
        """A colleague's team."""
        return self.teams.get(user_id or 0, OUTSIDE)
