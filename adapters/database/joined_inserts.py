"""Inserts the events of concurrent requests with one statement."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database.engine import writing
from adapters.database.errors import DatabaseRejected, is_outage
from adapters.database.event_limits import EventLimits
from adapters.database.event_rows import Event, key_of, row_of
from adapters.joined_calls import JoinedCalls

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
"""Columns of the arrays `$4` to `$14` of the statement, in this order."""


_Batch = Mapping[str, Event]
"""New events by their keys."""


class JoinedInserts:
    """Inserts batches of new events that no rule applies to (PostgreSQL).

    One statement runs at a time, and the next one stores what arrives meanwhile.

    Args:
        engine: engine from `open_engine`.
        clock: current time, timezone-aware.
        limits: maximum numbers of one shopper's events.
    """

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime], limits: EventLimits) -> None:
        self._engine = engine
        self._clock = clock
        self._limits = limits
        self._inserts = JoinedCalls[_Batch, bool](self._insert, _fits, is_outage)

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
        try:
            return await self._inserts.call(events)
        except DatabaseRejected:  # It is at fault, or was stored in this moment.
            return False

    async def _insert(self, batches: Sequence[_Batch]) -> list[bool]:
        """Inserts batches. False for those that are left out."""
        new = list(chain.from_iterable(batch.values() for batch in batches))
        room = self._limits.unchecked - max(Counter(event.user_id for event in new).values())
        if room < 0:
            return [False] * len(batches)
        recorded_at = self._clock()
        rows = [row_of(event, recorded_at) for event in new]
        places = [place for place, batch in enumerate(batches) for _ in batch]
        values = (
            room,
            places,
            [event.id for event in new],
            *([row[name] for row in rows] for name in _COLUMNS),
        )
        async with writing(self._engine) as connection:
            added = set((await connection.exec_driver_sql(_INSERT, values)).scalars())
        return [batch.keys() <= added for batch in batches]


def _fits(batches: Sequence[_Batch], batch: _Batch) -> bool:
    """False if there would be too many events, or the same one twice."""
    return sum(map(len, batches), len(batch)) <= _MAX_EVENTS and all(
        each.keys().isdisjoint(batch) for each in batches
    )
