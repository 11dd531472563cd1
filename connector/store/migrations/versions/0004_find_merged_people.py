"""An index on the few people who were merged: a story asks for them, and must not read everybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ix_person_company_merged_into"
MERGED = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        op.f(NAME), "person", ["company", "merged_into"], sqlite_where=MERGED, postgresql_where=MERGED, unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f(NAME), table_name="person", sqlite_where=MERGED, postgresql_where=MERGED)
