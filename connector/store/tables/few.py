"""Which few rows an index of their own holds (partial indexes): conditions that both databases understand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import TextClause, text

MERGED = text("merged_into IS NOT NULL")
"""People who are part of another one: few, and asked for by whom they are part of."""
MOVED = text("person_from IS NOT NULL")
"""What became of links that had a person before."""
NO_TEAM = ("", "nobody")
UNCARED = text(
    "merged_into IS NULL AND stage <> 'name' AND coalesce(track, '') <> 'no_contact' AND"
    " (coalesce(next_step, '') = '' OR track IS NULL OR (owner_id IS NULL AND"
    " (coalesce(accountable, '') IN ('', 'nobody') OR stage IN ('qualified_lead', 'prospect', 'customer'))))"
)
"""People who may leak by what stands in their own row: few, and every sync asks for them."""

SUBMITTED = text("form_key IS NOT NULL")
"""Activities that are form submissions."""

BY_CHANNEL = text("channel IS NOT NULL")
"""Activities that say by what a person came."""

OPEN = text("closed_at IS NULL")
"""Cycles that are not over."""


def few(rows: TextClause) -> dict[str, Any]:
    """The options of an index that holds just these rows."""
    return {"sqlite_where": rows, "postgresql_where": rows}
