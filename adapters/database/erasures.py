"""Tombstones of erased shoppers, checked by every write about a shopper."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.tables import erasures


async def erasure_times(connection: AsyncConnection, user_ids: Collection[str]) -> dict[str, datetime]:
    """Returns the time of the last erasure of each erased shopper among `user_ids`."""
    query = select(erasures.c.user_id, erasures.c.erased_at).where(erasures.c.user_id.in_(sorted(user_ids)))
    rows = (await connection.execute(query)).all()
    return {row.user_id: row.erased_at for row in rows}
