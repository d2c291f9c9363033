"""Products that the catalog added after the snapshot was built."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.catalog import Product
from adapters.snapshots import SnapshotVolume
from recommender.snapshot.overlay import ProductChange
from service.snapshots.new_products import NewProducts
from tests.support.builders.published_snapshots import START, refresh, shop
from tests.support.builders.served_shop import ServedShop, served_shop

READ_AT = START + timedelta(hours=1)
AT = READ_AT + timedelta(minutes=20)
AROUND = ("/v1/products/new/similar", "/v1/products/new/bought-together")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(product, created_at=START - timedelta(days=number))
        for number, product in enumerate(catalog.product_list)
    ]
    with served_shop(catalog, tmp_path, now=AT.timestamp(), clock=lambda: READ_AT) as running:
        add(running, "new", brand="Acme", price=5.0)
        yield running


def add(served: ServedShop, product_id: str, **fields: Any) -> None:
    """Adds or changes a product in the catalog, which the service then polls."""
    product = Product(id=product_id, title="Garden thing", category="Garden > Shelf 1", updated_at=AT)
    others = [one for one in served.catalog.product_list if one.id != product_id]
    served.catalog.product_list = [*others, msgspec.structs.replace(product, **fields)]
    asyncio.run(served.components.overlay_poller.poll())


def test_new_arrivals_begin_with_a_new_product(served: ServedShop) -> None:
    first, *others = served.items("/v1/new-arrivals", expand="product", explain="true")
    assert (first["product_id"], first["reason"]["text"]) == ("new", "New since 2026-01-01")
    assert first["product"]["title"] == "Garden thing"
    assert sum(term["value"] for term in first["terms"]) == pytest.approx(AT.timestamp())
    assert [item["product_id"] for item in others] == [f"p{number}" for number in range(9)]
    add(served, "older", created_at=START - timedelta(days=2, hours=1))
    assert served.ids("/v1/new-arrivals", limit=6) == ["new", "p0", "p1", "p2", "older", "p3"]
    page = served.get("/v1/new-arrivals", limit=1).json()
    assert served.ids("/v1/new-arrivals", limit=2, cursor=page["next_cursor"]) == ["p0", "p1"]


def test_filters_hold_for_new_products(served: ServedShop) -> None:
    for filters, fits in (
        ({"brand": "acme"}, True),
        ({"brand": "Other"}, False),
        ({"category": "garden"}, True),
        ({"category": "Bakery"}, False),
        ({"price_min": 5, "price_max": 5}, True),
        ({"price_min": 6}, False),
        ({"in_stock": "true"}, True),
        ({"exclude": "new"}, False),
    ):
        shown = served.ids("/v1/new-arrivals", **filters)
        assert ("new" in shown) is fits, filters
    add(served, "new", price=None, in_stock=False)
    assert "new" not in served.ids("/v1/new-arrivals", in_stock="true")
    assert "new" not in served.ids("/v1/new-arrivals", price_min=0)
    assert "new" in served.ids("/v1/new-arrivals")


def test_new_arrivals_leave_out_products_known_to_the_shopper(served: ServedShop) -> None:
    own = {one.product_id for one in served.catalog.purchase_list if one.user_id == "u1"}
    shelves = {one.category for one in served.catalog.product_list if one.id in own}
    first = served.ids("/v1/new-arrivals", user_id="u1")[0]
    assert (first == "new") is ("Garden > Shelf 1" in shelves)
    at = datetime.fromtimestamp(served.clock(), UTC).isoformat()
    kinds = [("purchase", "u1"), ("hide", "u2"), *[("impression", "u3")] * 5]
    events = [
        {"id": str(number), "user_id": user, "product_id": "new", "kind": kind, "occurred_at": at}
        for number, (kind, user) in enumerate(kinds)
    ]
    assert served.post("/v1/events", {"events": events}).status_code == 202
    for user, shown in (("u1", False), ("u2", False), ("u3", False), ("u4", True)):
        assert ("new" in served.ids("/v1/new-arrivals", user_id=user, limit=100)) is shown, user
    again = served.ids("/v1/new-arrivals", user_id="u1", include_purchased="true", limit=100)
    assert "new" in again


@pytest.mark.parametrize("path", AROUND)
def test_calls_around_a_new_product_answer_by_its_category(served: ServedShop, path: str) -> None:
    shelf = {one.id: one.category for one in served.catalog.product_list}
    items = served.items(path, limit=12)
    assert len(items) == 12
    assert "new" not in {item["product_id"] for item in items}
    if path.endswith("similar"):
        assert [shelf[item["product_id"]] for item in items[:6]] == ["Garden > Shelf 1"] * 6
        assert items[0]["reason"] == {
            "code": "same_category",
            "text": "Same category as Garden thing",
            "because": ["new"],
        }
    add(served, "new", category="Garden > Never seen > Deep")
    if path.endswith("similar"):
        assert all(shelf[one].startswith("Garden") for one in served.ids(path, limit=12))
    add(served, "new", category=None)
    assert served.ids(path, limit=12) == served.ids("/v1/popular", limit=12)
    add(served, "new", deleted_at=AT)
    assert served.get(path).status_code == 404
    assert "new" not in served.ids("/v1/new-arrivals")


def test_rankings_place_a_new_product_by_its_category(served: ServedShop) -> None:
    add(served, "other", category="Bakery > Shelf 1", title="Bakery thing")
    body = {"product_ids": ["other", "p1", "new", "p31", "unknown"], "user_id": "u1"}
    ranking = served.post("/v1/rankings", body).json()
    order = [item["product_id"] for item in ranking["items"]]
    assert ranking["missing_ids"] == ["unknown"]
    assert order.index("new") < order.index("other")  # u1 buys from the garden.
    guests = served.post("/v1/rankings", body | {"user_id": "stranger"}).json()
    assert {item["product_id"] for item in guests["items"]} == {"other", "p1", "new", "p31"}


def test_refresh_replaces_the_overlay_of_new_products(served: ServedShop) -> None:
    products = served.catalog.product_list  # The refresh reads a price that the service did not poll.
    products[-1] = msgspec.structs.replace(products[-1], price=3.0, updated_at=AT + timedelta(seconds=30))
    refreshed = refresh(served.catalog, served.folder, clock=lambda: AT + timedelta(minutes=1))
    assert refreshed is not None
    served.take_over(refreshed.version)
    assert SnapshotVolume(served.folder / "snapshots").current() == refreshed.version
    for _ in range(2):
        assert served.ids("/v1/new-arrivals", limit=2) == ["new", "p0"]
        assert served.items("/v1/new-arrivals", limit=1, expand="product")[0]["product"]["price"] == 3.0
        assert served.items("/v1/products/new/similar")[0]["reason"]["code"] != "same_category"
        assert not served.components.live.serving.corrections.additions.newest
        asyncio.run(served.components.overlay_poller.poll())


def test_kept_new_products_are_bounded() -> None:
    kept = NewProducts(max_bytes=30, max_products=3)
    change = ProductChange(in_stock=True, deleted=False, document=b"0123456789")
    for number in range(5):
        assert kept.add(f"n{number}", AT + timedelta(seconds=number), change)
    assert list(kept.changes) == ["n2", "n3", "n4"]
    assert not kept.add("n4", AT, change)
    assert kept.add("big", AT, change_of(25))
    assert list(kept.changes) == ["big"]
    assert not kept.add("huge", AT, change_of(31)) or not kept.changes
    kept.keep_since(AT + timedelta(days=1))
    assert not kept.changes


def change_of(size: int) -> ProductChange:
    return ProductChange(in_stock=True, deleted=False, document=b"x" * size)
