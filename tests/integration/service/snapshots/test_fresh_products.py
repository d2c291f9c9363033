"""Catalog changes in filters and answers, after a poll and across snapshots."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest

from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, served_shop

READ_AT = START + timedelta(hours=1)
MINUTES = count(10, 10)
LISTS = (
    "/v1/popular",
    "/v1/trending",
    "/v1/new-arrivals",
    "/v1/users/u1/recommendations",
    "/v1/products/p50/similar",
    "/v1/products/p50/bought-together",
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(product, brand="Old", created_at=START) for product in catalog.product_list
    ]
    with served_shop(catalog, tmp_path, now=READ_AT.timestamp(), clock=lambda: READ_AT) as running:
        yield running


def later() -> datetime:
    """A time ten minutes after the previous one, more than clocks may differ."""
    return READ_AT + timedelta(minutes=next(MINUTES))


def change(served: ServedShop, number: int, **fields: object) -> None:
    """Changes a product in the catalog, which the service then polls."""
    product, at = served.catalog.product_list[number], later()
    served.clock.now = at.timestamp()
    served.catalog.product_list[number] = msgspec.structs.replace(product, updated_at=at, **fields)
    asyncio.run(served.components.overlay_poller.poll())


def rebuild(served: ServedShop) -> None:
    """Serves a new snapshot that includes the changes, and polls once more."""
    read_at = later()
    served.clock.now = read_at.timestamp()
    served.publish(clock=lambda: read_at)
    asyncio.run(served.components.overlay_poller.poll())


def test_changed_price_moves_the_product_between_ranges(served: ServedShop) -> None:
    assert served.ids("/v1/popular", price_min=7, price_max=7) == ["p7"]
    change(served, 7, price=1000.5)
    for _ in range(2):
        assert served.ids("/v1/popular", price_min=7, price_max=7) == []
        (item,) = served.items("/v1/popular", price_min=1000.5, expand="product")
        assert (item["product_id"], item["product"]["price"]) == ("p7", 1000.5)
        rebuild(served)
    change(served, 7, price=None)
    assert served.ids("/v1/popular", price_min=1000) == []
    assert "p7" in served.ids("/v1/popular", limit=100)


def test_new_brand_and_category_are_found(served: ServedShop) -> None:
    change(served, 7, brand="New", category="Toys > Blocks")
    for _ in range(2):
        assert served.ids("/v1/popular", brand="new") == ["p7"]
        assert served.ids("/v1/popular", category="toys") == ["p7"]
        assert "p7" not in served.ids("/v1/popular", brand="Old", limit=100)
        assert "p7" not in served.ids("/v1/popular", category="Bakery", limit=100)
        rebuild(served)


def test_sold_out_and_deleted_products_are_not_listed(served: ServedShop) -> None:
    sold_out, deleted = dict[str, str](), dict[str, str]()
    taken = {"p50"}  # Lists are asked for it.
    for path in LISTS:
        shown = [name for name in served.ids(path, in_stock="true", limit=100) if name not in taken]
        sold_out[path], deleted[path] = shown[:2]
        taken |= {sold_out[path], deleted[path]}
    before = {path: served.get(path, limit=100) for path in LISTS}
    for path in LISTS:
        change(served, int(sold_out[path][1:]), in_stock=False)
        change(served, int(deleted[path][1:]), deleted_at=READ_AT)
    for _ in range(2):
        for path in LISTS:
            gone = {*sold_out.values(), *deleted.values()}
            assert not gone & {*served.ids(path, in_stock="true", limit=100)}, path
            listed = served.ids(path, limit=100)
            assert not {*deleted.values()} & {*listed}, path
            assert sold_out[path] in listed, path
            after = served.get(path, limit=100)
            if "etag" in before[path].headers:
                assert after.headers["etag"] != before[path].headers["etag"], path
        rebuild(served)


def test_rolled_back_snapshot_is_corrected_too(served: ServedShop) -> None:
    change(served, 7, price=1000.5)
    rebuild(served)
    assert served.components.live.serving.corrections.overlay.changes == {}
    served.take_over(served.versions[0])
    asyncio.run(served.components.overlay_poller.poll())
    assert served.ids("/v1/popular", price_min=1000) == ["p7"]


def test_deleted_product_has_no_lists(served: ServedShop) -> None:
    change(served, 7, deleted_at=READ_AT)
    assert served.get("/v1/products/p7/bought-together").status_code == 404
    assert served.get("/v1/products/p7/similar").status_code == 404
