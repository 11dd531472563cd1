"""Whether a task is one of ours is looked up, however much was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OF_TASK = sa.text("kind = 'task'")


def upgrade() -> None:
    op.create_index(
        op.f("ix_outbox_company_record_id"),
        "outbox",
        ["company", "record_id"],
        sqlite_where=OF_TASK,
        postgresql_where=OF_TASK,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_company_record_id"), table_name="outbox")
