"""Events of shoppers, each stored once by its shopper and the client's event id."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Literal, get_args

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, delete, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.database.engine import reading, writing
from adapters.database.event_limits import EventLimits
from adapters.database.event_rows import COLUMNS, PERMANENT_KINDS, RECENT_KINDS, Event, event_of
from adapters.database.joined_inserts import JoinedInserts
from adapters.database.recording import Outcome, record_events
from adapters.database.tables import events, in_utc

BrowsingKind = Literal["view", "cart"]


@dataclass(frozen=True, slots=True)
class BrowsingEvent:
    """A product viewed, or put into a cart.

    Attributes:
        user_id: shopper.
        product_id: product.
        kind: view or cart.
        at: time in UTC, timezone-aware.
    """

    user_id: str
    product_id: str
    kind: BrowsingKind
    at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class EventStore:
    """Records and reads events. Every method raises DatabaseError when the database fails.

    Args:
        engine: engine from `open_engine`. The caller disposes of it.
        page_size: maximum number of rows read by one statement.
        clock: current time, timezone-aware.
        limits: maximum number of events of one shopper.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        page_size: int = 10_000,
        clock: Callable[[], datetime] = _now,
        limits: EventLimits | None = None,
    ) -> None:
        self._engine = engine
        self._page_size = page_size
        self._clock = clock
        self._limits = limits or EventLimits()
        is_postgresql = engine.dialect.name == "postgresql"
        self._inserts = JoinedInserts(engine, clock, self._limits) if is_postgresql else None

    async def browsing(self, since: datetime | None = None) -> AsyncIterator[list[BrowsingEvent]]:
        """Yields all views, then all carts, oldest first, in batches.

        No batch is empty or exceeds `page_size`. No connection is held between batches, so that the caller may take
        its time. An event recorded meanwhile is included only if its place is still ahead.

        Args:
            since: earliest time of an event, inclusive; None for all.

        Raises:
            ValueError: `since` without a time zone.
        """
        earliest = None if since is None else in_utc(since)
        for kind in get_args(BrowsingKind):
            last: tuple[datetime, str] | None = None
            while True:
                query = _page(kind, earliest, last).limit(self._page_size)
                async with reading(self._engine) as connection:
                    rows = (await connection.execute(query)).all()
                if rows:
                    yield [BrowsingEvent(user, product, kind, at) for user, product, at, _ in rows]
                if len(rows) < self._page_size:
                    break
                last = rows[-1][2], rows[-1][3]

    async def add(self, new: Sequence[Event]) -> list[Outcome]:
        """Records events, all or none, and returns the outcome of each.

        They are durable on return. A known event stays as it was first recorded. An event from before its shopper's
        erasure is ignored, so that neither a replay nor a late feed restores erased data.
        """
        if not new:
            return []
        if self._inserts is not None and await self._inserts.insert(new):
            return ["added"] * len(new)
        async with writing(self._engine) as connection:
            return await record_events(connection, new, self._clock(), self._limits)

    async def purge(self, older_than: datetime, batch: int = 5_000) -> int:
        """Deletes events that happened before `older_than`, and returns their number.

        Purchases, hides and unhides are kept. Each batch is a transaction of its own, so that others wait only briefly.
        An interruption keeps the batches done so far.

        Raises:
            ValueError: `older_than` without a time zone.
        """
        before, deleted = in_utc(older_than), 0
        for kind in chain(*RECENT_KINDS):  # By kind, because the index of times starts with it.
            old = select(events.c.id).where(events.c.kind == kind, events.c.occurred_at < before).limit(batch)
            while True:
                async with writing(self._engine) as connection:
                    done = await connection.execute(delete(events).where(events.c.id.in_(old)))
                deleted += done.rowcount
                if done.rowcount < batch:
                    break
        return deleted


async def shopper_events(connection: AsyncConnection, user_id: str, limit: int) -> list[Event]:
    """Returns a shopper's events, in no order, within the caller's transaction.

    They are all purchases, hides and unhides, the latest `limit` views, carts and clicks, and as many impressions. Each
    is read apart, so that none of them crowds out others.
    """
    found = await connection.execute(_SHOPPER_EVENTS, {"user_id": user_id, "limit": limit})
    return list(map(event_of, found.mappings()))


def _select_shopper_events() -> CompoundSelect[Any]:
    own = select(*COLUMNS).where(events.c.user_id == bindparam("user_id"))
    queries = [own.where(events.c.kind.in_(PERMANENT_KINDS))]
    newest = events.c.occurred_at.desc(), events.c.id.desc()
    limit = bindparam("limit", type_=Integer)
    queries += [own.where(events.c.kind.in_(kinds)).order_by(*newest).limit(limit) for kinds in RECENT_KINDS]
    return union_all(*(select(query.subquery()) for query in queries))


_SHOPPER_EVENTS = _select_shopper_events()


def _page(
    kind: BrowsingKind, earliest: datetime | None, last: tuple[datetime, str] | None
) -> Select[str, str, datetime, str]:
    """Selects the events after `last` (time and id), ordered by time and id."""
    order = events.c.occurred_at, events.c.id
    query = select(events.c.user_id, events.c.product_id, *order)
    query = query.where(events.c.kind == kind).order_by(*order)
    if last is not None:
        time, id_ = literal(last[0], events.c.occurred_at.type), literal(last[1], events.c.id.type)
        return query.where(tuple_(*order) > tuple_(time, id_))
    return query if earliest is None else query.where(events.c.occurred_at >= earliest)
