"""Profile reader over a real database, a fake catalog and failing caches."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import Cache, CacheUnavailable, Copies, InProcessCache
from adapters.catalog import CatalogUnavailable, Purchase, UserRecord
from adapters.snapshots import SigningKey
from adapters.telemetry import Telemetry, TelemetryConfig
from service.settings import ServiceSettings
from service.wiring import Components
from tests.support.tokens import ISSUER

BOUGHT_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Clock that a test sets."""

    now = 2_000_000_000.0

    def __call__(self) -> float:
        return self.now


class CountingCatalog:
    """Catalog that counts calls. Its shoppers have one purchase, unless a test sets others.

    Attributes:
        calls: calls of `user_purchases`.
        cancelled: calls that were cancelled while `gate` was closed.
        gate: closed to keep calls waiting.
        users_down: whether the catalog returns purchases only.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.cancelled = 0
        self.down = self.users_down = False
        self.product = "a"
        self.purchases: list[Purchase] | None = None
        self.record: UserRecord | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def user(self, user_id: str) -> UserRecord | None:
        if self.down or self.users_down:
            raise CatalogUnavailable("down")
        return self.record

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        self.calls += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.down:
            raise CatalogUnavailable("down")
        if user_id == "stranger":
            return None
        if self.purchases is not None:
            return self.purchases
        return [Purchase(user_id=user_id, product_id=self.product, purchased_at=BOUGHT_AT)]


class BrokenCache:
    """Cache that is always unavailable."""

    async def get(self, key: str) -> bytes | None:
        raise CacheUnavailable("down")

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        raise CacheUnavailable("down")

    async def epoch(self, key: str) -> bytes:
        raise CacheUnavailable("down")

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: bytes) -> None:
        raise CacheUnavailable("down")

    async def replace(
        self, key: str, value: bytes, ttl_seconds: float, epoch: bytes, next_epoch: bytes, author: Copies
    ) -> bool:
        raise CacheUnavailable("down")

    async def invalidate(self, keys: Sequence[str]) -> None:
        raise CacheUnavailable("down")

    async def close(self) -> None:
        pass


class Connection:
    """One pod's connection to a shared cache. `up` says whether it works."""

    def __init__(self, cache: Cache) -> None:
        self.cache, self.up = cache, True

    def _target(self) -> Cache:
        return self.cache if self.up else BrokenCache()

    async def get(self, key: str) -> bytes | None:
        return await self._target().get(key)

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        await self._target().set(key, value, ttl_seconds)

    async def epoch(self, key: str) -> bytes:
        return await self._target().epoch(key)

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: bytes) -> None:
        await self._target().set_unless_invalidated(key, value, ttl_seconds, epoch)

    async def replace(
        self, key: str, value: bytes, ttl_seconds: float, epoch: bytes, next_epoch: bytes, author: Copies
    ) -> bool:
        return await self._target().replace(key, value, ttl_seconds, epoch, next_epoch, author)

    async def invalidate(self, keys: Sequence[str]) -> None:
        await self._target().invalidate(keys)

    async def close(self) -> None:
        await self._target().close()


class Shop:
    """A profile reader with its surroundings, as the service wires it.

    Args:
        engine: a migrated database.
        cache: shared with other readers. None: a new one.
        settings: changes to the settings.
    """

    def __init__(self, engine: AsyncEngine, cache: Cache | None = None, **settings: int) -> None:
        self.catalog, self.clock = CountingCatalog(), Clock()
        self.cache = cache or InProcessCache(max_entries=10, max_bytes=10_000, clock=self.clock)
        ages = {"profile_fresh_seconds": 60, "profile_stale_seconds": 600, "profile_keep_seconds": 3600}
        issuers = [{"issuer": ISSUER, "jwks_url": "https://issuer.test/jwks"}]
        self.components = components = Components(
            ServiceSettings(issuers=issuers, **ages, **settings),
            clock=self.clock,
            telemetry=Telemetry(TelemetryConfig("tests", "1")),
            signing_keys=[SigningKey(b"0" * 32)],
            engine=engine,
            cache=self.cache,
            profile_catalog=self.catalog,
        )
        components.shopper_reader.timeout_seconds = 60.0  # A busy machine does not count as an outage.
        components.shopper_reader.clock = self.clock
        self.events, self.store = components.event_store, components.shopper_store
        self.profiles, self.reader = components.profile_cache, components.profiles

    async def products(self, user_id: str = "u") -> list[str]:
        """The products of the shopper's interactions."""
        loaded = await self.reader.read(user_id)
        return [interaction.product_id for interaction in loaded.profile.interactions]
