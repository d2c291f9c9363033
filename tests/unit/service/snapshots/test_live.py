"""Snapshot and overlay are replaced in a thread, in any order."""

import asyncio
from pathlib import Path

import pytest

from adapters.snapshots import SnapshotVolume, open_snapshot
from recommender.snapshot.overlay import Overlay, ProductChange
from service.snapshots.live import LiveSnapshot
from tests.support.builders.published_snapshots import KEY, builder, shop

pytestmark = pytest.mark.anyio

OVERLAYS = [
    Overlay({product_id: ProductChange(in_stock=False, deleted=True, document=None)})
    for product_id in ("p1", "p2")
]


async def test_overlay_and_snapshot_that_change_at_once_belong_together(tmp_path: Path) -> None:
    built = [await builder(shop(products), tmp_path).build() for products in (60, 40)]
    volume = SnapshotVolume(tmp_path / "snapshots")
    opened = [open_snapshot(volume.directory(manifest.version), [KEY]) for manifest in built]
    live = LiveSnapshot()
    await live.refresh_overlay(OVERLAYS[0])
    assert live.loaded is None
    await live.load(*opened[0])
    assert live.serving.corrections.overlay == OVERLAYS[0]
    for _ in range(20):
        for (manifest, snapshot), overlay in zip(reversed(opened), reversed(OVERLAYS), strict=True):
            live.swapped.clear()
            await asyncio.gather(live.load(manifest, snapshot), live.refresh_overlay(overlay))
            serving = live.serving
            assert (serving.manifest, serving.corrections.overlay) == (manifest, overlay)
            assert serving.corrections.rows.tolist() == [snapshot.lookup.row(next(iter(overlay.changes)))]
            assert live.swapped.is_set()
