"""Texts with fields in braces: which fields a text may name is checked when the file is read, not when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter

from connector.rules.toml import Table


def template(table: Table, key: str, fields: Sequence[str]) -> str:
    """The text at ``key``; ``BadConfiguration`` for a field that is not among ``fields`` or a brace that stands alone.

    Only plain names are allowed: no attributes, conversions or formats.
    """
    text = table.text(key)
    try:
        used = [(name, form, change) for _, name, form, change in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise table.error(key, "a brace stands alone", "write {{ or }} for a brace that is meant") from error
    for name, form, change in used:
        if name not in fields or form or change:
            written = f"{{{name}{'!' + change if change else ''}{':' + form if form else ''}}}"
            raise table.error(key, f"{written} is no placeholder", f"write {', '.join(map(_braced, fields))}")
    return text


def _braced(name: str) -> str:
    return f"{{{name}}}"
