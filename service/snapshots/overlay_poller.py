"""Keeps the overlay: polls the catalog's change feed into memory."""

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
"""The catalog's clock may differ by this much from the indexer's and from ours without a change being missed."""

_INSTANT = timedelta(microseconds=1)


class ChangeFeed(Protocol):
    """Products in the order of their last change."""

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """Pages of products changed at `updated_since` or later, deleted ones with `deleted_at`.

        Raises:
            CatalogError: a page cannot be read.
        """
        ...


@dataclass(slots=True)
class OverlayPoller:
    """Asks the catalog for what changed since the snapshot was read, then for what changed since the last answer.

    Attributes:
        catalog: whose change feed is read.
        live: whose overlay is replaced.
        metrics: told when the overlay was last right, and of failures.
        poll_seconds: mean time between two polls; each waits ± 20 %, so that pods do not ask in step.
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
        """Polls until cancelled, and at once when another snapshot takes over."""
        while True:
            self.live.swapped.clear()
            await self.poll()
            try:
                async with asyncio.timeout(self.poll_seconds * random.uniform(0.8, 1.2)):  # noqa: S311
                    await self.live.swapped.wait()
            except TimeoutError:
                continue

    async def poll(self) -> None:
        """Asks once. Without a snapshot there is nothing to correct; a catalog that is down is logged once."""
        serving = self.live.loaded
        if serving is None:
            return
        horizon = self._follow(serving)
        seen, changed = self._seen, False
        try:
            async for page in self.catalog.products(updated_since=self._since(horizon)):
                for product in page:
                    seen = max(seen or product.updated_at, product.updated_at)
                    changed |= self._remember(product, serving.snapshot)
        except CatalogError as error:
            self._report_failure(error)
            return
        finally:
            if changed:
                self.live.correct(Overlay({key: change for key, (_, change) in self._changes.items()}))
            self.live.polled = True
        # Only now: a feed that broke off is read again from where it was whole.
        self._seen = seen
        self.live.feed_is_down = False
        self.metrics.overlay_refreshed(self.clock())

    def _follow(self, serving: Serving) -> datetime:
        """The time from which on the snapshot may lack changes; forgets what it has read itself."""
        horizon = serving.manifest.catalog_read_at - CLOCK_MARGIN
        if self._horizon is not None and horizon < self._horizon:
            self._seen = None  # Rolled back to a snapshot that knows less: ask for all it lacks.
        if horizon != self._horizon:
            self._changes = {key: entry for key, entry in self._changes.items() if entry[0] >= horizon}
            self.live.correct(Overlay({key: change for key, (_, change) in self._changes.items()}))
        self._horizon = horizon
        return horizon

    def _since(self, horizon: datetime) -> datetime:
        """From the latest change seen, once more, while another may still get the same stamp; else from after it.

        A bulk load gives all products one stamp: asked for inclusively, it would be read again for ever.
        """
        if self._seen is None:
            return horizon
        settled = datetime.fromtimestamp(self.clock(), UTC) - self._seen > CLOCK_MARGIN
        return max(self._seen + _INSTANT if settled else self._seen, horizon)

    def _remember(self, product: Product, snapshot: Snapshot) -> bool:
        """Keeps what differs from the snapshot; whether that changed anything."""
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
