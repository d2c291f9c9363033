"""What is done to the database by commands, never by a pod: migrations, and the retention of events."""

from datetime import UTC, datetime, timedelta

from adapters.database import EventStore, open_engine
from adapters.database.migrations import HEAD
from adapters.database.migrations import migrate as apply_migrations


async def migrate(url: str) -> str:
    """Applies the migrations that the database at `url` lacks; says which.

    Raises:
        ValueError: `url` is no database's address.
        DatabaseError: the database does not do its work.
    """
    engine = open_engine(url)
    try:
        applied = await apply_migrations(engine)
    finally:
        await engine.dispose()
    return f"applied {', '.join(applied)}" if applied else f"nothing to do: the database is at {HEAD}"


async def retain(url: str, days: float) -> str:
    """Deletes events that happened more than `days` days ago; says how many. Raises as `migrate` does."""
    engine = open_engine(url)
    try:
        deleted = await EventStore(engine).purge(datetime.now(UTC) - timedelta(days=days))
    finally:
        await engine.dispose()
    return f"deleted {deleted:,} events that are older than {days:g} days"
