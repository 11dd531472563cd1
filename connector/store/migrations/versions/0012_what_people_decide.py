"""What a person decided about a conflict, and about a write that a CRM refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import BigId, Document, Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CONFLICT = (
    ("name", sa.String()),
    ("taken_link_id", BigId),
    ("taken_value", Document),
    ("taken_by", sa.String()),
    ("taken_at", Instant),
)
REJECT = (("wanted", sa.String()), ("decided_by", sa.String()), ("decided_at", Instant))


def upgrade() -> None:
    for table, columns in (("conflict", CONFLICT), ("reject", REJECT)):
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, columns in (("conflict", CONFLICT), ("reject", REJECT)):
        for name, _ in reversed(columns):
            op.drop_column(table, name)
