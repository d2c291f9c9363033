"""Tombstones: when shoppers were erased, read by all who write about shoppers."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.tables import erasures


async def erasure_times(connection: AsyncConnection, user_ids: Collection[str]) -> dict[str, datetime]:
    """When those of `user_ids` that were ever erased were erased last."""
    query = select(erasures.c.user_id, erasures.c.erased_at).where(erasures.c.user_id.in_(sorted(user_ids)))
    rows = (await connection.execute(query)).all()
    return {row.user_id: row.erased_at for row in rows}
