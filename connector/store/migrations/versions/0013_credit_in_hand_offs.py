"""What a pool owes a colleague is counted in millionths of a hand-off; what was remembered in weights begins anew."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE routing_state RENAME COLUMN credit_milli TO credit_micro")
    op.execute("UPDATE routing_state SET credit_micro = 0")


def downgrade() -> None:
    op.execute("ALTER TABLE routing_state RENAME COLUMN credit_micro TO credit_milli")
    op.execute("UPDATE routing_state SET credit_milli = 0")
