"""When a value was set that changed while its field was out of sight is not known: since when it may have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import Document

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("link", sa.Column("unseen", Document, nullable=True))


def downgrade() -> None:
    op.drop_column("link", "unseen")
