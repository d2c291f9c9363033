"""Reads shoppers from the database, for requests that can continue without it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adapters.database import DatabaseError, DatabaseUnavailable, ShopperStore, StoredShopper

_PAUSE_SECONDS = 1.0
"""Pause after a failure, so that not every request waits for the timeout."""

_TIMEOUT_SECONDS = 1.0


@dataclass(slots=True)
class ShopperReader:
    """Reads stored shoppers. During an outage it fails fast, and logs the outage once.

    Attributes:
        clock: epoch seconds.
        event_limit: how many of a shopper's latest events are read.
        timeout_seconds: limit of one read. Writes may take longer, because nothing can replace them.
    """

    store: ShopperStore
    clock: Callable[[], float]
    event_limit: int
    timeout_seconds: float = _TIMEOUT_SECONDS
    _failure: DatabaseError | None = None
    _retry_at: float = 0.0

    async def read(self, user_id: str) -> StoredShopper:
        """Returns what is stored of the shopper.

        After a failure, one call at a time tries the database. All others raise the last failure at once.

        Raises:
            DatabaseError: the database failed, or did not answer in time.
        """
        if self._failure is not None and self.clock() < self._retry_at:
            # A copy, because every raise adds to the traceback of an exception.
            raise type(self._failure)(*self._failure.args)
        self._retry_at = self.clock() + self.timeout_seconds + _PAUSE_SECONDS
        try:
            stored = await self._read(user_id)
        except DatabaseError as error:
            self._note_failure(error)
            raise
        self._failure = None
        return stored

    async def _read(self, user_id: str) -> StoredShopper:
        reading = asyncio.create_task(self.store.read(user_id, self.event_limit))
        try:
            await asyncio.wait({reading}, timeout=self.timeout_seconds)
            if not reading.done():
                raise DatabaseUnavailable(f"the database has not answered within {self.timeout_seconds:g} s")
            return reading.result()
        finally:
            # Not awaited, because releasing a connection that hangs takes time too.
            reading.cancel()

    def _note_failure(self, error: DatabaseError) -> None:
        if self._failure is None:
            structlog.get_logger("service").error("serving without the database", reason=str(error))
        self._failure, self._retry_at = error, self.clock() + _PAUSE_SECONDS
