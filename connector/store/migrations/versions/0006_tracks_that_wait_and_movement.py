"""Since when a nurture track waits for its end, and who came close to what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import BigId, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("track_history", sa.Column("leaves_since", Instant, nullable=True))
    op.create_table(
        "movement",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", "subject", "kind", name=op.f("pk_movement")),
    )


def downgrade() -> None:
    op.drop_table("movement")
    op.drop_column("track_history", "leaves_since")
