"""Updates the overlay from the catalog's change feed."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from adapters.catalog import CatalogError, Product
from adapters.telemetry import ServiceMetrics
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Overlay, ProductChange
from service.snapshots.live import LiveSnapshot, Serving

CLOCK_MARGIN = timedelta(minutes=5)
"""Tolerated difference between the clocks of catalog, indexer and service."""

_INSTANT = timedelta(microseconds=1)


class ChangeFeed(Protocol):
    """Products in the order of their last change."""

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """Yields pages of products changed at or after `updated_since`, deleted ones included.

        Raises:
            CatalogError: the feed cannot be read, or broke off.
        """
        ...


@dataclass(slots=True)
class OverlayPoller:
    """Polls products that changed since the snapshot was built, then since the last poll.

    Attributes:
        poll_seconds: mean time between two polls. Each wait varies by ± 20 %, so that pods do not poll in step.
        clock: epoch seconds.
    """

    catalog: ChangeFeed
    live: LiveSnapshot
    metrics: ServiceMetrics
    poll_seconds: float
    clock: Callable[[], float]
    _changes: dict[str, tuple[datetime, ProductChange]] = field(default_factory=dict)
    _seen: datetime | None = None
    _horizon: datetime | None = None

    async def run(self) -> None:
        """Polls until cancelled, and at once when another snapshot becomes live."""
        while True:
            self.live.swapped.clear()
            await self.poll()
            try:
                async with asyncio.timeout(self.poll_seconds * random.uniform(0.8, 1.2)):  # noqa: S311
                    await self.live.swapped.wait()
            except TimeoutError:
                continue

    async def poll(self) -> None:
        """Polls once, if a snapshot is loaded. Logs an outage of the catalog once."""
        serving = self.live.loaded
        if serving is None:
            return
        horizon = self._follow_snapshot(serving)
        seen, changed = self._seen, False
        try:
            async for page in self.catalog.products(updated_since=self._since(horizon)):
                for product in page:
                    seen = max(seen or product.updated_at, product.updated_at)
                    changed |= self._add_change(product, serving.snapshot)
        except CatalogError as error:
            self._report_failure(error)
            return
        finally:
            if changed:
                self._apply_overlay()
            self.live.polled = True
        # Set only after the last page, so that a feed that broke off is read again from its start.
        self._seen = seen
        self.live.feed_is_down = False
        self.metrics.overlay_refreshed(self.clock())

    def _follow_snapshot(self, serving: Serving) -> datetime:
        """Drops changes that the snapshot contains.

        Returns:
            The time since which the snapshot may lack changes.
        """
        horizon = serving.manifest.catalog_read_at - CLOCK_MARGIN
        if self._horizon is not None and horizon < self._horizon:
            self._seen = None  # Rollback to an older snapshot, which lacks more changes.
        if horizon != self._horizon:
            self._changes = {key: entry for key, entry in self._changes.items() if entry[0] >= horizon}
            self._apply_overlay()
        self._horizon = horizon
        return horizon

    def _apply_overlay(self) -> None:
        self.live.apply_overlay(Overlay({key: change for key, (_, change) in self._changes.items()}))

    def _since(self, horizon: datetime) -> datetime:
        """Returns the start of the next poll, which is the latest change seen.

        It is inclusive while further products may get the same timestamp, and exclusive after `CLOCK_MARGIN`. A bulk
        load gives all products one timestamp, and an inclusive start would read all of them at every poll.
        """
        if self._seen is None:
            return horizon
        is_final = datetime.fromtimestamp(self.clock(), UTC) - self._seen > CLOCK_MARGIN
        return max(self._seen + _INSTANT if is_final else self._seen, horizon)

    def _add_change(self, product: Product, snapshot: Snapshot) -> bool:
        """Stores a product that differs from the snapshot.

        Returns:
            True if the overlay changed.
        """
        document = msgspec.json.encode(product)
        row = snapshot.lookup.row(product.id)
        if row >= 0 and snapshot.documents.raw(row) == document:
            return self._changes.pop(product.id, None) is not None
        change = ProductChange(
            in_stock=product.in_stock,
            deleted=product.deleted_at is not None,
            document=document,
            price=product.price,
            brand=product.brand,
            category=product.category,
        )
        before = self._changes.get(product.id)
        self._changes[product.id] = (product.updated_at, change)
        return before is None or before[1] != change

    def _report_failure(self, error: CatalogError) -> None:
        self.metrics.catalog_failed("products", type(error).__name__)
        if not self.live.feed_is_down:
            structlog.get_logger("service").warning("overlay not refreshed", reason=str(error))
        self.live.feed_is_down = True
