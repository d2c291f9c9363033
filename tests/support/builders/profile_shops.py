"""A profile reader over a real database, beside a catalog that counts its calls."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from opentelemetry.metrics import NoOpMeter
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import Cache, CacheUnavailable, InProcessCache
from adapters.catalog import CatalogUnavailable, Purchase, UserRecord
from adapters.database import EventStore, ShopperStore
from adapters.telemetry import ServiceMetrics
from service.shoppers.profiles import ProfileAges, ProfileReader
from service.shoppers.reader import StoredShoppers

BOUGHT_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    now = 2_000_000_000.0

    def __call__(self) -> float:
        return self.now


class CountingCatalog:
    """A catalog whose shoppers have one purchase unless others are given; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.down = False
        self.product = "a"
        self.purchases: list[Purchase] | None = None
        self.record: UserRecord | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def user(self, user_id: str) -> UserRecord | None:
        if self.down:
            raise CatalogUnavailable("down")
        return self.record

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        self.calls += 1
        await self.gate.wait()
        if self.down:
            raise CatalogUnavailable("down")
        if user_id == "stranger":
            return None
        if self.purchases is not None:
            return self.purchases
        return [Purchase(user_id=user_id, product_id=self.product, purchased_at=BOUGHT_AT)]


class BrokenCache:
    async def get(self, key: str) -> bytes | None:
        raise CacheUnavailable("down")

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        raise CacheUnavailable("down")

    async def epoch(self, key: str) -> int:
        raise CacheUnavailable("down")

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: int) -> None:
        raise CacheUnavailable("down")

    async def invalidate(self, keys: Sequence[str]) -> None:
        raise CacheUnavailable("down")

    async def close(self) -> None:
        pass


class CutOff:
    """One pod's line to a cache that others reach; `up` says whether it stands."""

    def __init__(self, cache: Cache) -> None:
        self.cache, self.up = cache, True

    def _line(self) -> Cache:
        return self.cache if self.up else BrokenCache()

    async def get(self, key: str) -> bytes | None:
        return await self._line().get(key)

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        await self._line().set(key, value, ttl_seconds)

    async def epoch(self, key: str) -> int:
        return await self._line().epoch(key)

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: int) -> None:
        await self._line().set_unless_invalidated(key, value, ttl_seconds, epoch)

    async def invalidate(self, keys: Sequence[str]) -> None:
        await self._line().invalidate(keys)

    async def close(self) -> None:
        await self._line().close()


class Shop:
    """A reader with its surroundings; the database is a real one."""

    def __init__(self, engine: AsyncEngine, cache: Cache | None = None) -> None:
        self.catalog, self.clock = CountingCatalog(), Clock()
        self.events = EventStore(engine)
        self.store = ShopperStore(engine, clock=lambda: datetime.fromtimestamp(self.clock(), UTC))
        self.reader = ProfileReader(
            cache=cache or InProcessCache(max_entries=10, max_bytes=10_000, clock=self.clock),
            stored=StoredShoppers(self.store, self.clock, events=100),
            catalog=self.catalog,
            metrics=ServiceMetrics(NoOpMeter("test")),
            clock=self.clock,
            ages=ProfileAges(fresh=60, stale=600, kept=3600),
            purchases=100,
        )

    async def products(self, user_id: str = "u") -> list[str]:
        loaded = await self.reader.read(user_id)
        return [interaction.product_id for interaction in loaded.profile.interactions]

    async def settled(self) -> None:
        while self.reader._under_way:
            await asyncio.sleep(0.001)
