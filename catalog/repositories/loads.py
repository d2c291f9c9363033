"""Reading of the latest loads."""

import msgspec
from sqlalchemy import select

from catalog.database import Database
from catalog.entities import Load
from catalog.tables import loads


class LoadRepository:
    """Reads facts about loads.

    All methods raise StorageError if the database is not usable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, limit: int) -> list[Load]:
        """Returns up to `limit` loads, newest first."""
        query = select(loads.c.facts).order_by(loads.c.sequence.desc()).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [msgspec.json.decode(facts, type=Load) for facts in rows]
