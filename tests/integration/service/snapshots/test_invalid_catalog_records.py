"""An invalid record of the catalog does not affect the others."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.catalog import CatalogClient, CatalogContractViolation
from adapters.snapshots import Manifest
from adapters.snapshots.shop_data import UNKNOWN_PRODUCT
from indexer.sources import CatalogReading
from tests.support.builders.published_snapshots import START, builder, shop
from tests.support.builders.served_shop import served_shop
from tests.support.servers.raw_http import RawServer, Request, Script, http

NOW = START + timedelta(hours=1)
STAMP = "2026-01-01T00:59:00Z"
NOT_FOUND = http(404, "{}", "application/problem+json")


def answers(headers: dict[str, str] | None = None, **parts: Any) -> Callable[[Request], Script]:
    """A catalog that answers by the last part of the path."""
    pages = {
        name: http(200, json.dumps({"items": value} if isinstance(value, list) else value), **(headers or {}))
        for name, value in parts.items()
    }
    return lambda request: pages.get(request.target.partition("?")[0].rpartition("/")[2], NOT_FOUND)


def bought(product: str, **fields: object) -> dict[str, object]:
    return {"user_id": "u1", "product_id": product, "purchased_at": STAMP, **fields}


def test_invalid_product_does_not_stop_the_change_feed(tmp_path: Path) -> None:
    feed = [
        {"id": "SKU/1", "title": "x", "updated_at": STAMP},
        {"id": "p1", "title": "x", "updated_at": STAMP, "deleted_at": STAMP, "price": -1},
        {"id": "p2", "title": "x", "updated_at": "2099-01-01T00:00:00Z", "deleted_at": STAMP},
    ]
    with (
        RawServer(answers(products=feed)) as server,
        served_shop(
            shop(), tmp_path, now=NOW.timestamp(), catalog_url=server.url, clock=lambda: START
        ) as served,
    ):
        assert {"p1", "p2"} < set(served.ids("/v1/popular", limit=100))
        asyncio.run(served.components.overlay_poller.poll())
        assert not {"p1", "p2"} & set(served.ids("/v1/popular", limit=100))
        faults = {
            fault: served.count("recommender.catalog.faults", record="product", fault=fault)
            for fault in ("invalid", "future")
        }
    assert faults == {"invalid": 1, "future": 1}


@pytest.mark.parametrize(
    ("line", "bought_ids"),
    [
        (bought("p9", quantity=-1.0), {"p1", "p3"}),
        (bought("p3", quantity=-1.0), {"p1"}),
        (bought("p9", purchased_at="0001-01-01T00:00:00+14:00"), {"p1", "p3"}),
        (bought("p9", user_id=None), {"p1", "p3"}),
        (bought("p9", user_id="u2"), {"p1", "p3"}),
        (bought("p9", purchased_at="2025-12-31T23:59:60Z"), {"p1", "p3", "p9"}),
    ],
)
def test_invalid_purchase_does_not_hide_the_shopper(
    tmp_path: Path, line: dict[str, object], bought_ids: set[str]
) -> None:
    purchases = [bought("p1", id="1"), line, bought("p3", id="3")]
    user = {"id": "u1", "preferences": {"liked_categories": ["a>" * 100_000, "Bakery"]}}
    with (
        RawServer(answers(purchases=purchases, u1=user)) as server,
        served_shop(
            shop(), tmp_path, now=NOW.timestamp(), catalog_url=server.url, clock=lambda: START
        ) as served,
    ):
        answer = served.for_you("u1", limit=100)
        assert (answer.status_code, answer.json()["strategy"]) == (200, "personalised")
        shown = {item["product_id"] for item in answer.json()["items"]}
        export = served.get("/v1/users/u1/profile")
    assert shown & {"p1", "p3", "p9"} == {"p1", "p3", "p9"} - bought_ids
    assert export.status_code == 200
    assert len(export.json()["purchases"]) >= 2


def build(
    folder: Path, products: list[Any], purchases: list[Any], **headers: str
) -> tuple[Manifest, CatalogReading]:
    """Builds a snapshot from the shop and further records.

    `headers` are those of the catalog's answers.
    """
    listed, reading = shop(), CatalogReading()
    parts = {
        "products": msgspec.to_builtins(listed.product_list) + products,
        "purchases": msgspec.to_builtins(listed.purchase_list) + purchases,
    }

    async def run(url: str) -> Manifest:
        client = CatalogClient(url, report=reading.add)
        try:
            ready = replace(builder(listed, folder, clock=lambda: NOW), catalog=client, reading=reading)
            return await ready.build()
        finally:
            await client.close()

    with RawServer(answers(headers, **parts)) as server:
        return asyncio.run(run(server.url)), reading


def test_build_skips_invalid_records_and_refunded_purchases(tmp_path: Path) -> None:
    products = [{"id": "SKU/1", "updated_at": STAMP}, {"id": "odd", "updated_at": STAMP, "in_stock": None}]
    purchases = [bought("odd", user_id=None), bought("odd", quantity=2), bought("odd", quantity=-2)]
    manifest, reading = build(tmp_path, products, purchases)
    assert (manifest.counts.products, manifest.counts.purchases) == (61, 320)
    assert reading.rejected == {"product": 1, "purchase": 1}


def test_every_record_that_a_build_read_is_used_or_left_out_for_a_reason(tmp_path: Path) -> None:
    products = [
        {"id": "SKU/1", "updated_at": STAMP},
        {"id": "gone", "updated_at": STAMP, "deleted_at": STAMP},
        {"id": "bare", "updated_at": STAMP, "image_url": "https://x.test/1", "in_stock": False},
    ]
    purchases = [
        *(bought("bare", quantity=quantity) for quantity in (2, -2)),
        *(bought("gone", id=f"g{number}") for number in range(4)),
        bought("bare", quantity=0, id="none"),
        bought("bare", quantity="many", id="bad"),
        bought("bare", purchased_at="2026-02-01T00:00:00Z"),
        bought("bare", user_id=None, order_id="o1"),
    ]
    data = build(tmp_path, products, purchases)[0].data
    assert data is not None
    assert data.purchases is not None
    left = {each.reason: each for each in data.left_out}
    assert next(each.reason for each in data.left_out) == UNKNOWN_PRODUCT
    unknown = left[UNKNOWN_PRODUCT]
    assert (unknown.records, unknown.invalid) == (4, False)
    assert unknown.examples == tuple(f"purchase 'g{number}' of product 'gone'" for number in range(3))
    returned = left["returned, or the return itself"]
    assert (returned.records, returned.examples) == (2, ("purchase of product 'bare'",))
    nothing = left["its quantity is 0"]
    assert (nothing.examples, nothing.invalid) == (("purchase 'none' of product 'bare'",), False)
    assert left["deleted from the catalog"].examples == ("product 'gone'",)
    invalid = {each.kind: each for each in data.left_out if each.invalid}
    assert invalid["product"].examples == ("product 'SKU/1'",)
    assert invalid["purchase"].examples == ("purchase 'bad' of product 'bare'",)
    assert "u1" not in str(data.left_out)
    read = 320 + len(purchases)
    dropped = sum(each.records for each in data.left_out if each.kind == "purchase")
    assert data.purchases.purchases + dropped == read
    assert (data.purchases.guest_purchases, data.purchases.future) == (1, 1)
    assert data.purchases.last == NOW
    numbers = data.products
    assert (numbers.products, numbers.in_stock, numbers.without_text) == (61, 60, 1)
    assert (numbers.without_category, numbers.without_price, numbers.without_picture) == (1, 1, 60)


def test_build_fails_when_too_many_records_are_invalid(tmp_path: Path) -> None:
    with pytest.raises(
        CatalogContractViolation, match=r"11 of 71 products in the catalog are invalid.*'SKU/0'"
    ):
        build(tmp_path, [{"id": f"SKU/{number}", "updated_at": STAMP} for number in range(11)], [])


def test_snapshot_has_the_time_of_a_catalog_that_is_behind(tmp_path: Path) -> None:
    manifest, _ = build(tmp_path, [], [], date="Wed, 31 Dec 2025 20:00:00 GMT")
    assert manifest.catalog_read_at == START - timedelta(hours=4)
