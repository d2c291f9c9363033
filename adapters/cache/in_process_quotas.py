"""Quotas of this process alone: the embedded default, and what is left when Redis is down."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from adapters.cache.quotas import Ask, Grant, taken


class InProcessQuotas:
    """Keeps the buckets that were asked for last; one that is forgotten is full again.

    Args:
        max_entries: how many buckets are kept.
        clock: monotonic seconds.
    """

    def __init__(self, *, max_entries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_entries = max_entries
        self._clock = clock
        self._full_at: OrderedDict[str, int] = OrderedDict()

    async def take(self, asks: Sequence[Ask], read_ahead: str | None = None) -> list[Grant]:
        """See `QuotaStore.take`; never unavailable, and nothing to be read ahead."""
        del read_ahead
        now = int(self._clock() * 1_000_000)
        return [self._take(ask, now) for ask in asks]

    def _take(self, ask: Ask, now: int) -> Grant:
        full_at, grant = taken(self._full_at.pop(ask.key, None), now, ask)
        self._full_at[ask.key] = full_at
        if len(self._full_at) > self._max_entries:
            self._full_at.popitem(last=False)
        return grant
