"""Inserts the events of concurrent requests with one statement."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database.engine import writing
from adapters.database.errors import DatabaseError, DatabaseRejected
from adapters.database.event_limits import EventLimits
from adapters.database.event_rows import Event, key_of, row_of

_MAX_EVENTS = 1_000
"""Events of one statement, unless a single batch has more."""

_INSERT = """
WITH new AS (
  SELECT * FROM unnest(
    $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
    $10::int[], $11::float8[], $12::text[], $13::text[], $14::bool[]
  ) AS new (
    batch, client_id, id, user_id, product_id, kind, occurred_at, recorded_at,
    quantity, price, recommendation_id, order_id, unhidden
  )
), special AS (
  SELECT batch FROM new JOIN erasures USING (user_id)
  UNION ALL
  SELECT batch FROM new JOIN events ON events.id = new.id OR events.id = new.client_id
  UNION ALL
  SELECT batch FROM new JOIN (
    SELECT user_id FROM events WHERE user_id = ANY ($5) GROUP BY user_id HAVING count(*) > $1
  ) AS crowded USING (user_id)
)
INSERT INTO events (
  id, user_id, product_id, kind, occurred_at, recorded_at, quantity, price, recommendation_id, order_id, unhidden
)
SELECT id, user_id, product_id, kind, occurred_at, recorded_at, quantity, price, recommendation_id, order_id, unhidden
FROM new WHERE batch NOT IN (SELECT batch FROM special) ORDER BY id
RETURNING id
"""
"""Leaves out every batch with a stored event, and with one of a shopper who was erased or may be near a limit.

PostgreSQL takes the snapshot of a statement after its locks. An erasure excludes writers. It is therefore visible here,
or it waits for the end of this transaction and deletes the rows.
"""


_COLUMNS = (
    "id",
    "user_id",
    "product_id",
    "kind",
    "occurred_at",
    "recorded_at",
    "quantity",
    "price",
    "recommendation_id",
    "order_id",
    "unhidden",
)
"""Of the arrays from `$4` on."""


@dataclass(slots=True)
class _Batch:
    """Events that wait for the next statement.

    Attributes:
        events: by their keys.
        stored: becomes true when they are stored, and false when they are left out.
    """

    events: dict[str, Event]
    stored: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class JoinedInserts:
    """Inserts batches of new events that no rule applies to (PostgreSQL).

    One statement runs at a time, and the next one stores what arrives meanwhile: requests share round trips and commits
    when there are many, and wait for nobody when there are few.

    Args:
        engine: engine from `open_engine`.
        clock: current time, timezone-aware.
        limits: of the events of one shopper.
    """

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime], limits: EventLimits) -> None:
        self._engine = engine
        self._clock = clock
        self._limits = limits
        self._waiting = deque[_Batch]()
        self._running: asyncio.Task[None] | None = None

    async def insert(self, new: Sequence[Event]) -> bool:
        """Stores all events, durable on return, or none.

        Returns:
            False if some of them need more than an insert. Nothing was stored.

        Raises:
            DatabaseError: the database failed.
        """
        events = {key_of(event): event for event in new}
        if len(events) < len(new):
            return False
        batch = _Batch(events)
        self._waiting.append(batch)
        if self._running is None:
            self._running = asyncio.create_task(self._insert_waiting())
        return await batch.stored

    async def _insert_waiting(self) -> None:
        try:
            while batches := self._next_batches():
                await self._settle(batches)
        finally:
            self._running = None

    def _next_batches(self) -> list[_Batch]:
        """Takes batches for one statement.

        Those that nobody waits for any more are dropped. No event is in two of them.
        """
        batches: list[_Batch] = []
        keys = set[str]()
        while self._waiting:
            batch = self._waiting[0]
            if not batch.stored.done():
                too_many = len(keys) + len(batch.events) > _MAX_EVENTS
                if batches and (too_many or not keys.isdisjoint(batch.events)):
                    break
                batches.append(batch)
                keys.update(batch.events)
            self._waiting.popleft()
        return batches

    async def _settle(self, batches: Sequence[_Batch]) -> None:
        """Inserts batches, and tells those who wait for them."""
        try:
            added = await self._insert(batches)
        except DatabaseRejected:
            added = set()  # One of them is at fault, or was stored in this moment. Each finds out for itself.
        except DatabaseError as error:
            for batch in batches:
                if not batch.stored.done():
                    batch.stored.set_exception(type(error)(*error.args))
            return
        except BaseException:
            for batch in batches:
                batch.stored.cancel()
            raise
        for batch in batches:
            if not batch.stored.done():
                batch.stored.set_result(batch.events.keys() <= added)

    async def _insert(self, batches: Sequence[_Batch]) -> set[str]:
        """Keys of the inserted events."""
        new = list(chain.from_iterable(batch.events.values() for batch in batches))
        room = self._limits.unchecked - max(Counter(event.user_id for event in new).values())
        if room < 0:
            return set()
        recorded_at = self._clock()
        rows = [row_of(event, recorded_at) for event in new]
        places = [place for place, batch in enumerate(batches) for _ in batch.events]
        values = (
            room,
            places,
            [event.id for event in new],
            *([row[name] for row in rows] for name in _COLUMNS),
        )
        async with writing(self._engine) as connection:
            return set((await connection.exec_driver_sql(_INSERT, values)).scalars())
