"""The event store: PostgreSQL in production, SQLite as the embedded default, the same code over both.

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
from adapters.database.events import Browsed, Event, EventKind, EventStore

__all__ = [
    "Browsed",
    "DatabaseBounds",
    "DatabaseError",
    "DatabaseNotPrepared",
    "DatabaseRejected",
    "DatabaseUnavailable",
    "Event",
    "EventKind",
    "EventStore",
    "database_url",
    "open_engine",
]
