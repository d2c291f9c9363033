"""Quotas of this process alone.

Used without Redis, and as the fallback while Redis is down.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from adapters.cache.quotas import LeaseGrant, LeaseRequest, Leases, grant_lease


class InProcessQuotas:
    """Keeps the most recently used buckets. An evicted bucket counts as full.

    Args:
        max_entries: maximum number of buckets.
        clock: monotonic seconds.
    """

    def __init__(self, *, max_entries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_entries = max_entries
        self._clock = clock
        self._full_at: OrderedDict[str, int] = OrderedDict()

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        """See `QuotaStore.take`. Never unavailable, and ignores `read_ahead`."""
        del read_ahead
        now = int(self._clock() * 1_000_000)
        return Leases([self._take(request, now) for request in requests])

    def _take(self, request: LeaseRequest, now: int) -> LeaseGrant:
        full_at, grant = grant_lease(self._full_at.pop(request.key, None), now, request)
        self._full_at[request.key] = full_at
        if len(self._full_at) > self._max_entries:
            self._full_at.popitem(last=False)
        return grant
