"""The tables, the same in PostgreSQL and SQLite."""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, Float, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A moment, as an aware datetime in UTC whichever the database.

    SQLite has no type for moments: there it is text in UTC, which sorts by time. Raises ValueError, wrapped in
    SQLAlchemy's StatementError, for a datetime without a time zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, on the way into the database."""
        return None if value is None else in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, on the way out; SQLite's texts are in UTC already and do not say so."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def in_utc(value: datetime) -> datetime:
    """The same moment in UTC; raises ValueError without a time zone."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; write it as in 2026-05-17T09:30:00Z")
    return value.astimezone(UTC)


# Byte order: the same in both databases, and the fastest; ids are never sorted for people.
_ID = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()

# `id` is the client's, so that an event that is sent twice counts once. It ends the second index because that is
# the order in which events are paged through: any number of them may carry one and the same time.
events = Table(
    "events",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("user_id", _ID, nullable=False),
    Column("product_id", _ID, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("quantity", Integer),
    Column("price", Float),
    Column("recommendation_id", Text),
    Column("order_id", Text),
    Index("events_of_user", "user_id", "occurred_at"),
    Index("events_of_kind", "kind", "occurred_at", "id"),
)

# What the catalog last said of a shopper, so that it outlives the cache and an outage of the catalog.
profiles = Table(
    "profiles",
    metadata,
    Column("user_id", _ID, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("read_at", UtcTime, nullable=False),
)

preferences = Table(
    "preferences",
    metadata,
    Column("user_id", _ID, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

# Tombstones: what happened up to `erased_at` does not come back. The numbers are those of the last receipt.
erasures = Table(
    "erasures",
    metadata,
    Column("user_id", _ID, primary_key=True),
    Column("erased_at", UtcTime, nullable=False),
    Column("events", Integer, nullable=False),
    Column("profiles", Integer, nullable=False),
    Column("preferences", Integer, nullable=False),
)
