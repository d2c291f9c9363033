"""Reads and saves stored shoppers, for requests that can continue without the database."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import structlog

from adapters.database import DatabaseError, DatabaseUnavailable, ShopperStore, StoredShopper, is_outage

_PAUSE_SECONDS = 1.0
"""Pause after a failure, so that not every request waits for the timeout."""

_TIMEOUT_SECONDS = 1.0

_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Attempts:
    """Calls of one kind, which all pause after a failure.

    Attributes:
        report: called with the first failure of an outage, and with every statement that the database rejects.
        failure: the last failure. None: the last call succeeded.
    """

    report: Callable[[DatabaseError], None]
    failure: DatabaseError | None = None
    _retry_at: float = 0.0

    def is_paused(self, now: float) -> bool:
        """True while a call would fail at once."""
        return self.failure is not None and now < self._retry_at

    async def run(
        self,
        call: Coroutine[Any, Any, _Result],
        clock: Callable[[], float],
        timeout_seconds: float,
    ) -> _Result:
        """The result of a call, which is the only one during an outage.

        Raises:
            DatabaseError: the call failed, or took too long.
        """
        self._retry_at = clock() + timeout_seconds + _PAUSE_SECONDS
        try:
            result = await _within(call, timeout_seconds)
        except DatabaseError as error:
            # Calls that ran together fail together. Only the first of them finds the outage.
            if self.failure is None or not is_outage(error):
                self.report(error)
            if is_outage(error):
                self.failure, self._retry_at = error, clock() + _PAUSE_SECONDS
            raise
        self.failure = None
        return result


def _report_read(error: DatabaseError) -> None:
    log = structlog.get_logger("service")
    if is_outage(error):
        log.error("serving without the database", reason=str(error))
    else:
        log.warning("stored shopper not read", reason=str(error))


def _report_save(error: DatabaseError) -> None:
    structlog.get_logger("service").warning("catalog record not stored", reason=str(error))


@dataclass(slots=True)
class ShopperReader:
    """Reads and saves stored shoppers. During an outage it fails fast.

    Reads and saves pause apart. A lock, or a standby that is waited for, may stop all writes and no read.

    Attributes:
        event_limit: how many of a shopper's latest events are read.
        clock: monotonic seconds.
        timeout_seconds: limit of one call. Other writes may take longer, because nothing can replace them.
    """

    store: ShopperStore
    event_limit: int
    clock: Callable[[], float] = time.monotonic
    timeout_seconds: float = _TIMEOUT_SECONDS
    _reads: _Attempts = field(default_factory=lambda: _Attempts(_report_read))
    _saves: _Attempts = field(default_factory=lambda: _Attempts(_report_save))

    async def read(self, user_id: str) -> StoredShopper:
        """Returns what is stored of the shopper.

        After a failure, one call at a time tries the database. All others raise the last failure at once. An outage is
        logged once.

        Raises:
            DatabaseError: the database failed, or did not answer in time.
        """
        failure = self._reads.failure
        if failure is not None and self._reads.is_paused(self.clock()):
            # A copy, because every raise adds to the traceback of an exception.
            raise type(failure)(*failure.args)
        call = self.store.read(user_id, self.event_limit)
        return await self._reads.run(call, self.clock, self.timeout_seconds)

    async def save_catalog_record(self, user_id: str, content: bytes, read_at: datetime) -> None:
        """Stores a catalog record, if the database can. See `ShopperStore.save_catalog_record`.

        After a failure, one call at a time tries the database. An outage is logged once.
        """
        if self._saves.is_paused(self.clock()):
            return
        call = self.store.save_catalog_record(user_id, content, read_at)
        with suppress(DatabaseError):
            await self._saves.run(call, self.clock, self.timeout_seconds)


async def _within(call: Coroutine[Any, Any, _Result], seconds: float) -> _Result:
    task = asyncio.create_task(call)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise DatabaseUnavailable(f"the database has not answered within {seconds:g} s")
        return task.result()
    finally:
        # Not awaited, because releasing a connection that hangs takes time too.
        task.cancel()
