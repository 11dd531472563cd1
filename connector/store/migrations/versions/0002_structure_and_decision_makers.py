"""What an account belongs to, what it bought and who decides there: structure, products and decision makers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.types import BigId, Document

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARENT_INDEX = "ix_account_company_parent_record_id"


def upgrade() -> None:
    op.add_column("account", sa.Column("parent_record_id", sa.String(), nullable=True))
    op.create_index(op.f(PARENT_INDEX), "account", ["company", "parent_record_id"], unique=False)
    op.add_column("employer", sa.Column("parent_account_id", BigId, nullable=True))
    op.add_column("employer", sa.Column("decision_makers", Document, nullable=True))
    op.add_column("employer", sa.Column("products", Document, nullable=True))
    op.add_column("opportunity", sa.Column("name", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("opportunity", "name")
    op.drop_column("employer", "products")
    op.drop_column("employer", "decision_makers")
    op.drop_column("employer", "parent_account_id")
    op.drop_index(op.f(PARENT_INDEX), table_name="account")
    op.drop_column("account", "parent_record_id")
