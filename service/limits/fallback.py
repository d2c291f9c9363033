"""Quotas that go on when Redis does not: each pod by itself, until it answers again."""

import time
from collections.abc import Callable, Sequence

import structlog

from adapters.cache import CacheUnavailable, LeaseGrant, LeaseRequest, QuotaStore

PAUSE_SECONDS = 1.0
"""After a failure Redis is left alone this long, then one request tries it while the others go on without."""


class FallbackQuotas:
    """Asks the shared store, and while it is down one of this pod: limits then hold per pod.

    Args:
        shared: what all pods share.
        own: of this pod.
        clock: monotonic seconds.
    """

    def __init__(
        self, shared: QuotaStore, own: QuotaStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._shared = shared
        self._own = own
        self._clock = clock
        self._down = False
        self._retry_at = 0.0

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> list[LeaseGrant]:
        """See `QuotaStore.take`; never unavailable."""
        if self._down:
            if self._clock() < self._retry_at:
                return await self._own.take(requests)
            # One request tries; as long as it waits, the next ones do not.
            self._retry_at = float("inf")
        try:
            grants = await self._shared.take(requests, read_ahead)
        except CacheUnavailable as error:
            if not self._down:
                structlog.get_logger("service").warning("rate limits hold per pod", reason=str(error))
            self._down, self._retry_at = True, self._clock() + PAUSE_SECONDS
            return await self._own.take(requests)
        except BaseException:
            self._retry_at = self._clock()
            raise
        if self._down:
            structlog.get_logger("service").warning("rate limits are shared again")
        self._down = False
        return grants
