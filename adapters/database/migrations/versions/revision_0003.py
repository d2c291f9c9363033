"""Events name the order that a purchase belongs to, by which the catalog's is known as the same."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds a column, which rewrites no row."""
    op.add_column("events", sa.Column("order_id", sa.Text()))
