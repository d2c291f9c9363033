"""Builds as of an earlier time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from adapters.database import BrowsingEvent
from adapters.snapshots import Manifest, SnapshotVolume
from indexer.build.pipeline import EmptyCatalog
from indexer.sources.catalog_purchases import LATER
from tests.support.builders.published_snapshots import (
    SMALL_RECIPE,
    START,
    ListedCatalog,
    builder,
    publish,
    shop,
)

UNTIL = START - timedelta(days=20)


def with_guests() -> ListedCatalog:
    """A shop whose guests buy, too."""
    catalog = shop()
    catalog.purchase_list += [
        msgspec.structs.replace(each, id=f"guest {each.id}", user_id=None)
        for each in catalog.purchase_list[:40]
    ]
    return catalog


def test_later_purchases_count_for_nothing_but_their_number(tmp_path: Path) -> None:
    catalog = with_guests()
    manifest = asyncio.run(builder(catalog, tmp_path / "until").build(until=UNTIL))
    earlier = [each for each in catalog.purchase_list if each.purchased_at < UNTIL]
    expected = publish(ListedCatalog(catalog.product_list, earlier), tmp_path / "earlier")
    assert manifest.files == expected.files
    assert manifest.counts == expected.counts
    assert manifest.data_watermark == max(each.purchased_at for each in earlier)
    assert manifest.data is not None
    assert expected.data is not None
    assert manifest.data.purchases == expected.data.purchases
    (left_out,) = manifest.data.left_out
    assert (left_out.reason, left_out.records) == (LATER, len(catalog.purchase_list) - len(earlier))


def test_time_before_all_purchases_keeps_the_live_snapshot(tmp_path: Path) -> None:
    live = publish(shop(), tmp_path)
    with pytest.raises(EmptyCatalog, match=r"has no purchases before 2020-01-01 00:00 UTC"):
        asyncio.run(builder(shop(), tmp_path).build(until=START.replace(year=2020)))
    assert SnapshotVolume(tmp_path / "snapshots").versions() == [live.version]


def test_later_views_and_carts_count_for_nothing(tmp_path: Path) -> None:
    class Carts:
        """An event store in which everybody put one product into the cart."""

        async def browsing(self) -> AsyncIterator[list[BrowsingEvent]]:
            yield [BrowsingEvent(f"u{shopper}", "p3", "cart", UNTIL) for shopper in range(40)]

    def build(name: str, events: Carts | None, later: timedelta) -> Manifest:
        built = builder(
            shop(), tmp_path / name, events=events, recipe=replace(SMALL_RECIPE, browsing_weight=1.0)
        )
        return asyncio.run(built.build(until=UNTIL + later))

    nothing, second = timedelta(), timedelta(seconds=1)
    assert build("left out", Carts(), nothing).files == build("without", None, nothing).files
    assert build("counted", Carts(), second).files != build("none", None, second).files
