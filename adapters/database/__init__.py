"""Events and stored data of shoppers.

The database is PostgreSQL in production, and SQLite by default. Both run the same code.

Errors:

    DatabaseError
    ├── DatabaseUnavailable   no connection, timeout, disk full, lock, rejected credentials; a retry may succeed
    ├── DatabaseNotPrepared   a table or column is missing
    └── DatabaseRejected      a statement or value that the database never accepts
"""

from adapters.database.addresses import DatabaseAddress, database_address
from adapters.database.engine import DatabaseBounds, open_engine
from adapters.database.erasures import erased_digest
from adapters.database.errors import (
    DatabaseError,
    DatabaseNotPrepared,
    DatabaseRejected,
    DatabaseUnavailable,
    is_outage,
)
from adapters.database.event_limits import EventLimits
from adapters.database.event_rows import RECENT_KINDS, Event, EventKind
from adapters.database.events import BrowsingEvent, EventStore
from adapters.database.recording import Outcome
from adapters.database.shopper_listing import ShopperListing
from adapters.database.shoppers import Erasure, ShopperStore
from adapters.database.stored_shoppers import StoredContent, StoredShopper

__all__ = [
    "RECENT_KINDS",
    "BrowsingEvent",
    "DatabaseAddress",
    "DatabaseBounds",
    "DatabaseError",
    "DatabaseNotPrepared",
    "DatabaseRejected",
    "DatabaseUnavailable",
    "Erasure",
    "Event",
    "EventKind",
    "EventLimits",
    "EventStore",
    "Outcome",
    "ShopperListing",
    "ShopperStore",
    "StoredContent",
    "StoredShopper",
    "database_address",
    "erased_digest",
    "is_outage",
    "open_engine",
]
