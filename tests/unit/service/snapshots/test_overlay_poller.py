"""The overlay follows the change feed of the catalog, across snapshots."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from opentelemetry.metrics import NoOpMeter

from adapters.catalog import CatalogUnavailable, Product
from adapters.snapshots import Manifest, SnapshotVolume, open_snapshot
from adapters.telemetry import ServiceMetrics
from service.snapshots.live import LiveSnapshot
from service.snapshots.overlay_poller import CLOCK_MARGIN, OverlayPoller
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


def poller(feed: Feed, live: LiveSnapshot) -> OverlayPoller:
    return OverlayPoller(feed, live, ServiceMetrics(NoOpMeter("test")), 15.0, lambda: 0.0)


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
    assert feed.polls[-1] == changed_at


async def test_a_newer_snapshot_needs_fewer_corrections(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    first_read = START + timedelta(hours=1)
    await build(catalog, tmp_path, live, first_read)
    changed_at = first_read + timedelta(minutes=1)
    feed.product_list[3] = msgspec.structs.replace(
        feed.product_list[3], in_stock=False, updated_at=changed_at
    )
    await polling.poll()
    await build(ListedCatalog(feed.product_list), tmp_path, live, changed_at + timedelta(hours=1))
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
    await build(ListedCatalog(feed.product_list), tmp_path, live, START + timedelta(hours=3))
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
    assert feed.polls[-1] == START
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
