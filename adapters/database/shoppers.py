"""What is stored of single shoppers: read together, exported together, and erased together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, Table, delete, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.database.engine import reading, writing
from adapters.database.erasures import erasure_times
from adapters.database.events import Event, latest_events
from adapters.database.tables import erasures, events, in_utc, preferences, profiles

_PERSONAL = (events, profiles, preferences)


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Bytes that the service wrote, and when it read or was told them (aware, in UTC)."""

    content: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredShopper:
    """All that is stored of one shopper.

    Attributes:
        events: newest first.
        profile: what the catalog last said.
        preferences: what the shopper, or the shop in their name, last set.
        erased_at: when the shopper was erased last; what is stored came after it.
    """

    events: tuple[Event, ...] = ()
    profile: StoredContent | None = None
    preferences: StoredContent | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt of an erasure: when (aware, in UTC), and how many rows of each table it removed."""

    user_id: str
    erased_at: datetime
    events: int
    profiles: int
    preferences: int


def _now() -> datetime:
    return datetime.now(UTC)


class ShopperStore:
    """Reads and writes what belongs to one shopper; every method raises DatabaseError when the database fails.

    Args:
        engine: from `open_engine`; the caller disposes of it.
        clock: the time of erasures and of preferences, aware.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = _now) -> None:
        self._engine = engine
        self._clock = clock

    async def read(self, user_id: str, latest: int) -> StoredShopper:
        """Everything, of the events the `latest`, as of one moment."""
        async with reading(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            row = (await connection.execute(_of_shopper(user_id))).one()
            found = await latest_events(connection, user_id, latest)
        profile, read_at, preference, updated_at, erased_at = row
        return StoredShopper(
            tuple(found), _content(profile, read_at), _content(preference, updated_at), erased_at
        )

    async def keep_profile(self, user_id: str, content: bytes, read_at: datetime) -> None:
        """Stores what the catalog said when it was asked at `read_at` (aware), unless something newer is stored.

        It is not kept when the shopper was erased since.
        """
        row = {"user_id": user_id, "content": content, "read_at": in_utc(read_at)}
        async with writing(self._engine) as connection:
            await connection.execute(_upsert(connection, profiles, "read_at"), row)
            erased = await erasure_times(connection, {user_id})
            if user_id in erased and read_at <= erased[user_id]:
                await connection.execute(delete(profiles).where(profiles.c.user_id == user_id))

    async def put_preferences(self, user_id: str, content: bytes) -> datetime:
        """Stores preferences in place of what was there; returns when."""
        now = in_utc(self._clock())
        row = {"user_id": user_id, "content": content, "updated_at": now}
        async with writing(self._engine) as connection:
            await connection.execute(_upsert(connection, preferences, "updated_at"), row)
        return now

    async def erase(self, user_id: str) -> Erasure:
        """Deletes all that is stored of the shopper and leaves a tombstone, in one transaction.

        Writers wait meanwhile, and look for tombstones after they wrote: what they were about to store is either
        deleted here, or barred there.
        """
        async with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                tables = ", ".join(table.name for table in _PERSONAL)
                await connection.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
            counts = [await _deleted(connection, table, user_id) for table in _PERSONAL]
            receipt = Erasure(user_id, in_utc(self._clock()), *counts)
            row = {
                "user_id": user_id,
                "erased_at": receipt.erased_at,
                "events": receipt.events,
                "profiles": receipt.profiles,
                "preferences": receipt.preferences,
            }
            await connection.execute(_upsert(connection, erasures, "erased_at"), row)
        return receipt


def _of_shopper(
    user_id: str,
) -> Select[bytes | None, datetime | None, bytes | None, datetime | None, datetime | None]:
    who = select(literal(user_id, profiles.c.user_id.type).label("user_id")).subquery()
    joined = who.outerjoin(profiles, profiles.c.user_id == who.c.user_id)
    joined = joined.outerjoin(preferences, preferences.c.user_id == who.c.user_id)
    joined = joined.outerjoin(erasures, erasures.c.user_id == who.c.user_id)
    columns = profiles.c.content, profiles.c.read_at, preferences.c.content, preferences.c.updated_at
    return select(*columns, erasures.c.erased_at).select_from(joined)


def _content(content: bytes | None, at: datetime | None) -> StoredContent | None:
    return None if content is None or at is None else StoredContent(content, at)


def _upsert(connection: AsyncConnection, table: Table, time: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that replaces a row of the same shopper, unless that row is newer."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert: postgresql.Insert | sqlite.Insert = dialect.insert(table)
    values = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    older = table.c[time] <= insert.excluded[time]
    return insert.on_conflict_do_update(index_elements=[table.c.user_id], set_=values, where=older)


async def _deleted(connection: AsyncConnection, table: Table, user_id: str) -> int:
    return (await connection.execute(delete(table).where(table.c.user_id == user_id))).rowcount
