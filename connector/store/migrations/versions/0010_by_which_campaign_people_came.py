"""By what a person came, as the type of the campaign they responded to says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BY_CHANNEL = sa.text("channel IS NOT NULL")
COLUMNS = ("company", "person_id", "occurred_at")


def upgrade() -> None:
    op.add_column("activity", sa.Column("channel", sa.String(), nullable=True))
    op.create_index(
        op.f("ix_activity_channel"),
        "activity",
        COLUMNS,
        sqlite_where=BY_CHANNEL,
        postgresql_where=BY_CHANNEL,
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_activity_channel"), table_name="activity")
    op.drop_column("activity", "channel")
