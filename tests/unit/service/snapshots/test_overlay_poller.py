"""The overlay follows the change feed of the catalog, across snapshots."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from opentelemetry.metrics import NoOpMeter
from structlog.testing import capture_logs

from adapters.catalog import CatalogFeedTooLong, CatalogUnavailable, Product
from adapters.snapshots import Manifest, SnapshotVolume, open_snapshot
from adapters.telemetry import ServiceMetrics
from service.snapshots.live import LiveSnapshot
from service.snapshots.overlay_poller import CLOCK_MARGIN, REREAD, OverlayPoller
from tests.support.builders.published_snapshots import KEY, START, ListedCatalog, builder, shop

pytestmark = pytest.mark.anyio


@dataclass
class Feed:
    """Change feed that records where each poll starts.

    Attributes:
        product_list: all products.
        polls: `updated_since` of each poll.
        down: true to fail every poll.
        delivered: ids that a poll returns before the feed breaks off, or None for an intact feed.
    """

    product_list: list[Product]
    polls: list[datetime | None] = field(default_factory=list)
    down: bool = False
    delivered: set[str] | None = None

    async def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        self.polls.append(updated_since)
        if self.down:
            raise CatalogUnavailable("down")
        page = [p for p in self.product_list if updated_since is None or p.updated_at >= updated_since]
        if self.delivered is None:
            yield page
            return
        yield [product for product in page if product.id in self.delivered]
        raise CatalogUnavailable("gone")


async def build(catalog: ListedCatalog, folder: Path, live: LiveSnapshot, read_at: datetime) -> Manifest:
    manifest = await builder(catalog, folder, clock=lambda: read_at).build()
    volume = SnapshotVolume(folder / "snapshots")
    live.swap(*open_snapshot(volume.directory(manifest.version), [KEY]))
    return manifest


def feed_of(catalog: ListedCatalog) -> Feed:
    return Feed(list(catalog.product_list))


def poller(feed: Feed, live: LiveSnapshot, now: datetime = START + timedelta(days=1)) -> OverlayPoller:
    return OverlayPoller(feed, live, ServiceMetrics(NoOpMeter("test")), 15.0, now.timestamp)


async def test_changes_since_the_snapshot_was_read_take_effect(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    await polling.poll()
    assert feed.polls == []
    read_at = START + timedelta(hours=1)
    await build(catalog, tmp_path, live, read_at)
    changed_at = read_at + timedelta(seconds=1)
    feed.product_list[3] = msgspec.structs.replace(
        feed.product_list[3], in_stock=False, updated_at=changed_at
    )
    feed.product_list[4] = msgspec.structs.replace(
        feed.product_list[4], deleted_at=changed_at, updated_at=changed_at
    )
    await polling.poll()
    assert feed.polls == [read_at - CLOCK_MARGIN]
    changes = live.serving.corrections.overlay.changes
    assert set(changes) == {"p3", "p4"}
    assert (changes["p3"].in_stock, changes["p4"].deleted) == (False, True)
    await polling.poll()
    assert feed.polls[-1] == changed_at - REREAD


async def test_a_newer_snapshot_needs_fewer_corrections(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    first_read = START + timedelta(hours=1)
    await build(catalog, tmp_path, live, first_read)
    changed_at = first_read + timedelta(minutes=1)
    polling = poller(feed, live, changed_at)
    feed.product_list[3] = msgspec.structs.replace(
        feed.product_list[3], in_stock=False, updated_at=changed_at
    )
    await polling.poll()
    await build(
        ListedCatalog(feed.product_list, catalog.purchase_list),
        tmp_path,
        live,
        changed_at + timedelta(hours=1),
    )
    assert "p3" in live.serving.corrections.overlay.changes
    await polling.poll()
    assert live.serving.corrections.overlay.changes == {}


async def test_a_rollback_restores_the_corrections_of_the_older_snapshot(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    old = await build(catalog, tmp_path, live, START + timedelta(hours=1))
    changed_at = START + timedelta(hours=2)
    feed.product_list[3] = msgspec.structs.replace(
        feed.product_list[3], in_stock=False, updated_at=changed_at
    )
    await build(
        ListedCatalog(feed.product_list, catalog.purchase_list), tmp_path, live, START + timedelta(hours=3)
    )
    await polling.poll()
    volume = SnapshotVolume(tmp_path / "snapshots")
    live.swap(*open_snapshot(volume.directory(old.version), [KEY]))
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p3"}


async def test_an_outage_of_the_catalog_keeps_the_overlay(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    await build(catalog, tmp_path, live, START + timedelta(hours=1))
    changed_at = START + timedelta(hours=2)
    feed.product_list[3] = msgspec.structs.replace(
        feed.product_list[3], in_stock=False, updated_at=changed_at
    )
    await polling.poll()
    feed.down = True
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p3"}
    assert live.feed_is_down
    feed.down = False
    await polling.poll()
    assert not live.feed_is_down


async def test_a_product_equal_to_the_snapshot_is_not_a_change(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    await build(catalog, tmp_path, live, START)
    serving = live.serving
    await polling.poll()
    assert len(feed.product_list) == 60
    assert live.serving.corrections.overlay.changes == {}
    first = feed.product_list[3]
    feed.product_list[3] = msgspec.structs.replace(first, in_stock=False)
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p3"}
    feed.product_list[3] = first
    await polling.poll()
    assert live.serving.corrections.overlay.changes == {}
    assert live.serving.snapshot is serving.snapshot


async def test_a_bulk_load_is_not_polled_for_ever(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    now = START.timestamp()
    polling = OverlayPoller(feed, live, ServiceMetrics(NoOpMeter("test")), 15.0, lambda: now)
    await build(catalog, tmp_path, live, START)
    await polling.poll()
    await polling.poll()
    assert feed.polls[-1] == START - REREAD
    now += CLOCK_MARGIN.total_seconds() + 1
    await polling.poll()
    assert feed.polls[-1] > START


async def test_a_feed_that_breaks_off_is_polled_again_from_the_same_start(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    await build(catalog, tmp_path, live, START)
    await polling.poll()
    changed_at = START + timedelta(minutes=2)
    feed.product_list[:2] = [
        msgspec.structs.replace(p, in_stock=False, updated_at=changed_at) for p in feed.product_list[:2]
    ]
    feed.delivered = {"p0"}
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p0"}
    feed.delivered = None
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p0", "p1"}


async def test_a_change_dated_in_the_future_does_not_hide_later_ones(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    now = START + timedelta(hours=1)
    polling = poller(feed, live, now)
    await build(catalog, tmp_path, live, START)
    scheduled = {"updated_at": now.replace(year=2099), "price": 1.5}
    feed.product_list[9] = msgspec.structs.replace(feed.product_list[9], **scheduled)
    with capture_logs() as logs:
        await polling.poll()
        await polling.poll()
    assert live.serving.corrections.overlay.changes["p9"].price == 1.5
    assert [(log["products"], log["first"]) for log in logs if "future" in log["event"]] == [(1, ["p9"])]
    feed.product_list[3] = msgspec.structs.replace(feed.product_list[3], deleted_at=now, updated_at=now)
    await polling.poll()
    assert live.serving.corrections.overlay.changes["p3"].deleted


async def test_a_change_that_becomes_visible_late_takes_effect(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    now = START + timedelta(hours=1)
    polling = poller(feed, live, now)
    await build(catalog, tmp_path, live, START)
    ahead = now + CLOCK_MARGIN
    feed.product_list[4] = msgspec.structs.replace(feed.product_list[4], in_stock=False, updated_at=ahead)
    await polling.poll()
    late = now - REREAD
    feed.product_list[3] = msgspec.structs.replace(feed.product_list[3], deleted_at=late, updated_at=late)
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p3", "p4"}


async def test_changes_are_seen_after_a_snapshot_from_a_clock_that_is_ahead(
    tmp_path: Path,
) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    await build(catalog, tmp_path, live, START + timedelta(days=1))
    feed.product_list[3] = msgspec.structs.replace(feed.product_list[3], deleted_at=START, updated_at=START)
    await poller(feed, live, START).poll()
    assert set(live.serving.corrections.overlay.changes) == {"p3"}


@dataclass
class LongFeed(Feed):
    """Change feed that ends, like the client's, after `readable` products."""

    readable: int = 0

    async def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        async for page in super().products(updated_since):
            yield sorted(page, key=lambda product: product.updated_at)[: self.readable]
            if len(page) > self.readable:
                raise CatalogFeedTooLong("more")


async def test_a_long_feed_is_read_in_parts(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    await build(catalog, tmp_path, live, START)
    changed = [
        msgspec.structs.replace(p, in_stock=False, updated_at=START + number * 2 * REREAD)
        for number, p in enumerate(catalog.product_list[:4])
    ]
    feed = LongFeed(changed, readable=2)
    polling = poller(feed, live)
    for expected in (2, 3, 4):
        await polling.poll()
        assert len(live.serving.corrections.overlay.changes) == expected
        assert not live.feed_is_down
    feed.readable = 0
    await polling.poll()
    assert live.feed_is_down


async def test_overlay_holds_products_of_the_snapshot_and_bounded_documents(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    await build(catalog, tmp_path, live, START)
    new = [msgspec.structs.replace(catalog.product_list[0], id=f"new {n}") for n in range(100)]
    changed = [msgspec.structs.replace(p, in_stock=False) for p in catalog.product_list]
    polling = poller(Feed(new + changed), live)
    polling.max_document_bytes = 1_000
    for _ in range(3):
        await polling.poll()
    changes = live.serving.corrections.overlay.changes
    assert set(changes) == {product.id for product in catalog.product_list}
    assert 0 < sum(len(change.document or b"") for change in changes.values()) <= 1_000
    assert not any(change.in_stock for change in changes.values())
