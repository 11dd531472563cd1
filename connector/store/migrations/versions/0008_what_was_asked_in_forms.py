"""Form submissions: whether something was asked, and what was written by whom alike; people held as suspected bots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SUBMITTED = sa.text("form_key IS NOT NULL")
INDEXES = (
    ("ix_activity_submitted", ("company", "person_id", "occurred_at")),
    ("ix_activity_same_text", ("company", "form_key", "occurred_at")),
)


def upgrade() -> None:
    op.add_column("activity", sa.Column("asked", sa.Boolean(), nullable=True))
    op.add_column("activity", sa.Column("form_key", sa.String(), nullable=True))
    op.add_column("person", sa.Column("suspected_bot", sa.Boolean(), nullable=True))
    for name, columns in INDEXES:
        op.create_index(
            op.f(name), "activity", columns, sqlite_where=SUBMITTED, postgresql_where=SUBMITTED, unique=False
        )


def downgrade() -> None:
    for name, _columns in INDEXES:
        op.drop_index(op.f(name), table_name="activity")
    op.drop_column("person", "suspected_bot")
    op.drop_column("activity", "form_key")
    op.drop_column("activity", "asked")
