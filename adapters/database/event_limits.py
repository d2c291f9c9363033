"""Limits on the number of stored events of one shopper."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, delete, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.dialects import is_among
from adapters.database.event_rows import PERMANENT_KINDS, RECENT_KINDS, Event
from adapters.database.tables import events


@dataclass(frozen=True, slots=True)
class EventLimits:
    """Maximum number of stored events of one shopper.

    Attributes:
        recent: views, carts and clicks, and as many impressions. The oldest are deleted.
        permanent: purchases, hides and unhides. Further ones are rejected.
    """

    recent: int = 1_000
    permanent: int = 10_000


async def enforce_limits(
    connection: AsyncConnection, added: Mapping[str, Event], limits: EventLimits
) -> tuple[set[str], set[str]]:
    """Deletes events of the shoppers of `added` beyond the limits.

    Args:
        connection: transaction that inserted `added`.
        added: new events by key, in the order of their arrival.
        limits: maximum numbers.

    Returns:
        Keys of deleted events, and keys among `added` that a full shopper cannot store.
    """
    crowded = await _crowded(connection, {event.user_id for event in added.values()}, limits)
    if not crowded:
        return set(), set()
    dropped, rejected = set[str](), set[str]()
    for kinds in RECENT_KINDS:
        newest = events.c.occurred_at.desc(), events.c.id.desc()
        place = func.row_number().over(partition_by=events.c.user_id, order_by=newest).label("place")
        stored = select(events.c.id, place).where(events.c.user_id.in_(crowded), events.c.kind.in_(kinds))
        ranked = stored.subquery()
        dropped |= await _delete(connection, select(ranked.c.id).where(ranked.c.place > limits.recent))
    for user_id in crowded:
        excess = await _permanent_count(connection, user_id) - limits.permanent
        if excess > 0:
            superseded = await _delete(connection, _superseded(user_id).limit(excess))
            dropped |= superseded
            own = [key for key, event in added.items() if event.user_id == user_id and _is_permanent(event)]
            kept = [key for key in own if key not in superseded]
            rejected |= set(kept[max(0, len(kept) - (excess - len(superseded))) :])
    if rejected:
        await connection.execute(delete(events).where(events.c.id.in_(sorted(rejected))))
    return dropped, rejected


async def _crowded(connection: AsyncConnection, user_ids: Collection[str], limits: EventLimits) -> list[str]:
    """Those of `user_ids` that may be beyond a limit.

    The index alone tells the number of their events.
    """
    own = is_among(connection, events.c.user_id, user_ids)
    query = select(events.c.user_id).where(own).group_by(events.c.user_id)
    crowded = query.having(func.count() > min(limits.recent, limits.permanent))
    return sorted((await connection.execute(crowded)).scalars())


async def _permanent_count(connection: AsyncConnection, user_id: str) -> int:
    query = select(func.count()).where(events.c.user_id == user_id, events.c.kind.in_(PERMANENT_KINDS))
    return (await connection.execute(query)).scalar_one()


def _superseded(user_id: str) -> Select[str]:
    """Hides, unhides and purchases with a later one of the same product, oldest first."""
    latest = events.c.occurred_at.desc(), func.coalesce(events.c.unhidden, false()).desc(), events.c.id.desc()
    same = events.c.product_id, events.c.kind
    place = func.row_number().over(partition_by=same, order_by=latest).label("place")
    permanent = events.c.user_id == user_id, events.c.kind.in_(PERMANENT_KINDS)
    ranked = select(events.c.id, events.c.occurred_at, place).where(*permanent).subquery()
    return select(ranked.c.id).where(ranked.c.place > 1).order_by(ranked.c.occurred_at, ranked.c.id)


def _is_permanent(event: Event) -> bool:
    return event.kind in {*PERMANENT_KINDS, "unhide"}


async def _delete(connection: AsyncConnection, ids: Select[str]) -> set[str]:
    """Deletes rows and returns their keys.

    Rows that a concurrent writer deletes are skipped, because two writers that wait for each other's rows deadlock.
    """
    free = select(events.c.id).where(events.c.id.in_(ids)).with_for_update(skip_locked=True)
    done = await connection.execute(delete(events).where(events.c.id.in_(free)).returning(events.c.id))
    return set(done.scalars())
