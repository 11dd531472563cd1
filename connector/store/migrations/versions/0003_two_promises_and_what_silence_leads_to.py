"""Two promises per clock, what silence leads to, the signal behind an assignment, and tasks that ask for a word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import Document, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENTS = ("accepted_at", "reminded_at", "escalated_at", "refused_at")


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("accept_state", sa.String(), nullable=True))
    for name in MOMENTS:
        op.add_column("follow_up", sa.Column(name, Instant(), nullable=True))
    op.add_column("assignment", sa.Column("evidence_at", Instant(), nullable=True))
    op.add_column("person", sa.Column("tasks", Document, nullable=True))


def downgrade() -> None:
    op.drop_column("person", "tasks")
    op.drop_column("assignment", "evidence_at")
    for name in reversed(MOMENTS):
        op.drop_column("follow_up", name)
    op.drop_column("follow_up", "accept_state")
