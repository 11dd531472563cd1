"""PostgreSQL hash partitions by company for the tables that grow with every event."""

from __future__ import annotations

from alembic import op

PARTITIONED = ("activity", "field_history", "person_field_history", "journal")
PARTITIONS = 8


def create_partitions() -> None:
    """One partition per remainder; nothing to do on SQLite."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in PARTITIONED:
        for remainder in range(PARTITIONS):
            op.execute(
                f"CREATE TABLE {table}_p{remainder} PARTITION OF {table} "
                f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {remainder})"
            )
