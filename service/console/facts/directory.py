"""Known shoppers.

They are from the service's database, or from the catalog's purchases while that is empty.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal, Protocol

import msgspec

from adapters.catalog import CatalogError, Purchase
from adapters.database import ShopperListing
from service.shoppers.records import EMPTY_RECORD
from service.snapshots.live import LiveSnapshot

_CATALOG_SECONDS = 5.0
_LATEST = timedelta(days=1)
_SAMPLE = 200
"""Shoppers from whom a random one is drawn."""

_FROM_CATALOG = 1000


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
        source: where they come from. The catalog is read while the service's database knows nobody.
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
    random: Random = field(default_factory=Random)

    async def known(self, limit: int) -> ShopperListView:
        """At most `limit` known shoppers, and a random one."""
        latest = await self.listing.latest(limit)
        sampled = await self.listing.sample(_SAMPLE, self.random, EMPTY_RECORD)
        seen = [ListedShopper(user_id, at) for user_id, at in latest]
        if seen or sampled:
            listed = {user_id for user_id, _ in latest}
            others = [ListedShopper(user_id, None) for user_id in sampled if user_id not in listed]
            drawn = self.random.choice(sampled or [user_id for user_id, _ in latest])
            return ShopperListView([*seen, *others][:limit], drawn, "database", [])
        try:
            found = await self._from_catalog()
        except (CatalogError, TimeoutError):
            return ShopperListView([], None, "catalog", ["catalog"])
        drawn_id = self.random.choice(found).user_id if found else None
        return ShopperListView(found[:limit], drawn_id, "catalog", [])

    async def sample(self, limit: int) -> list[str]:
        """Ids of at most `limit` known shoppers."""
        known = await self.listing.sample(limit, self.random, EMPTY_RECORD)
        if not known:
            known = [one.user_id for one in (await self.known(limit)).shoppers]
        return known

    async def _from_catalog(self) -> list[ListedShopper]:
        """Shoppers of one page of purchases, the latest first, without those who were erased."""
        serving = self.live.loaded
        watermark = serving.manifest.data_watermark if serving else None
        async with asyncio.timeout(_CATALOG_SECONDS):
            page = await self._page(watermark - _LATEST if watermark else None)
            if not page and watermark:
                page = await self._page(None)
        latest: dict[str, datetime] = {}
        for purchase in page:
            if purchase.user_id is not None:  # A guest has none.
                at = purchase.purchased_at
                latest[purchase.user_id] = max(at, latest.get(purchase.user_id, at))
        found = sorted(latest.items(), key=lambda one: one[1], reverse=True)[:_FROM_CATALOG]
        erased = await self.listing.erased([user_id for user_id, _ in found])
        return [ListedShopper(user_id, at) for user_id, at in found if user_id not in erased]

    async def _page(self, since: datetime | None) -> list[Purchase]:
        async for page in self.catalog.purchases(since):
            return page
        return []
