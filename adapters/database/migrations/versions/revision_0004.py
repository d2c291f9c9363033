"""Adds the mark of an `unhide`, and digests of erased events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a column without rewriting rows, and a table."""
    op.add_column("events", sa.Column("unhidden", sa.Boolean()))
    op.create_table(
        "erased_events",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("event", sa.Text(), primary_key=True),
    )
