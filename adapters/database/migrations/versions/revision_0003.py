"""Adds the order id of events, which identifies duplicates of the catalog's purchases."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds a column without rewriting rows."""
    op.add_column("events", sa.Column("order_id", sa.Text()))
