"""Change stamps that never run backwards."""

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.instants import Clock, to_micros


async def next_stamp(connection: AsyncConnection, column: Column[int], clock: Clock) -> int:
    """The time now in microseconds, and always later than the newest stamp in `column`.

    To be called within the writer's turn: then a later commit has a later stamp even when the machine's clock is
    set back, or when two writes fall on one microsecond.
    """
    newest = (await connection.execute(select(func.max(column)))).scalar_one()
    now = to_micros(clock())
    return now if newest is None else max(now, newest + 1)
