"""Known shoppers.

They are from the service's database, and from the catalog's latest purchases while that knows few.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from random import Random
from typing import Literal, Protocol

import msgspec

from adapters.catalog import CatalogError, Purchase
from adapters.database import ShopperListing
from service.shoppers.profiles.records import EMPTY_RECORD
from service.snapshots.live import LiveSnapshot

_CATALOG_SECONDS = 5.0
_LATEST = timedelta(days=1)
_SAMPLE = 200
"""Shoppers from whom a random one is drawn."""

_FROM_CATALOG = 1000
_DRAWN = 20
"""Random shoppers of those from the catalog, and further ones in the place of erased ones.

To look up all of them would take 15 ms.
"""

KEPT_SECONDS = 300.0
"""Time for which the catalog's latest shoppers are not read again. Who was erased is read each time."""


class PurchaseFeed(Protocol):
    """Purchases of all shoppers, in the order in which they were recorded."""

    def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        """Yields pages of purchases that were recorded at or after `since`.

        Raises:
            CatalogError: the feed cannot be read, or broke off.
        """
        ...


class ListedShopper(msgspec.Struct, frozen=True):
    """A known shopper.

    Attributes:
        user_id: shopper.
        last_seen_at: time of the latest event or purchase, null if it was not looked up.
    """

    user_id: str
    last_seen_at: datetime | None


class ShopperListView(msgspec.Struct, frozen=True):
    """Known shoppers.

    Attributes:
        shoppers: the latest ones first.
        random_user_id: any known shopper, null if there is none.
        source: `catalog` while the service's database knows nobody. While it knows few, they are from both.
        degraded: dependencies that could not be read.
    """

    shoppers: list[ListedShopper]
    random_user_id: str | None
    source: Literal["database", "catalog"]
    degraded: list[Literal["catalog"]]


@dataclass(frozen=True, slots=True)
class ShopperDirectory:
    """Lists known shoppers. Every method raises DatabaseError when the database fails.

    Without the database it is unknown who was erased, so nobody is listed then.

    Attributes:
        listing: shoppers in the service's database.
        catalog: purchases.
        live: tells from when on purchases are the latest ones.
        random: chooses shoppers.
    """

    listing: ShopperListing
    catalog: PurchaseFeed
    live: LiveSnapshot
    random: Random = field(default_factory=Random)  # noqa: S311 - picks a shopper to look at, not secrecy
    _kept: dict[str | None, tuple[float, list[tuple[str, datetime | None]]]] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def known(self, limit: int) -> ShopperListView:
        """At most `limit` known shoppers, and a random one."""
        latest = [ListedShopper(user_id, at) for user_id, at in await self.listing.latest(limit)]
        sampled = await self.listing.sample(_SAMPLE, self.random, EMPTY_RECORD)
        stored = _distinct([*latest, *(ListedShopper(user_id, None) for user_id in sampled)])
        bought, degraded = (
            await self._from_catalog(limit) if len(sampled) < _SAMPLE else ([], list[Literal["catalog"]]())
        )
        found = _distinct([*stored, *bought])
        drawn = self.random.choice(found).user_id if found else None
        return ShopperListView(found[:limit], drawn, "database" if stored else "catalog", degraded)

    async def sample(self, limit: int) -> list[str]:
        """Ids of at most `limit` known shoppers."""
        known = await self.listing.sample(limit, self.random, EMPTY_RECORD)
        if len(known) < limit:
            bought, _ = await self._from_catalog(limit)
            known = list(dict.fromkeys([*known, *(one.user_id for one in bought)]))
        return known[:limit]

    async def _from_catalog(self, limit: int) -> tuple[list[ListedShopper], list[Literal["catalog"]]]:
        """The latest `limit` shoppers of one page of purchases, and some random ones.

        Shoppers who were erased are left out. If the catalog cannot be read, nobody is listed and the second part names
        it.
        """
        try:
            async with asyncio.timeout(_CATALOG_SECONDS):
                async with self._one_at_a_time:
                    found = await self._latest_buyers()
        except (CatalogError, TimeoutError):
            return [], ["catalog"]
        drawn = self.random.sample(found, min(_DRAWN, len(found)))
        found = [*found[: limit + _DRAWN], *drawn]
        erased = await self.listing.erased([user_id for user_id, _ in found])
        return [ListedShopper(user_id, at) for user_id, at in found if user_id not in erased], []

    async def _latest_buyers(self) -> list[tuple[str, datetime | None]]:
        """Shoppers of one page of purchases, the latest first.

        Each has the time of the last purchase, or None if a later one may be on another page. That is so in a catalog
        that recorded all purchases at once, as from files: its pages are of any time.
        """
        manifest = self.live.loaded.manifest if self.live.loaded else None
        version, now = manifest.version if manifest else None, asyncio.get_running_loop().time()
        read_at, found = self._kept.get(version, (-inf, []))
        if now - read_at < KEPT_SECONDS:
            return found
        watermark = manifest.data_watermark if manifest else None
        since = watermark - _LATEST if watermark else None
        page = await self._page(since) if since else []
        latest: dict[str, datetime] = {}
        for purchase in page or await self._page(None):
            if purchase.user_id is not None:  # A guest has none.
                at = purchase.purchased_at
                latest[purchase.user_id] = max(at, latest.get(purchase.user_id, at))
        ordered = sorted(latest.items(), key=lambda one: one[1], reverse=True)[:_FROM_CATALOG]
        found = [(user_id, at if since and at >= since else None) for user_id, at in ordered]
        self._kept.clear()
        self._kept[version] = (now, found)
        return found

    async def _page(self, since: datetime | None) -> list[Purchase]:
        async for page in self.catalog.purchases(since):
            return page
        return []


def _distinct(shoppers: list[ListedShopper]) -> list[ListedShopper]:
    """The first entry of each shopper."""
    found: dict[str, ListedShopper] = {}
    for one in shoppers:
        found.setdefault(one.user_id, one)
    return list(found.values())
