"""Cached profiles that could not be dropped when they should have been, dropped as soon as that is possible."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from adapters.cache import CacheUnavailable
from service.shoppers.profiles import ProfileReader

_AT_ONCE = 500
_MOST_REMEMBERED = 100_000


@dataclass(slots=True)
class Forgetting:
    """Drops cached profiles, now or as soon as the cache answers again.

    A pod that loses the cache alone would otherwise leave the others with what they knew before, until it is no longer
    fresh. What is still to be dropped is kept in this pod only: should it end first, that age is the bound.

    Attributes:
        profiles: what answers are made from.
        retry_seconds: between two tries.
    """

    profiles: ProfileReader
    retry_seconds: float = 1.0
    _waiting: dict[str, None] = field(default_factory=dict)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    async def forget(self, user_ids: Sequence[str]) -> None:
        """Drops the profiles on every pod; when the cache is down, later."""
        if not user_ids:
            return
        try:
            await self.profiles.forget(user_ids)
        except CacheUnavailable as error:
            structlog.get_logger("service").warning("profiles are not invalidated yet", reason=str(error))
            self._waiting.update(dict.fromkeys(user_ids))
            while len(self._waiting) > _MOST_REMEMBERED:
                del self._waiting[next(iter(self._waiting))]
            self._some.set()

    async def run(self) -> None:
        """Drops what is left to be dropped; until cancelled."""
        while True:
            await self._some.wait()
            some = list(self._waiting)[:_AT_ONCE]
            try:
                await self.profiles.forget(some)
            except CacheUnavailable:
                await asyncio.sleep(self.retry_seconds)
                continue
            for user_id in some:
                self._waiting.pop(user_id, None)
            if not self._waiting:
                self._some.clear()
