"""Data stored of one shopper, read and erased as a whole."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Table, case, delete, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.database.dialects import insert_into
from adapters.database.engine import reading, writing
from adapters.database.erasures import erasure_times, remember_later_events
from adapters.database.errors import is_outage
from adapters.database.joined_saves import JoinedSaves, ReadRecord
from adapters.database.stored_shoppers import StoredShopper, read_shopper, read_shoppers
from adapters.database.tables import erasures, events, in_utc, preferences, profiles
from adapters.joined_calls import JoinedCalls

_PERSONAL = (events, profiles, preferences)

_MAX_JOINED_READS = 50
_MAX_JOINED_EVENTS = 100_000
"""An export reads more. Nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Receipt of an erasure.

    Attributes:
        user_id: erased shopper.
        erased_at: time of the erasure, in UTC.
        events, profiles, preferences: number of rows removed from each table.
    """

    user_id: str
    erased_at: datetime
    events: int
    profiles: int
    preferences: int


def _now() -> datetime:
    return datetime.now(UTC)


class ShopperStore:
    """Reads and writes data of one shopper.

    Every method raises DatabaseError when the database fails.

    Args:
        engine: engine from `open_engine`. The caller disposes of it.
        clock: current time, timezone-aware.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = _now) -> None:
        self._engine = engine
        self._clock = clock
        self._saves, self._reads = None, None
        if engine.dialect.name == "postgresql":
            self._saves = JoinedSaves(engine)
            self._reads = JoinedCalls(self._read_together, _have_one_limit, is_outage, concurrency=2)

    async def read(self, user_id: str, event_limit: int) -> StoredShopper:
        """Reads all rows as of one point in time.

        Args:
            user_id: shopper.
            event_limit: maximum number of events, see `shopper_events`.
        """
        if self._reads is not None and event_limit <= _MAX_JOINED_EVENTS:
            return await self._reads.call((user_id, event_limit))
        async with reading(self._engine) as connection:
            await _see_one_point_in_time(connection)
            return await read_shopper(connection, user_id, event_limit)

    async def save_catalog_record(self, user_id: str, content: bytes, read_at: datetime) -> None:
        """Stores a catalog record, unless it is outdated.

        It is outdated if a newer one is stored, or if the shopper was erased since `read_at`.

        Args:
            user_id: shopper.
            content: encoded record.
            read_at: time at which the catalog was read.

        Raises:
            ValueError: `read_at` without a time zone.
        """
        record = ReadRecord(user_id, content, in_utc(read_at))
        if self._saves is not None:
            await self._saves.save(record)
            return
        async with writing(self._engine) as connection:
            await connection.execute(_upsert(connection, profiles, "read_at"), record._asdict())
            erased = await erasure_times(connection, {user_id})
            if user_id in erased and read_at <= erased[user_id]:
                await connection.execute(delete(profiles).where(profiles.c.user_id == user_id))

    async def save_preferences(self, user_id: str, content: bytes) -> datetime:
        """Replaces the stored preferences, and returns the time of the change.

        The last writer wins. If its clock is behind that of the writer before, the time stays as it was.
        """
        row = {"user_id": user_id, "content": content, "updated_at": in_utc(self._clock())}
        async with writing(self._engine) as connection:
            insert = insert_into(connection, preferences)
            before, now = preferences.c.updated_at, insert.excluded.updated_at
            later = {
                "content": insert.excluded.content,
                "updated_at": case((before > now, before), else_=now),
            }
            upsert = insert.on_conflict_do_update(index_elements=[preferences.c.user_id], set_=later)
            saved: datetime = (await connection.execute(upsert.returning(before), row)).scalar_one()
        return saved

    async def erase(self, user_id: str, later_purchases: Collection[str] = ()) -> Erasure:
        """Deletes all data of the shopper and writes a tombstone, in one transaction.

        Writers wait for it, and check for tombstones after their own inserts. Their rows are therefore deleted here, or
        ignored there.

        Args:
            user_id: shopper.
            later_purchases: keys of the catalog's purchases that are dated later and must not come back either.
        """
        async with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                tables = ", ".join(table.name for table in _PERSONAL)
                await connection.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
            erased_at = in_utc(self._clock())
            await remember_later_events(connection, user_id, erased_at, later_purchases)
            counts = {table.name: await _delete_rows(connection, table, user_id) for table in _PERSONAL}
            erasure = Erasure(user_id=user_id, erased_at=erased_at, **counts)
            await connection.execute(_upsert(connection, erasures, "erased_at"), asdict(erasure))
        return erasure

    async def _read_together(self, asked: Sequence[tuple[str, int]]) -> list[StoredShopper]:
        async with reading(self._engine) as connection:
            await _see_one_point_in_time(connection)
            return await read_shoppers(connection, [user_id for user_id, _ in asked], asked[0][1])


def _have_one_limit(asked: Sequence[tuple[str, int]], one: tuple[str, int]) -> bool:
    return len(asked) < _MAX_JOINED_READS and asked[0][1] == one[1]


async def _see_one_point_in_time(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execution_options(isolation_level="REPEATABLE READ")


def _upsert(connection: AsyncConnection, table: Table, time: str) -> postgresql.Insert | sqlite.Insert:
    """INSERT that replaces an older row of the same shopper."""
    insert = insert_into(connection, table)
    values = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    older = table.c[time] <= insert.excluded[time]
    return insert.on_conflict_do_update(index_elements=[table.c.user_id], set_=values, where=older)


async def _delete_rows(connection: AsyncConnection, table: Table, user_id: str) -> int:
    return (await connection.execute(delete(table).where(table.c.user_id == user_id))).rowcount
