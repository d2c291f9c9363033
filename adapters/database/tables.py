"""Tables, identical in PostgreSQL and SQLite."""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """Timezone-aware datetime in UTC.

    SQLite has no type for it and stores text in UTC, which sorts by time. A datetime without a time zone raises
    ValueError, wrapped in SQLAlchemy's StatementError.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Converts a value to UTC for the database."""
        return None if value is None else in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """See `stored_time`."""
        return stored_time(value) if value else None


def stored_time(value: datetime) -> datetime:
    """Converts a value from the database to UTC.

    Values from SQLite, and infinity from PostgreSQL, have no time zone, and are in UTC.
    """
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def in_utc(value: datetime) -> datetime:
    """Converts a datetime to UTC.

    Raises:
        ValueError: no time zone.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; write it as in 2026-05-17T09:30:00Z")
    return value.astimezone(UTC)


# Collation by bytes is the same in both databases, and the fastest. Ids are never sorted for people.
_ID = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()

# `id` joins the shopper and the client's id (`event_rows.key_of`), so that an event sent twice counts once. Rows of
# earlier releases have the client's id alone. `unhidden` marks an `unhide`. `id` ends the second index because events
# are paged by time and id: any number of them may have the same time.
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
    Column("unhidden", Boolean),
    Index("events_of_user", "user_id", "occurred_at"),
    Index("events_of_kind", "kind", "occurred_at", "id"),
)

# Catalog records of shoppers (`StoredShopper.catalog_record`). They outlive the cache and outages of the catalog.
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

# Tombstones. Events and purchases up to `erased_at` are ignored. The counts are those of the last receipt.
erasures = Table(
    "erasures",
    metadata,
    Column("user_id", _ID, primary_key=True),
    Column("erased_at", UtcTime, nullable=False),
    Column("events", Integer, nullable=False),
    Column("profiles", Integer, nullable=False),
    Column("preferences", Integer, nullable=False),
)

# Digests of erased events that are dated after `erased_at`. A replay of them is ignored, too.
erased_events = Table(
    "erased_events",
    metadata,
    Column("user_id", _ID, primary_key=True),
    Column("event", Text, primary_key=True),
)
