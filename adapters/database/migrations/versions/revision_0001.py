"""Creates the table of events, as of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the table if it is missing. Databases older than migrations have it."""
    op.create_table(
        "events",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", _TIME, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("quantity", sa.Integer()),
        sa.Column("price", sa.Float()),
        if_not_exists=True,
    )
    op.create_index("events_of_user", "events", ["user_id", "occurred_at"], if_not_exists=True)
    op.create_index("events_of_kind", "events", ["kind", "occurred_at", "id"], if_not_exists=True)
