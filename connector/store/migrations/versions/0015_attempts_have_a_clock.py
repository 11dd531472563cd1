"""The promised attempts have a time, and are owed when it is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENTS = ("attempts_due_at", "missed_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("follow_up", sa.Column(name, Instant(), nullable=True))


def downgrade() -> None:
    for name in reversed(MOMENTS):
        op.drop_column("follow_up", name)
