"""Stores the catalog records of several shoppers with one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database.engine import writing
from adapters.database.errors import is_outage
from adapters.joined_calls import JoinedCalls

_MAX_RECORDS = 100

_SAVE = """
INSERT INTO profiles (user_id, content, read_at)
SELECT user_id, content, read_at
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS new (user_id, content, read_at)
WHERE NOT EXISTS (SELECT FROM erasures WHERE erasures.user_id = new.user_id AND erased_at >= new.read_at)
ORDER BY user_id
ON CONFLICT (user_id) DO UPDATE SET content = excluded.content, read_at = excluded.read_at
WHERE profiles.read_at <= excluded.read_at
"""
"""PostgreSQL takes the snapshot of a statement after its locks, see `joined_inserts`."""


class ReadRecord(NamedTuple):
    """A shopper's record, and when it was read from the catalog."""

    user_id: str
    content: bytes
    read_at: datetime


class JoinedSaves:
    """Stores catalog records, those of concurrent callers together (PostgreSQL).

    A record is outdated, and not stored, if a newer one is stored or the shopper was erased since it was read.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._saves = JoinedCalls[ReadRecord, None](self._save, _fits, is_outage)

    async def save(self, record: ReadRecord) -> None:
        """Stores a record.

        Raises:
            DatabaseError: the database failed.
        """
        await self._saves.call(record)

    async def _save(self, records: Sequence[ReadRecord]) -> list[None]:
        columns = tuple(map(list, zip(*records, strict=True)))
        async with writing(self._engine) as connection:
            await connection.exec_driver_sql(_SAVE, columns)
        return [None] * len(records)


def _fits(records: Sequence[ReadRecord], record: ReadRecord) -> bool:
    """False if there would be too many records, or two of one shopper."""
    return len(records) < _MAX_RECORDS and all(each.user_id != record.user_id for each in records)
