"""Invalidates cached profiles, and retries while the cache is unavailable."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice

import structlog

from adapters.cache import CacheUnavailable
from service.shoppers.profiles.profile_cache import ProfileCache

_BATCH_SIZE = 500
_MAX_PENDING = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class PendingInvalidation:
    """A failed invalidation that is to be repeated.

    Two failures of one shopper are different objects, so that a repetition ends only the failure it began with.

    Attributes:
        of_hides: true if the hidden products changed, too.
    """

    of_hides: bool


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
    _pending: dict[str, PendingInvalidation] = field(default_factory=dict)
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
            for each in (*user_ids, *hides_of):
                before = self._pending.get(each)
                of_hides = each in hides_of or (before is not None and before.of_hides)
                self._pending[each] = PendingInvalidation(of_hides)
            while len(self._pending) > _MAX_PENDING:
                del self._pending[next(iter(self._pending))]
            self._has_pending.set()

    def pending(self, user_id: str) -> PendingInvalidation | None:
        """The latest invalidation of the shopper, while the cache may hold an outdated profile.

        What was read before it is outdated, too.
        """
        return self._pending.get(user_id)

    async def run(self) -> None:
        """Retries pending invalidations until cancelled."""
        while True:
            await self._has_pending.wait()
            batch = dict(islice(self._pending.items(), _BATCH_SIZE))
            try:
                await self.cache.invalidate(list(batch), [each for each in batch if batch[each].of_hides])
            except CacheUnavailable:
                await asyncio.sleep(self.retry_seconds)
                continue
            for user_id, done in batch.items():
                if self._pending.get(user_id) is done:  # Another one may have failed meanwhile.
                    del self._pending[user_id]
            if not self._pending:
                self._has_pending.clear()
