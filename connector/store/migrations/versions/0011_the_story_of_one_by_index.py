"""The story of one person is looked up, however many others there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MERGED = sa.text("merged_into IS NOT NULL")
MOVED = sa.text("person_from IS NOT NULL")


def upgrade() -> None:
    op.drop_index(op.f("ix_person_company_merged_into"), table_name="person")
    op.create_index(
        op.f("ix_person_company_merged_into_person_id"),
        "person",
        ["company", "merged_into", "person_id"],
        sqlite_where=MERGED,
        postgresql_where=MERGED,
    )
    op.create_index(op.f("ix_link_event_company_link_id"), "link_event", ["company", "link_id"])
    op.create_index(op.f("ix_link_event_company_person_to"), "link_event", ["company", "person_to"])
    op.create_index(
        op.f("ix_link_event_company_person_from"),
        "link_event",
        ["company", "person_from"],
        sqlite_where=MOVED,
        postgresql_where=MOVED,
    )
    op.create_index(op.f("ix_conflict_company_person_id"), "conflict", ["company", "person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_conflict_company_person_id"), table_name="conflict")
    for name in ("person_from", "person_to", "link_id"):
        op.drop_index(op.f(f"ix_link_event_company_{name}"), table_name="link_event")
    op.drop_index(op.f("ix_person_company_merged_into_person_id"), table_name="person")
    op.create_index(
        op.f("ix_person_company_merged_into"),
        "person",
        ["company", "merged_into"],
        sqlite_where=MERGED,
        postgresql_where=MERGED,
    )
