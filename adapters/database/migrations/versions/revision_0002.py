"""Adds profiles, preferences and erasures, and the recommendation id of events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds three tables, and a column without rewriting rows."""
    op.add_column("events", sa.Column("recommendation_id", sa.Text()))
    op.create_table(
        "profiles",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
    )
    op.create_table(
        "preferences",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("erased_at", _TIME, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("profiles", sa.Integer(), nullable=False),
        sa.Column("preferences", sa.Integer(), nullable=False),
    )
