"""Events and what is stored of shoppers: PostgreSQL in production, SQLite as the embedded default, one code for both.

Errors:

    DatabaseError
    ├── DatabaseUnavailable   no connection, too slow, full, locked, credentials refused; later may be better
    ├── DatabaseNotPrepared   a table or column is missing
    └── DatabaseRejected      a statement or value that it will never accept
"""

from adapters.database.engine import DatabaseBounds, database_url, open_engine
from adapters.database.errors import (
    DatabaseError,
    DatabaseNotPrepared,
    DatabaseRejected,
    DatabaseUnavailable,
)
from adapters.database.events import Browsed, Event, EventKind, EventStore, Recorded
from adapters.database.shoppers import Erasure, ShopperStore, StoredContent, StoredShopper

__all__ = [
    "Browsed",
    "DatabaseBounds",
    "DatabaseError",
    "DatabaseNotPrepared",
    "DatabaseRejected",
    "DatabaseUnavailable",
    "Erasure",
    "Event",
    "EventKind",
    "EventStore",
    "Recorded",
    "ShopperStore",
    "StoredContent",
    "StoredShopper",
    "database_url",
    "open_engine",
]
