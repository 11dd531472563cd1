"""Indexes for what every sync and every report asks, so that it does not read everybody's row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UNCARED = sa.text(
    "merged_into IS NULL AND stage <> 'name' AND coalesce(track, '') <> 'no_contact' AND"
    " (coalesce(next_step, '') = '' OR track IS NULL OR (owner_id IS NULL AND"
    " (coalesce(accountable, '') IN ('', 'nobody') OR stage IN ('qualified_lead', 'prospect', 'customer'))))"
)
OPEN = sa.text("closed_at IS NULL")
NEW: tuple[tuple[str, str, tuple[str, ...], sa.TextClause | None], ...] = (
    ("ix_person_standing", "person", ("company", "stage", "grade", "junk_rule", "merged_into", "person_id"), None),
    ("ix_person_uncared", "person", ("company", "person_id"), UNCARED),
    ("ix_link_company_person_id_state", "link", ("company", "person_id", "state"), None),
    ("ix_link_company_created_at_first_seen_at", "link", ("company", "created_at", "first_seen_at"), None),
    ("ix_cycle_company_disposition_recycle_until", "cycle", ("company", "disposition", "recycle_until"), OPEN),
    ("ix_stage_history_company_at", "stage_history", ("company", "at"), None),
    ("ix_disposition_history_company_at", "disposition_history", ("company", "at"), None),
)
OLD = (
    ("ix_person_company_stage", "person", ("company", "stage")),
    ("ix_link_company_person_id", "link", ("company", "person_id")),
)
"""Each is the beginning of a new one."""


def upgrade() -> None:
    for name, table, columns, where in NEW:
        op.create_index(op.f(name), table, columns, sqlite_where=where, postgresql_where=where, unique=False)
    for name, table, _columns in OLD:
        op.drop_index(op.f(name), table_name=table)


def downgrade() -> None:
    for name, table, columns in OLD:
        op.create_index(op.f(name), table, columns, unique=False)
    for name, table, _columns, _where in NEW:
        op.drop_index(op.f(name), table_name=table)
