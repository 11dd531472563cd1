"""The model of winning, as plain coefficients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import BigId, Document, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "win_model",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("model_id", BigId, autoincrement=False, nullable=False),
        sa.Column("trained_at", Instant(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", Document, nullable=False),
        sa.PrimaryKeyConstraint("company", "model_id", name=op.f("pk_win_model")),
    )


def downgrade() -> None:
    op.drop_table("win_model")
