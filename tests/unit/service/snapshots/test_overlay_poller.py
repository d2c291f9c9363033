"""The overlay follows the catalog's change feed, across snapshots."""

from collections.abc import AsyncIterator
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


class Feed(ListedCatalog):
    asked: list[datetime | None]
    down = False

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        self.asked.append(updated_since)
        if self.down:
            raise CatalogUnavailable("down")
        return super().products(updated_since)


async def build(catalog: ListedCatalog, folder: Path, live: LiveSnapshot, read_at: datetime) -> Manifest:
    manifest = await builder(catalog, folder, clock=lambda: read_at).build()
    volume = SnapshotVolume(folder / "snapshots")
    live.swap(*open_snapshot(volume.directory(manifest.version), [KEY]))
    return manifest


def feed_of(catalog: ListedCatalog) -> Feed:
    feed = Feed(list(catalog.product_list))
    feed.asked = []
    return feed


def poller(feed: Feed, live: LiveSnapshot) -> OverlayPoller:
    return OverlayPoller(feed, live, ServiceMetrics(NoOpMeter("test")), 15.0, lambda: 0.0)


async def test_changes_since_the_snapshot_was_read_take_effect(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    await polling.poll()
    assert feed.asked == []
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
    assert feed.asked == [read_at - CLOCK_MARGIN]
    changes = live.serving.corrections.overlay.changes
    assert set(changes) == {"p3", "p4"}
    assert (changes["p3"].in_stock, changes["p4"].deleted) == (False, True)
    await polling.poll()
    assert feed.asked[-1] == changed_at


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
    await build(feed, tmp_path, live, changed_at + timedelta(hours=1))
    assert "p3" in live.serving.corrections.overlay.changes
    await polling.poll()
    assert live.serving.corrections.overlay.changes == {}


async def test_an_older_snapshot_gets_all_it_lacks(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    old = await build(catalog, tmp_path, live, START + timedelta(hours=1))
    changed_at = START + timedelta(hours=2)
    feed.product_list[3] = msgspec.structs.replace(
        feed.product_list[3], in_stock=False, updated_at=changed_at
    )
    await build(feed, tmp_path, live, START + timedelta(hours=3))
    await polling.poll()
    volume = SnapshotVolume(tmp_path / "snapshots")
    live.swap(*open_snapshot(volume.directory(old.version), [KEY]))
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p3"}


async def test_a_catalog_that_is_down_changes_nothing(tmp_path: Path) -> None:
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


async def test_what_the_snapshot_has_already_is_no_change(tmp_path: Path) -> None:
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


async def test_a_bulk_load_is_not_read_for_ever(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    now = START.timestamp()
    polling = OverlayPoller(feed, live, ServiceMetrics(NoOpMeter("test")), 15.0, lambda: now)  # type: ignore[arg-type]
    await build(catalog, tmp_path, live, START)
    await polling.poll()
    await polling.poll()
    assert feed.asked[-1] == START
    now += CLOCK_MARGIN.total_seconds() + 1
    await polling.poll()
    assert feed.asked[-1] > START


async def test_a_feed_that_breaks_off_is_read_again_from_where_it_was_whole(tmp_path: Path) -> None:
    catalog, live = shop(), LiveSnapshot()
    feed = feed_of(catalog)
    polling = poller(feed, live)
    await build(catalog, tmp_path, live, START)
    await polling.poll()
    changed_at = START + timedelta(minutes=2)
    feed.product_list[:2] = [
        msgspec.structs.replace(p, in_stock=False, updated_at=changed_at) for p in feed.product_list[:2]
    ]
    whole = feed.products

    async def broken(updated_since: datetime | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN202
        async for page in whole(updated_since):
            yield [product for product in page if product.id == "p0"]
        raise CatalogUnavailable("gone")

    feed.products = broken  # type: ignore[method-assign, assignment]
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p0"}
    feed.products = whole  # type: ignore[method-assign]
    await polling.poll()
    assert set(live.serving.corrections.overlay.changes) == {"p0", "p1"}
