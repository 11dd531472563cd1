"""The first schema: every table of ``connector.store.tables`` as it was first shipped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.store.migrations.partitions import create_partitions
from connector.store.types import BigId, BytewiseText, Document, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("domain", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("mapped", Document, nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("name_key", sa.String(), nullable=True),
        sa.Column("same_as", sa.String(), nullable=True),
        sa.Column("joined_by", sa.String(), nullable=True),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("customer_owner_id", BigId, nullable=True),
        sa.Column("modified_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("company", "system", "record_id", name=op.f("pk_account")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_company_account_id"), ["company", "account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_company_domain"), ["company", "domain"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_company_joined"), ["company", "joined"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_company_name_key"), ["company", "name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_company_same_as"), ["company", "same_as"], unique=False)

    op.create_table(
        "activity",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("activity_id", BigId, autoincrement=False, nullable=False),
        sa.Column("link_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("known_seq", BigId, nullable=False),
        sa.Column("source_key", BytewiseText, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("phase", sa.String(), nullable=True),
        sa.Column("asset", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("awaits", sa.String(), nullable=True),
        sa.Column("sameness", sa.String(), nullable=True),
        sa.Column("precedence", BigId, nullable=True),
        sa.Column("duplicate_of", BigId, nullable=True),
        sa.Column("deleted_seq", BigId, nullable=True),
        sa.Column("attributes", Document, nullable=True),
        sa.PrimaryKeyConstraint("company", "activity_id", name=op.f("pk_activity")),
        sa.UniqueConstraint("company", "source_key", name=op.f("uq_activity_company_source_key")),
        postgresql_partition_by="HASH (company)",
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_company_awaits"), ["company", "awaits"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_company_link_id"), ["company", "link_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_activity_company_person_id_occurred_at_signal"),
            ["company", "person_id", "occurred_at", "signal"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_activity_company_person_id_sameness"), ["company", "person_id", "sameness"], unique=False
        )

    op.create_table(
        "assignment",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("assignment_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("cycle_id", BigId, nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("promise", sa.String(), nullable=True),
        sa.Column("path", Document, nullable=True),
        sa.Column("reasons", Document, nullable=True),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "assignment_id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_company_person_id"), ["company", "person_id"], unique=False)

    op.create_table(
        "baseline",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("link_id", BigId, autoincrement=False, nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("schema_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "link_id", name=op.f("pk_baseline")),
    )
    op.create_table(
        "budget",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("used", BigId, nullable=False),
        sa.Column("limit", BigId, nullable=True),
        sa.Column("reset_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("company", "system", "window", name=op.f("pk_budget")),
    )
    op.create_table(
        "company",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("live_since", Instant(), nullable=True),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.Column("first_push_approved_at", Instant(), nullable=True),
        sa.Column("playbook_digest", sa.String(), nullable=True),
        sa.Column("mapping_digest", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("name", name=op.f("uq_company_name")),
    )
    op.create_table(
        "conflict",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("conflict_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("link_id", BigId, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("base", Document, nullable=True),
        sa.Column("ours", Document, nullable=True),
        sa.Column("theirs", Document, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "conflict_id", name=op.f("pk_conflict")),
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_company_state"), ["company", "state"], unique=False)

    op.create_table(
        "counter",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "name", name=op.f("pk_counter")),
    )
    op.create_table(
        "crm_user",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("manager_owner_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "system", "owner_id", name=op.f("pk_crm_user")),
    )
    with op.batch_alter_table("crm_user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_crm_user_company_user_id"), ["company", "user_id"], unique=False)

    op.create_table(
        "cycle",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("cycle_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("motion", sa.String(), nullable=False),
        sa.Column("number", BigId, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("disposition_at", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("grade_at_handoff", sa.String(), nullable=True),
        sa.Column("qualified_at", Instant(), nullable=True),
        sa.Column("handed_off_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("first_touch_at", Instant(), nullable=True),
        sa.Column("sales_qualified_at", Instant(), nullable=True),
        sa.Column("recycles", BigId, nullable=False),
        sa.Column("recycle_until", Instant(), nullable=True),
        sa.Column("recycle_track", sa.String(), nullable=True),
        sa.Column("recycle_engagement_milli", BigId, nullable=True),
        sa.Column("returned_at", Document, nullable=True),
        sa.Column("reconstructed", sa.Boolean(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", "cycle_id", name=op.f("pk_cycle")),
    )
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cycle_company_person_id"), ["company", "person_id"], unique=False)

    op.create_table(
        "definition",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", Document, nullable=False),
        sa.Column("first_used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_definition")),
    )
    op.create_table(
        "disposition_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("cycle_id", BigId, nullable=False),
        sa.Column("disposition_from", sa.String(), nullable=True),
        sa.Column("disposition_to", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("evidence", Document, nullable=True),
        sa.Column("run_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "person_id", "seq", name=op.f("pk_disposition_history")),
    )
    op.create_table(
        "employer",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("account_id", BigId, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", Instant(), nullable=True),
        sa.Column("status_why", sa.String(), nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("opportunity_owner_id", BigId, nullable=True),
        sa.Column("customer_owner_id", BigId, nullable=True),
        sa.Column("mapped", Document, nullable=False),
        sa.Column("people", BigId, nullable=False),
        sa.Column("people_active", BigId, nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("seq", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "account_id", name=op.f("pk_employer")),
    )
    with op.batch_alter_table("employer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_employer_company_due_at"), ["company", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_employer_company_touched"), ["company", "touched"], unique=False)

    op.create_table(
        "field_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("link_id", BigId, autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("value_text", sa.String(), nullable=True),
        sa.Column("value_number", BigId, nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "seq", "link_id", "field", name=op.f("pk_field_history")),
        postgresql_partition_by="HASH (company)",
    )
    with op.batch_alter_table("field_history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_field_history_company_link_id_field_valid_from"),
            ["company", "link_id", "field", "valid_from"],
            unique=False,
        )

    op.create_table(
        "finding",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.Column("count", BigId, nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("company", "name", name=op.f("pk_finding")),
    )
    op.create_table(
        "follow_up",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("assignment_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("accept_due_at", Instant(), nullable=True),
        sa.Column("touched_at", Instant(), nullable=True),
        sa.Column("broken_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "assignment_id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_follow_up_company_state_due_at"), ["company", "state", "due_at"], unique=False
        )

    op.create_table(
        "follow_up_event",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("assignment_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("evidence", Document, nullable=True),
        sa.PrimaryKeyConstraint("company", "assignment_id", "seq", name=op.f("pk_follow_up_event")),
    )
    op.create_table(
        "generation",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("number", BigId, autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("expected", BigId, nullable=True),
        sa.Column("seen", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "object", "number", name=op.f("pk_generation")),
    )
    op.create_table(
        "hold",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("playbook_digest", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "person_id", "field", name=op.f("pk_hold")),
    )
    op.create_table(
        "journal",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("action_id", sa.String(), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("link_id", BigId, nullable=True),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("before", Document, nullable=True),
        sa.Column("after", Document, nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("request_id", BigId, nullable=True),
        sa.Column("run_id", BigId, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reverted_by", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "seq", name=op.f("pk_journal")),
        postgresql_partition_by="HASH (company)",
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_company_person_id"), ["company", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_company_run_id"), ["company", "run_id"], unique=False)

    op.create_table(
        "landing",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("modified_at", Instant(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("generation", BigId, nullable=False),
        sa.Column("schema_id", BigId, nullable=True),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.Column("fields", Document, nullable=False),
        sa.Column("facts", Document, nullable=True),
        sa.Column("landed_at", Instant(), nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "object", "record_id", name=op.f("pk_landing")),
    )
    with op.batch_alter_table("landing", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_landing_company_system_object_seq"), ["company", "system", "object", "seq"], unique=False
        )

    op.create_table(
        "link",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("link_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("external_key", sa.String(), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("successor_link_id", BigId, nullable=True),
        sa.Column("parent_record_id", sa.String(), nullable=True),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("modified_at", Instant(), nullable=True),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("mapped", Document, nullable=False),
        sa.Column("stamps", Document, nullable=True),
        sa.Column("authors", Document, nullable=True),
        sa.Column("seq", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "link_id", name=op.f("pk_link")),
        sa.UniqueConstraint("company", "external_key", name=op.f("uq_link_company_external_key")),
        sa.UniqueConstraint(
            "company", "system", "object", "record_id", name=op.f("uq_link_company_system_object_record_id")
        ),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_company_person_id"), ["company", "person_id"], unique=False)

    op.create_table(
        "link_event",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("link_id", BigId, nullable=False),
        sa.Column("person_from", BigId, nullable=True),
        sa.Column("person_to", BigId, nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("evidence", Document, nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("company", "seq", name=op.f("pk_link_event")),
    )
    op.create_table(
        "link_rule",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("link_a", BigId, autoincrement=False, nullable=False),
        sa.Column("link_b", BigId, autoincrement=False, nullable=False),
        sa.Column("ruling", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("company", "link_a", "link_b", name=op.f("pk_link_rule")),
    )
    op.create_table(
        "match_key",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("link_id", BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("company", "kind", "value", "link_id", name=op.f("pk_match_key")),
    )
    with op.batch_alter_table("match_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_key_company_link_id"), ["company", "link_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("assignment_id", BigId, nullable=True),
        sa.Column("facts", Document, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("run_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "key", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_company_person_id"), ["company", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_company_state"), ["company", "state"], unique=False)

    op.create_table(
        "moment",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "person_id", "field", name=op.f("pk_moment")),
    )
    op.create_table(
        "opportunity",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("account_record_id", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("amount_cents", BigId, nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("is_won", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "record_id", name=op.f("pk_opportunity")),
    )
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opportunity_company_account_record_id"), ["company", "account_record_id"], unique=False
        )

    op.create_table(
        "opportunity_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("amount_cents", BigId, nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("is_won", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "record_id", "seq", name=op.f("pk_opportunity_history")),
    )
    op.create_table(
        "opportunity_person",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("role_id", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("link_object", sa.String(), nullable=False),
        sa.Column("link_record_id", sa.String(), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "role_id", name=op.f("pk_opportunity_person")),
    )
    with op.batch_alter_table("opportunity_person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opportunity_person_company_person_id"), ["company", "person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_opportunity_person_company_system_link_record_id"),
            ["company", "system", "link_record_id"],
            unique=False,
        )

    op.create_table(
        "outbox",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("action_id", sa.String(), nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("link_id", BigId, nullable=True),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("external_key", sa.String(), nullable=True),
        sa.Column("changes", Document, nullable=False),
        sa.Column("steps_done", BigId, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", BigId, nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("request_id", BigId, nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_field", sa.String(), nullable=True),
        sa.Column("parent_record_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "action_id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_company_person_id"), ["company", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_company_plan_id"), ["company", "plan_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outbox_company_state_not_before"), ["company", "state", "not_before"], unique=False
        )
        batch_op.create_index(
            "uq_outbox_in_flight",
            ["company", "target"],
            unique=True,
            sqlite_where=sa.text("state IN ('sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('sending', 'unknown')"),
        )

    op.create_table(
        "person",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_key", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("merged_into", BigId, nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("unsettled", sa.Boolean(), nullable=False),
        sa.Column("extra", Document, nullable=True),
        sa.Column("provenance", Document, nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("email_domain", sa.String(), nullable=True),
        sa.Column("has_email", sa.Boolean(), nullable=True),
        sa.Column("has_phone", sa.Boolean(), nullable=True),
        sa.Column("free_mail", sa.Boolean(), nullable=True),
        sa.Column("disposable", sa.Boolean(), nullable=True),
        sa.Column("gibberish", sa.Boolean(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("seniority", sa.String(), nullable=True),
        sa.Column("job_function", sa.String(), nullable=True),
        sa.Column("persona_excluded", sa.String(), nullable=True),
        sa.Column("account_name", sa.String(), nullable=True),
        sa.Column("account_domain", sa.String(), nullable=True),
        sa.Column("account_status", sa.String(), nullable=True),
        sa.Column("account_people", BigId, nullable=True),
        sa.Column("account_people_active", BigId, nullable=True),
        sa.Column("employees", BigId, nullable=True),
        sa.Column("annual_revenue", BigId, nullable=True),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("source_first", sa.String(), nullable=True),
        sa.Column("email_opt_out", sa.Boolean(), nullable=True),
        sa.Column("phone_opt_out", sa.Boolean(), nullable=True),
        sa.Column("email_quality", sa.String(), nullable=True),
        sa.Column("processing_restricted", sa.Boolean(), nullable=True),
        sa.Column("q_need", sa.String(), nullable=True),
        sa.Column("q_need_at", Instant(), nullable=True),
        sa.Column("q_budget", sa.String(), nullable=True),
        sa.Column("q_budget_at", Instant(), nullable=True),
        sa.Column("q_authority", sa.String(), nullable=True),
        sa.Column("q_authority_at", Instant(), nullable=True),
        sa.Column("q_timing", sa.String(), nullable=True),
        sa.Column("q_timing_at", Instant(), nullable=True),
        sa.Column("q_evaluating", sa.String(), nullable=True),
        sa.Column("q_evaluating_at", Instant(), nullable=True),
        sa.Column("q_product", sa.String(), nullable=True),
        sa.Column("q_product_at", Instant(), nullable=True),
        sa.Column("sf_status", sa.String(), nullable=True),
        sa.Column("hs_lead_status", sa.String(), nullable=True),
        sa.Column("hs_lifecycle", sa.String(), nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("account_match", sa.String(), nullable=True),
        sa.Column("account_evidence", Document, nullable=True),
        sa.Column("account_name_key", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_since", Instant(), nullable=True),
        sa.Column("stage_before", sa.String(), nullable=True),
        sa.Column("stage_locked_until", Instant(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("motion", sa.String(), nullable=True),
        sa.Column("cycle_number", BigId, nullable=True),
        sa.Column("recycle_until", Instant(), nullable=True),
        sa.Column("recycle_reason", sa.String(), nullable=True),
        sa.Column("open_opportunities", BigId, nullable=False),
        sa.Column("won_opportunities", BigId, nullable=False),
        sa.Column("junk_rule", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("grade_current", sa.String(), nullable=True),
        sa.Column("grade_low_since", Instant(), nullable=True),
        sa.Column("score_milli", BigId, nullable=False),
        sa.Column("fit_milli", BigId, nullable=False),
        sa.Column("engagement_milli", BigId, nullable=False),
        sa.Column("readiness_milli", BigId, nullable=False),
        sa.Column("track", sa.String(), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("accountable", sa.String(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=True),
        sa.Column("next_step_due", Instant(), nullable=True),
        sa.Column("hand_off", Document, nullable=True),
        sa.Column("qualified_at", Instant(), nullable=True),
        sa.Column("handed_off_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("first_touch_at", Instant(), nullable=True),
        sa.Column("sales_qualified_at", Instant(), nullable=True),
        sa.Column("last_sales_owner_id", BigId, nullable=True),
        sa.Column("expected_value", BigId, nullable=True),
        sa.Column("evaluated_at", Instant(), nullable=True),
        sa.Column("next_evaluation_at", Instant(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("published_score", BigId, nullable=True),
        sa.Column("published_fit", BigId, nullable=True),
        sa.Column("published_engagement", BigId, nullable=True),
        sa.Column("published_readiness", BigId, nullable=True),
        sa.Column("published_why", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("company", "person_key", name=op.f("uq_person_company_person_key")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_company_account_domain"), ["company", "account_domain"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_person_company_account_id"), ["company", "account_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_person_company_account_name_key"), ["company", "account_name_key"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_person_company_email"), ["company", "email"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_company_email_domain"), ["company", "email_domain"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_person_company_grade_score_milli"), ["company", "grade", "score_milli"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_person_company_next_evaluation_at"), ["company", "next_evaluation_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_person_company_owner_id_next_step_due"),
            ["company", "owner_id", "next_step_due"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_person_company_stage"), ["company", "stage"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_company_unsettled"), ["company", "unsettled"], unique=False)

    op.create_table(
        "person_dirty",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("since_seq", BigId, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "person_id", name=op.f("pk_person_dirty")),
    )
    op.create_table(
        "person_field_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("value_text", sa.String(), nullable=True),
        sa.Column("value_number", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "seq", "person_id", "field", name=op.f("pk_person_field_history")),
        postgresql_partition_by="HASH (company)",
    )
    with op.batch_alter_table("person_field_history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_field_history_company_person_id_field_valid_from"),
            ["company", "person_id", "field", "valid_from"],
            unique=False,
        )

    op.create_table(
        "plan",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("plan_id", BigId, autoincrement=False, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("guard", sa.String(), nullable=True),
        sa.Column("counts", Document, nullable=True),
        sa.PrimaryKeyConstraint("company", "plan_id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(
            "uq_plan_open",
            ["company"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "queue_member",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("queue_owner_id", sa.String(), nullable=False),
        sa.Column("member_owner_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "record_id", name=op.f("pk_queue_member")),
    )
    op.create_table(
        "reject",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("attempts", BigId, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "object", "record_id", "field", name=op.f("pk_reject")),
    )
    op.create_table(
        "routing_state",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("user_id", BigId, autoincrement=False, nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("given", BigId, nullable=False),
        sa.Column("credit_milli", BigId, nullable=False),
        sa.PrimaryKeyConstraint("company", "pool", "user_id", name=op.f("pk_routing_state")),
    )
    op.create_table(
        "run",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("run_id", BigId, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("playbook_digest", sa.String(), nullable=True),
        sa.Column("mapping_digest", sa.String(), nullable=True),
        sa.Column("counts", Document, nullable=True),
        sa.PrimaryKeyConstraint("company", "run_id", name=op.f("pk_run")),
    )
    op.create_table(
        "schema_snapshot",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("schema_id", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("company", "schema_id", name=op.f("pk_schema_snapshot")),
    )
    op.create_table(
        "score_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("evaluated_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("fit_milli", BigId, nullable=False),
        sa.Column("engagement_milli", BigId, nullable=False),
        sa.Column("readiness_milli", BigId, nullable=False),
        sa.Column("score_milli", BigId, nullable=False),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("run_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "person_id", "seq", name=op.f("pk_score_history")),
    )
    op.create_table(
        "stage_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("stage_from", sa.String(), nullable=True),
        sa.Column("stage_to", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reconstructed", sa.Boolean(), nullable=False),
        sa.Column("evidence", Document, nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("run_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "person_id", "seq", name=op.f("pk_stage_history")),
    )
    op.create_table(
        "tombstone",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("keyed_hash", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("company", "keyed_hash", name=op.f("pk_tombstone")),
    )
    op.create_table(
        "track_history",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("track", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "person_id", "seq", name=op.f("pk_track_history")),
    )
    op.create_table(
        "watermark",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("generation", BigId, nullable=False),
        sa.Column("token", Document, nullable=True),
        sa.Column("covered_until", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("company", "system", "stream", name=op.f("pk_watermark")),
    )
    op.create_table(
        "write_request",
        sa.Column("company", BigId, autoincrement=False, nullable=False),
        sa.Column("request_id", BigId, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("rows", BigId, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("run_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("company", "request_id", name=op.f("pk_write_request")),
    )
    create_partitions()


def downgrade() -> None:
    op.drop_table("write_request")
    op.drop_table("watermark")
    op.drop_table("track_history")
    op.drop_table("tombstone")
    op.drop_table("stage_history")
    op.drop_table("score_history")
    op.drop_table("schema_snapshot")
    op.drop_table("run")
    op.drop_table("routing_state")
    op.drop_table("reject")
    op.drop_table("queue_member")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_plan_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )

    op.drop_table("plan")
    with op.batch_alter_table("person_field_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_field_history_company_person_id_field_valid_from"))

    op.drop_table("person_field_history")
    op.drop_table("person_dirty")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_company_unsettled"))
        batch_op.drop_index(batch_op.f("ix_person_company_stage"))
        batch_op.drop_index(batch_op.f("ix_person_company_owner_id_next_step_due"))
        batch_op.drop_index(batch_op.f("ix_person_company_next_evaluation_at"))
        batch_op.drop_index(batch_op.f("ix_person_company_grade_score_milli"))
        batch_op.drop_index(batch_op.f("ix_person_company_email_domain"))
        batch_op.drop_index(batch_op.f("ix_person_company_email"))
        batch_op.drop_index(batch_op.f("ix_person_company_account_name_key"))
        batch_op.drop_index(batch_op.f("ix_person_company_account_id"))
        batch_op.drop_index(batch_op.f("ix_person_company_account_domain"))

    op.drop_table("person")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_outbox_in_flight",
            sqlite_where=sa.text("state IN ('sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('sending', 'unknown')"),
        )
        batch_op.drop_index(batch_op.f("ix_outbox_company_state_not_before"))
        batch_op.drop_index(batch_op.f("ix_outbox_company_plan_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_company_person_id"))

    op.drop_table("outbox")
    with op.batch_alter_table("opportunity_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opportunity_person_company_system_link_record_id"))
        batch_op.drop_index(batch_op.f("ix_opportunity_person_company_person_id"))

    op.drop_table("opportunity_person")
    op.drop_table("opportunity_history")
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opportunity_company_account_record_id"))

    op.drop_table("opportunity")
    op.drop_table("moment")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_company_state"))
        batch_op.drop_index(batch_op.f("ix_message_company_person_id"))

    op.drop_table("message")
    with op.batch_alter_table("match_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_key_company_link_id"))

    op.drop_table("match_key")
    op.drop_table("link_rule")
    op.drop_table("link_event")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_company_person_id"))

    op.drop_table("link")
    with op.batch_alter_table("landing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_landing_company_system_object_seq"))

    op.drop_table("landing")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_company_run_id"))
        batch_op.drop_index(batch_op.f("ix_journal_company_person_id"))

    op.drop_table("journal")
    op.drop_table("hold")
    op.drop_table("generation")
    op.drop_table("follow_up_event")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_up_company_state_due_at"))

    op.drop_table("follow_up")
    op.drop_table("finding")
    with op.batch_alter_table("field_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_field_history_company_link_id_field_valid_from"))

    op.drop_table("field_history")
    with op.batch_alter_table("employer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employer_company_touched"))
        batch_op.drop_index(batch_op.f("ix_employer_company_due_at"))

    op.drop_table("employer")
    op.drop_table("disposition_history")
    op.drop_table("definition")
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cycle_company_person_id"))

    op.drop_table("cycle")
    with op.batch_alter_table("crm_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_crm_user_company_user_id"))

    op.drop_table("crm_user")
    op.drop_table("counter")
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflict_company_state"))

    op.drop_table("conflict")
    op.drop_table("company")
    op.drop_table("budget")
    op.drop_table("baseline")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_company_person_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_company_person_id_sameness"))
        batch_op.drop_index(batch_op.f("ix_activity_company_person_id_occurred_at_signal"))
        batch_op.drop_index(batch_op.f("ix_activity_company_link_id"))
        batch_op.drop_index(batch_op.f("ix_activity_company_awaits"))

    op.drop_table("activity")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_company_same_as"))
        batch_op.drop_index(batch_op.f("ix_account_company_name_key"))
        batch_op.drop_index(batch_op.f("ix_account_company_joined"))
        batch_op.drop_index(batch_op.f("ix_account_company_domain"))
        batch_op.drop_index(batch_op.f("ix_account_company_account_id"))

    op.drop_table("account")
