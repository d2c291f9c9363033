"""Invalidates cached profiles, and retries while the cache is unavailable."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import structlog

from adapters.cache import CacheUnavailable
from service.shoppers.profile_cache import ProfileCache

_BATCH_SIZE = 500
_MAX_PENDING = 100_000


@dataclass(slots=True)
class ProfileInvalidator:
    """Invalidates cached profiles now, or as soon as the cache answers again.

    Without the retry, a pod that alone loses its connection to the cache would leave the other pods with outdated
    profiles until those expire. Pending invalidations are kept in memory. If this pod stops first, expiry is the limit.

    Attributes:
        retry_seconds: time between two attempts.
    """

    cache: ProfileCache
    retry_seconds: float = 1.0
    _pending: dict[str, bool] = field(default_factory=dict)
    _has_pending: asyncio.Event = field(default_factory=asyncio.Event)

    async def invalidate(self, user_ids: Sequence[str], hides_of: Collection[str] = ()) -> None:
        """Invalidates the profiles on every pod, or later if the cache is unavailable.

        Args:
            user_ids: shoppers.
            hides_of: those whose hidden products changed. They need not be among `user_ids`.
        """
        if not user_ids and not hides_of:
            return
        try:
            await self.cache.invalidate(user_ids, hides_of)
        except CacheUnavailable as error:
            if not self._pending:
                structlog.get_logger("service").warning("profiles are not invalidated yet", reason=str(error))
            self._pending.update(
                {each: each in hides_of or self._pending.get(each, False) for each in (*user_ids, *hides_of)}
            )
            while len(self._pending) > _MAX_PENDING:
                del self._pending[next(iter(self._pending))]
            self._has_pending.set()

    def is_pending(self, user_id: str) -> bool:
        """True while the cache may hold an outdated profile of the shopper."""
        return user_id in self._pending

    async def run(self) -> None:
        """Retries pending invalidations until cancelled."""
        while True:
            await self._has_pending.wait()
            batch = list(self._pending)[:_BATCH_SIZE]
            try:
                await self.cache.invalidate(batch, [each for each in batch if self._pending[each]])
            except CacheUnavailable:
                await asyncio.sleep(self.retry_seconds)
                continue
            for user_id in batch:
                self._pending.pop(user_id, None)
            if not self._pending:
                self._has_pending.clear()
