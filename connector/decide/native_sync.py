"""The CRMs' own integration with each other: whether it runs, and in which system a shared field is then written.

Two synchronisers that both write both sides of a field undo each other's work, so ours writes each shared field on
one side and leaves it to theirs to carry it over (DESIGN 3). Pure; where the signs of it are found is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from connector.ports.native_sync import CopyRule

MODES = ("auto", "on", "off")
BOTH = "both"
PROFILE = "profile"
LEADLOOP = "leadloop"
GROUPS = (PROFILE, LEADLOOP)
"""Instead of a canonical field's name: our own fields, and every other field that is not named itself."""


class NativeSyncRules(Struct, frozen=True):
    """``mode``: auto (it runs when records carry its ids), on, off. ``sides``: field or group -> system, or both."""

    mode: str = "auto"
    sides: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[CopyRule, ...] = ()

    def runs(self, is_seen: bool) -> bool:
        """Whether it runs; ``is_seen``: records carry its ids."""
        return self.mode == "on" or (self.mode == "auto" and is_seen)


class Sides(Struct, frozen=True):
    """In which system each field is written. Without rules in force: in every system that maps it."""

    by_field: Mapping[str, str] = field(default_factory=dict)

    def side_of(self, name: str, policy: str) -> str | None:
        """The one system in which the canonical field is written; ``None``: there is no such rule."""
        group = LEADLOOP if policy == LEADLOOP else PROFILE
        side = self.by_field.get(name, self.by_field.get(group, BOTH))
        return None if side == BOTH else side


EVERYWHERE = Sides()


def sides_in_force(rules: NativeSyncRules, is_seen: bool) -> Sides:
    """The rules, if that integration runs."""
    return Sides(rules.sides) if rules.runs(is_seen) else EVERYWHERE
