"""Change stamps that always increase."""

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.instants import Clock, to_micros


async def next_stamp(connection: AsyncConnection, column: Column[int], clock: Clock) -> int:
    """Returns the current time in microseconds, or the newest stamp plus one if later.

    The caller must hold the writer lock. Then a later commit has a later stamp, even if the clock is set back or two
    writes happen in one microsecond.
    """
    newest = (await connection.execute(select(func.max(column)))).scalar_one()
    now = to_micros(clock())
    return now if newest is None else max(now, newest + 1)
