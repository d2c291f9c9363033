"""Quotas that fall back to this pod alone while Redis is down."""

import time
from collections.abc import Callable, Sequence

import structlog

from adapters.cache import CacheUnavailable, LeaseRequest, Leases, QuotaStore

PAUSE_SECONDS = 1.0
"""Pause after a failure. Then one request tries Redis again, while the others use the fallback."""


class FallbackQuotas:
    """Uses the shared store, or one of this pod while that is down.

    Limits then hold per pod.

    Args:
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

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        """See `QuotaStore.take`. Never unavailable."""
        if self._down:
            if self._clock() < self._retry_at:
                return await self._own.take(requests)
            # One request tries. While it waits, the next ones use the fallback.
            self._retry_at = float("inf")
        try:
            leases = await self._shared.take(requests, read_ahead)
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
        return leases
