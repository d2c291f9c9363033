"""Limits on the number of stored events of one shopper."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.dialects import is_among, lock_shoppers
from adapters.database.event_rows import PERMANENT_KINDS, RECENT_KINDS, Event
from adapters.database.tables import events

_CONCURRENT_EVENTS = 2_000
"""Events of one shopper that may be stored at the same time. Writers do not see each other's before the commit."""


@dataclass(frozen=True, slots=True)
class EventLimits:
    """Maximum number of stored events of one shopper.

    Attributes:
        recent: views, carts and clicks, and as many impressions. The oldest are deleted.
        permanent: purchases, hides and unhides. Further ones are rejected.
    """

    recent: int = 1_000
    permanent: int = 10_000

    @property
    def unchecked(self) -> int:
        """Number of events up to which a shopper is within all limits.

        Holds whatever other writers store at this moment. Negative if the limit of permanent events is so low that
        there is no such number.
        """
        return min(self.recent, self.permanent - _CONCURRENT_EVENTS)


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
    writers = is_among(connection, events.c.user_id, {event.user_id for event in added.values()})
    # The index alone tells the number of all events.
    crowded = await _counts(connection, writers, above=limits.unchecked)
    if not crowded:
        return set(), set()
    await lock_shoppers(connection, crowded)
    dropped, rejected = set[str](), set[str]()
    for kinds in RECENT_KINDS:
        newest = events.c.occurred_at.desc(), events.c.id.desc()
        place = func.row_number().over(partition_by=events.c.user_id, order_by=newest).label("place")
        own = is_among(connection, events.c.user_id, crowded), events.c.kind.in_(kinds)
        ranked = select(events.c.id, place).where(*own).subquery()
        dropped |= await _delete(connection, select(ranked.c.id).where(ranked.c.place > limits.recent))
    permanent = is_among(connection, events.c.user_id, crowded), events.c.kind.in_(PERMANENT_KINDS)
    full = await _counts(connection, *permanent, above=limits.permanent)
    for user_id, count in full.items():
        excess = count - limits.permanent
        superseded = await _delete(connection, _superseded(user_id).limit(excess))
        dropped |= superseded
        new = [key for key, event in added.items() if event.user_id == user_id and _is_permanent(event)]
        kept = [key for key in new if key not in superseded]
        rejected |= set(kept[max(0, len(kept) - (excess - len(superseded))) :])
    if rejected:
        await connection.execute(delete(events).where(is_among(connection, events.c.id, rejected)))
    return dropped, rejected


async def _counts(
    connection: AsyncConnection, *conditions: ColumnElement[bool], above: int
) -> dict[str, int]:
    """Numbers of events by shopper, of those who have more than `above`."""
    count = func.count()
    query = select(events.c.user_id, count).where(*conditions).group_by(events.c.user_id)
    rows = (await connection.execute(query.having(count > above))).all()
    return dict(sorted(rows))


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
