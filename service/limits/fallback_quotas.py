"""Quotas that fall back to this pod alone while Redis is down."""

from collections.abc import Sequence

import structlog

from adapters.cache import CacheUnavailable, LeaseRequest, Leases, QuotaStore


class FallbackQuotas:
    """Uses the shared store, or one of this pod while that is down.

    Limits then hold per pod. The shared store itself fails at once during an outage.
    """

    def __init__(self, shared: QuotaStore, own: QuotaStore) -> None:
        self._shared = shared
        self._own = own
        self._down = False

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        """See `QuotaStore.take`. Never unavailable."""
        try:
            leases = await self._shared.take(requests, read_ahead)
        except CacheUnavailable as error:
            if not self._down:
                structlog.get_logger("service").warning("rate limits hold per pod", reason=str(error))
            self._down = True
            return await self._own.take(requests)
        if self._down:
            structlog.get_logger("service").warning("rate limits are shared again")
        self._down = False
        return leases
