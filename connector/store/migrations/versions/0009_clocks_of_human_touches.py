"""The clocks of human touches on nurture tracks: asked of whom, due, late, kept or broken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import BigId, Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "track_touch",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("number", BigId, nullable=False),
        sa.Column("times", BigId, nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("late_at", Instant, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("touched_at", Instant, nullable=True),
        sa.Column("touched_by", BigId, nullable=True),
        sa.Column("broken_at", Instant, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("escalated_at", Instant, nullable=True),
        sa.Column("given_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("company", "key", name=op.f("pk_track_touch")),
    )
    op.create_index(op.f("ix_track_touch_company_person_id"), "track_touch", ["company", "person_id"])
    op.create_index(op.f("ix_track_touch_company_due_at"), "track_touch", ["company", "due_at"])


def downgrade() -> None:
    op.drop_table("track_touch")
