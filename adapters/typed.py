"""JSON objects with known names, read into structs and written back with their names in order, without a dictionary.

Decides how a struct is laid out so that its text is the one that is stored and hashed. Must not know a vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, defstruct

write = msgspec.json.Encoder().encode
"""The text of a struct, names in the struct's order; what is ``UNSET`` is left out."""


class Layout(Struct, frozen=True):
    """``struct``: a field per name, ``UNSET`` where nothing was answered. ``attribute``: how a name is called there."""

    struct: type[Struct]
    attribute: Mapping[str, str]


def layout(types: Mapping[str, Any]) -> Layout:
    """For objects that hold some of these names, each with a value of its type."""
    attribute = {name: f"a{place}" for place, name in enumerate(sorted(types))}
    fields = [(own, types[name] | UnsetType, UNSET) for name, own in attribute.items()]
    struct = defstruct("Object", fields, rename={own: name for name, own in attribute.items()}, gc=False)
    return Layout(struct, attribute)
