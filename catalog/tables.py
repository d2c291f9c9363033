"""Tables of the database.

Times are integers (microseconds since 1970, UTC, see `instants`). Maps are JSON texts.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, Table, Text
from sqlalchemy.dialects import postgresql

# Byte order is fast and equal in both databases.
_ID = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

# SQLite autoincrements only columns of the exact type INTEGER, which has 64 bits.
_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

products = Table(
    "products",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("category", Text),
    Column("brand", Text),
    Column("price", Float),
    Column("currency", Text),
    Column("in_stock", Boolean, nullable=False),
    Column("image_url", Text),
    Column("created_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("deleted_at", BigInteger),
    Index("products_changes", "updated_at", "id"),
)

users = Table(
    "users",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("preferences", Text, nullable=False),
    Column("created_at", BigInteger),
    Column("locale", Text),
)

# A purchase without an id gets a derived one, so that unique ids detect all duplicates. The sequence is the order of
# recording, and its numbers are never reused. The user of a guest's purchase is `ids.GUEST` rather than null, so that
# databases of earlier releases need no migration.
purchases = Table(
    "purchases",
    metadata,
    Column("sequence", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", _ID, nullable=False, unique=True),
    Column("user_id", _ID, nullable=False),
    Column("product_id", _ID, nullable=False),
    Column("purchased_at", BigInteger, nullable=False),
    Column("quantity", Float, nullable=False),
    Column("unit_price", Float),
    Column("order_id", Text),
    Column("recorded_at", BigInteger, nullable=False),
    Index("purchases_of_user", "user_id", "purchased_at"),
    Index("purchases_recorded", "recorded_at", "sequence"),
    sqlite_autoincrement=True,
)

loads = Table(
    "loads",
    metadata,
    Column("sequence", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("facts", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Facts about the latest loads of files, each an `entities.Load` as JSON."""


def _staged(name: str, of: Table, *more: Column[Any], without: frozenset[str] = frozenset()) -> Table:
    """Returns a temporary table with the columns of `of` and the row number."""
    columns = [Column(column.name, column.type) for column in of.columns if column.name not in without]
    row = Column("row", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False)
    return Table(name, staging, row, *columns, *more, prefixes=["TEMPORARY"])


staging = MetaData()
staged_products = _staged(
    "staged_products",
    products,
    Column("listed", Boolean, nullable=False),
    without=frozenset({"updated_at", "deleted_at"}),
)
"""`listed` is false for products that only purchases name."""
staged_users = _staged("staged_users", users)
staged_purchases = _staged(
    "staged_purchases",
    purchases,
    Column("own_id", Boolean, nullable=False),
    without=frozenset({"sequence", "recorded_at"}),
)
