"""The database as answers use it: asked for a shopper, given up on for a moment when it is down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adapters.database import (
    DatabaseError,
    DatabaseNotPrepared,
    DatabaseUnavailable,
    ShopperStore,
    StoredShopper,
)

_PAUSE_SECONDS = 1.0
"""After a failure the database is left alone this long, so that answers do not all wait for its timeout."""


_LOOK_SECONDS = 1.0
"""How long an answer waits. Writes may take longer: they have nothing to go on without."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look into the database found.

    Attributes:
        shopper: what is stored; None when the database is down.
        may_be_erased: whether, for all that is known, the shopper was erased.
    """

    shopper: StoredShopper | None
    may_be_erased: bool = False


@dataclass(slots=True)
class StoredShoppers:
    """Reads what is stored of shoppers; an outage is logged once.

    Attributes:
        store: where it is stored.
        clock: epoch seconds.
        events: how many of a shopper's latest events are read.
    """

    store: ShopperStore
    clock: Callable[[], float]
    events: int
    _failed: DatabaseError | None = None
    _retry_at: float = 0.0

    async def look(self, user_id: str) -> Looked:
        """What is stored of the shopper, or that it cannot be known now; within a bounded time.

        While it is down one answer after the other tries it, and all others go without.
        """
        if self._failed is None or self.clock() >= self._retry_at:
            self._retry_at = self.clock() + _LOOK_SECONDS + _PAUSE_SECONDS
            try:
                stored = await self._read(user_id)
            except DatabaseError as error:
                self._remember(error)
            else:
                self._failed = None
                return Looked(stored)
        # Where there are no tables, nobody was erased.
        return Looked(None, may_be_erased=not isinstance(self._failed, DatabaseNotPrepared))

    async def _read(self, user_id: str) -> StoredShopper:
        reading = asyncio.create_task(self.store.read(user_id, self.events))
        try:
            await asyncio.wait({reading}, timeout=_LOOK_SECONDS)
            if not reading.done():
                raise DatabaseUnavailable(f"the database has not answered within {_LOOK_SECONDS:g} s")
            return reading.result()
        finally:
            # Not waited for: to let go of a connection that hangs takes its time too.
            reading.cancel()

    def _remember(self, error: DatabaseError) -> None:
        if self._failed is None:
            structlog.get_logger("service").error("answers go without the database", reason=str(error))
        self._failed, self._retry_at = error, self.clock() + _PAUSE_SECONDS
