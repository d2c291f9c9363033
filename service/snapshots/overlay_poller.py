"""Updates the overlay from the catalog's change feed."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from adapters.catalog import CatalogError, CatalogFeedTooLong, Product
from adapters.telemetry import ServiceMetrics
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Overlay, ProductChange
from service.snapshots.live import LiveSnapshot, Serving
from service.snapshots.new_products import NewProducts

CLOCK_MARGIN = timedelta(minutes=5)
"""Tolerated difference between the clocks of catalog, indexer and service."""

REREAD = timedelta(minutes=2)
"""Part of the feed before the latest change that each poll reads again, for changes that become visible late."""

PATIENCE = timedelta(minutes=1)
"""Time after which a pod serves before its first poll has ended."""

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""Total size of the documents in the overlay. Beyond it, expanded items show the snapshot's documents."""

MAX_NEW_DOCUMENT_BYTES = 64 * 1024 * 1024
"""The same for products that the snapshot lacks."""

_INSTANT = timedelta(microseconds=1)
_MAX_NAMED = 10


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

    Of products that the live snapshot lacks, only the latest are kept, so that the overlay cannot outgrow it. Another
    snapshot starts the feed again from the time since which it may lack changes.

    Attributes:
        poll_seconds: mean time between two polls. Each wait varies by ± 20 %, so that pods do not poll in step.
        clock: epoch seconds.
        max_seconds: time limit for one poll. The next one goes on from there.
        max_document_bytes: total size of the documents in the overlay.
    """

    catalog: ChangeFeed
    live: LiveSnapshot
    metrics: ServiceMetrics
    poll_seconds: float
    clock: Callable[[], float]
    max_seconds: float = 600.0
    max_document_bytes: int = MAX_DOCUMENT_BYTES
    _changes: dict[str, tuple[datetime, ProductChange]] = field(default_factory=dict)
    _new_products: NewProducts = field(default_factory=lambda: NewProducts(MAX_NEW_DOCUMENT_BYTES))
    _document_bytes: int = 0
    _seen: datetime | None = None
    _seen_at: float = 0.0
    _horizon: datetime | None = None
    _future: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Polls until cancelled, and at once when another snapshot becomes live."""
        while True:
            self.live.swapped.clear()
            await self.poll()
            try:
                spread = random.uniform(0.8, 1.2)  # noqa: S311 - spread, not secrecy
                async with asyncio.timeout(self.poll_seconds * spread):
                    await self.live.swapped.wait()
            except TimeoutError:
                continue

    async def poll(self) -> None:
        """Polls once, if a snapshot is loaded. Logs an outage of the catalog once."""
        serving = self.live.loaded
        if serving is None:
            return
        since = self._since(await self._follow_snapshot(serving))
        poll = _Poll(self._now(), self._seen)
        try:
            async with asyncio.timeout(self.max_seconds):
                async for page in self.catalog.products(updated_since=since):
                    await self._add_page(page, serving.snapshot, poll)
        except (CatalogFeedTooLong, TimeoutError) as error:
            # The feed is in the order of changes, so that the next poll goes on where this one ended.
            if poll.seen == self._seen:
                self._report_failure(error)
                return
            structlog.get_logger("service").info("the change feed is long and is read in parts")
        except CatalogError as error:
            self._report_failure(error)
            return
        finally:
            if poll.changed:
                await self._apply_overlay()
            self.live.polled = True
        self._finish(poll)

    def _finish(self, poll: "_Poll") -> None:
        """Keeps where the next poll starts.

        Called only after the last page, so that a feed that broke off is read again from its start.
        """
        if poll.seen != self._seen:
            self._seen, self._seen_at = poll.seen, self.clock()
        self._report_future(frozenset(poll.future))
        self.live.feed_is_down = False
        self.metrics.overlay_refreshed(self.clock())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    async def _follow_snapshot(self, serving: Serving) -> datetime:
        """Drops changes that another snapshot contains, and starts the feed again.

        Returns:
            The time since which the snapshot may lack changes.
        """
        horizon = serving.manifest.catalog_read_at - CLOCK_MARGIN
        if horizon != self._horizon:
            row = serving.snapshot.lookup.row
            kept = {key: one for key, one in self._changes.items() if one[0] >= horizon and row(key) >= 0}
            self._seen, self._changes = None, kept
            self._new_products.keep_since(horizon)
            self._document_bytes = sum(len(change.document or b"") for _, change in kept.values())
            await self._apply_overlay()
        self._horizon = horizon
        return horizon

    async def _apply_overlay(self) -> None:
        changes = {key: change for key, (_, change) in self._changes.items()}
        await self.live.refresh_overlay(Overlay(changes, self._new_products.changes))

    def _since(self, horizon: datetime) -> datetime:
        """Returns the start of the next poll.

        It lies `REREAD` before the latest change seen, or before now if that is earlier. Once no newer change was seen
        for `CLOCK_MARGIN`, it lies just after the latest change. A bulk load gives all products one timestamp, and they
        would be read again at every poll.
        """
        horizon = min(horizon, self._now() - CLOCK_MARGIN)
        if self._seen is None:
            return horizon
        if self.clock() - self._seen_at > CLOCK_MARGIN.total_seconds():
            return max(self._seen + _INSTANT, horizon)
        return max(min(self._seen, self._now()) - REREAD, horizon)

    async def _add_page(self, page: list[Product], snapshot: Snapshot, poll: "_Poll") -> None:
        for product in page:
            poll.note_time(product)
            poll.changed |= self._add_change(product, snapshot, poll.now)
        if not self.live.polled and self._now() - poll.now > PATIENCE:
            await self._apply_overlay()
            self.live.polled = True

    def _add_change(self, product: Product, snapshot: Snapshot, now: datetime) -> bool:
        """Stores a product that differs from the snapshot.

        Returns:
            True if the overlay changed.
        """
        row = snapshot.lookup.row(product.id)
        document = msgspec.json.encode(product)
        if row < 0:
            added = product.created_at or product.updated_at
            change = replace(_change(product, document), created_at=added.timestamp())
            return self._new_products.add(product.id, max(product.updated_at, now), change)
        before = self._changes.pop(product.id, None)
        if before is not None:
            self._document_bytes -= len(before[1].document or b"")
        if snapshot.documents.raw(row) == document:
            return before is not None
        change = _change(product, document)
        if self._document_bytes + len(document) > self.max_document_bytes:
            change = replace(change, document=None)
        self._document_bytes += len(change.document or b"")
        # By this pod's clock too, because a change may become visible later than its time says.
        self._changes[product.id] = (max(product.updated_at, now), change)
        return before is None or before[1] != change

    def _report_failure(self, error: Exception) -> None:
        self.metrics.catalog_failed("products", type(error).__name__)
        if not self.live.feed_is_down:
            reason = str(error) or f"the feed did not end within {self.max_seconds:g} s"
            structlog.get_logger("service").warning("overlay not refreshed", reason=reason)
        self.live.feed_is_down = True

    def _report_future(self, product_ids: frozenset[str]) -> None:
        """Counts changes that are dated in the future, and logs new ones."""
        if product_ids:
            self.metrics.catalog_faults("product", "future", len(product_ids))
        if product_ids - self._future:
            structlog.get_logger("service").warning(
                "products have an updated_at in the future, which the next poll does not start from",
                products=len(product_ids),
                first=sorted(product_ids)[:_MAX_NAMED],
            )
        self._future = product_ids


def _change(product: Product, document: bytes) -> ProductChange:
    return ProductChange(
        in_stock=product.in_stock,
        deleted=product.deleted_at is not None,
        document=document,
        price=product.price,
        brand=product.brand,
        category=product.category,
    )


@dataclass(slots=True)
class _Poll:
    """State of one poll.

    Attributes:
        now: time at its start.
        seen: latest change up to now and `CLOCK_MARGIN`. A later one would hide the changes that follow.
        future: ids of products with a later change.
        changed: true if the overlay changed.
    """

    now: datetime
    seen: datetime | None
    future: set[str] = field(default_factory=set)
    changed: bool = False

    def note_time(self, product: Product) -> None:
        """Notes when a product changed."""
        if product.updated_at > self.now + CLOCK_MARGIN:
            self.future.add(product.id)
        elif self.seen is None or product.updated_at > self.seen:
            self.seen = product.updated_at
