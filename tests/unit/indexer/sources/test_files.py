"""Products and purchases from files and from the catalog."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from structlog.testing import capture_logs

from adapters.catalog import Purchase
from indexer.sources import read_purchases
from indexer.sources.catalog_purchases import REPEATED
from indexer.sources.files import read_files
from indexer.sources.left_out import LeftOutRecords
from purchase_files import RefusedFile
from tests.support.builders.files.purchase_files import NOON, NOON_SECONDS, purchases_of, triples, write


def test_shoppers_and_products_are_numbered_by_first_appearance(tmp_path: Path) -> None:
    rows, purchases, _ = read_files([purchases_of(tmp_path / "p.parquet")])
    assert list(rows.row_of) == ["tea", "cup"]
    assert purchases.shopper_ids == ("ann", "bob")
    assert purchases.shopper_count == 2
    assert purchases.shoppers.tolist() == [0, 1, 0]
    assert purchases.products.tolist() == [0, 0, 1]
    assert purchases.times.tolist() == [NOON_SECONDS, NOON_SECONDS + 86_400, NOON_SECONDS + 2 * 86_400]
    assert purchases.shoppers.dtype == purchases.products.dtype == np.int32
    assert purchases.times.dtype == np.int64


def test_reading_in_batches_equals_a_loop_over_all_rows(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    count, product_count = 150_000, 40
    users = [f"u{number}" for number in generator.integers(0, 90, count)]
    items = [int(number) for number in generator.integers(0, product_count, count)]
    times = [int(number) for number in generator.integers(0, 2_000_000_000, count)]
    table = pa.table({"user_id": users, "item_id": items, "ts": pa.array(times, pa.timestamp("s"))})
    parquet.write_table(table, tmp_path / "p.parquet", row_group_size=33_333)
    rows, purchases, _ = read_files([tmp_path / "p.parquet"])
    expected = [(user, str(item), at) for user, item, at in zip(users, items, times, strict=True)]
    assert triples(rows, purchases) == expected
    assert purchases.shopper_ids == tuple(dict.fromkeys(users))
    assert list(rows.row_of) == list(dict.fromkeys(map(str, items)))


def test_purchases_of_guests_are_dropped(tmp_path: Path) -> None:
    columns = {"user_id": ["ann", None, "bob"], "order_id": ["1", "2", "3"]}
    rows, purchases, preview = read_files([purchases_of(tmp_path / "p.parquet", **columns)])
    assert [user for user, _, _ in triples(rows, purchases)] == ["ann", "bob"]
    assert preview.guest_purchases == 1


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match=r"none\.csv does not exist"):
        read_files([tmp_path / "none.csv"])


def test_products_are_read_with_all_fields(tmp_path: Path) -> None:
    products = write(
        tmp_path / "i.parquet",
        item_id=pa.array([7, 8]),
        title=pa.array(["Green Tea", None]).dictionary_encode(),
        description=["Loose leaf", ""],
        category=["Drinks > Tea", None],
        brand=["Acme", None],
        price=pa.array([2.5, float("nan")]),
        currency=["EUR", None],
        in_stock=[None, False],
        created_at=pa.array([NOON, None], pa.timestamp("us", "UTC")),
        attributes=[{"organic": True, "size": None}, None],
    )
    bought = purchases_of(tmp_path / "p.parquet", product_id=["8", "7", "9"])
    with capture_logs() as logs:
        rows, purchases, _ = read_files([products, bought])
    assert list(rows.row_of) == ["7", "8", "9"]
    assert purchases.products.tolist() == [1, 0, 2]
    first, second, third = (msgspec.json.decode(document) for document in rows.documents)
    assert {name: value for name, value in first.items() if value is not None} == {
        "id": "7",
        "title": "Green Tea",
        "description": "Loose leaf",
        "category": "Drinks > Tea",
        "brand": "Acme",
        "price": 2.5,
        "currency": "EUR",
        "in_stock": True,
        "created_at": "2026-05-17T12:30:05Z",
        "updated_at": "1970-01-01T00:00:00Z",
        "attributes": {"organic": True},
    }
    assert (second["title"], third["title"]) == ("8", "9")
    assert (second["price"], second["in_stock"]) == (None, False)
    assert rows.categories == ["Drinks > Tea", "", ""]
    assert list(rows.texts) == ["green tea; loose leaf; drinks > tea; acme"]
    assert list(rows.text_numbers) == [0, -1, -1]
    assert [log["products"] for log in logs if log["event"].startswith("products without text")] == [2]


class RepeatingPages:
    """Pages that repeat a purchase, in place of the catalog's client."""

    async def purchases(self) -> AsyncIterator[list[Purchase]]:
        eve, bob, ann, again = (
            Purchase(user_id=user, product_id=product, purchased_at=NOON)
            for user, product in (("eve", "milk"), ("bob", "tea"), ("ann", "cup"), ("bob", "cup"))
        )
        yield [eve, bob, ann, bob]
        yield [ann, again]


def test_purchases_from_the_catalog_have_shopper_ids() -> None:
    left_out = LeftOutRecords()
    purchases, guests = asyncio.run(read_purchases(RepeatingPages(), {"tea": 0, "cup": 1}, NOON, left_out))
    assert (purchases.shopper_ids, len(guests)) == (("bob", "ann"), 0)
    assert [purchases.shopper_ids[shopper] for shopper in purchases.shoppers] == ["bob", "ann", "bob"]
    assert [(one.records, one.examples) for one in left_out.listed() if one.reason == REPEATED] == [
        (2, ("purchase of product 'tea'", "purchase of product 'cup'"))
    ]
