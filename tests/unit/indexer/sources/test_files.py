"""Products and purchases from Parquet files."""

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
from indexer.sources.files import read_files
from tests.support.builders.purchase_files import (
    NOON,
    NOON_SECONDS,
    problem_with,
    purchases_of,
    triples,
    write,
)


def test_shoppers_and_products_are_numbered_by_first_appearance(
    tmp_path: Path,
) -> None:
    rows, purchases = read_files(purchases_of(tmp_path / "p.parquet"), None)
    assert list(rows.row_of) == ["tea", "cup"]
    assert purchases.shopper_ids == ("ann", "bob")
    assert purchases.shopper_count == 2
    assert purchases.shoppers.tolist() == [0, 1, 0]
    assert purchases.products.tolist() == [0, 0, 1]
    assert purchases.times.tolist() == [NOON_SECONDS, NOON_SECONDS + 86_400, NOON_SECONDS + 2 * 86_400]
    assert purchases.shoppers.dtype == purchases.products.dtype == np.int32
    assert purchases.times.dtype == np.int64


@pytest.mark.parametrize("with_products", [False, True])
def test_batched_reading_equals_a_loop_over_all_rows(tmp_path: Path, with_products: bool) -> None:
    generator = np.random.default_rng(3)
    count, product_count = 1_000, 40
    users = [f"u{number}" for number in generator.integers(0, 90, count)]
    items = [int(number) for number in generator.integers(0, product_count, count)]
    times = [int(number) for number in generator.integers(0, 2_000_000_000, count)]
    path = tmp_path / "p.parquet"
    table = pa.table({"user_id": users, "item_id": items, "ts": pa.array(times, pa.timestamp("s"))})
    parquet.write_table(table, path, row_group_size=333)
    known = [str(number) for number in range(0, product_count, 3)] if with_products else None
    products = write(tmp_path / "i.parquet", id=known) if known else None
    rows, purchases = read_files(path, products, rows_at_once=17)
    expected = [
        (user, str(item), at)
        for user, item, at in zip(users, items, times, strict=True)
        if known is None or str(item) in known
    ]
    assert triples(rows, purchases) == expected
    assert purchases.shopper_ids == tuple(dict.fromkeys(user for user, _, _ in expected))
    assert list(rows.row_of) == (known or list(dict.fromkeys(item for _, item, _ in expected)))


def test_row_numbers_in_errors_count_over_batches_and_dropped_purchases(tmp_path: Path) -> None:
    users = ["u"] * 6 + ["a?b"] + ["u"] * 3
    items = ["tea"] * 4 + ["unknown"] * 2 + ["tea"] * 4
    path = write(tmp_path / "p.parquet", customer_id=users, item_id=items, ts=[1] * 10)
    products = write(tmp_path / "i.parquet", id=["tea"])
    with pytest.raises(ValueError, match="is not a valid id") as rejected:
        read_files(path, products, rows_at_once=4)
    assert str(rejected.value).startswith(f"{path}, row 7, column 'customer_id': 'a?b' is not")


def test_unusable_files_are_rejected(tmp_path: Path) -> None:
    good = purchases_of(tmp_path / "good.parquet")
    text = tmp_path / "text.parquet"
    text.write_text("user_id,product_id\n")
    assert problem_with(text).startswith(f"{text}: is not a Parquet file")
    missing = tmp_path / "none.parquet"
    assert problem_with(missing) == f"{missing}: the file does not exist"
    assert problem_with(good, missing) == f"{missing}: the file does not exist"
    empty = purchases_of(
        tmp_path / "empty.parquet", user_id=[], product_id=[], purchased_at=pa.array([], pa.timestamp("s"))
    )
    assert problem_with(empty) == f"{empty}: contains no purchases"
    no_products = write(tmp_path / "no_products.parquet", id=pa.array([], pa.string()))
    assert problem_with(good, no_products) == f"{no_products}: contains no products"
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "contains no .parquet file" in problem_with(folder)
    strangers = write(tmp_path / "strangers.parquet", id=["milk"])
    assert "no purchased product is listed in" in problem_with(good, strangers)


def test_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    columns = {"user_id": [f"u{n}" for n in range(5000)], "product_id": ["p"] * 5000, "ts": [1] * 5000}
    parquet.write_table(pa.table(columns), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[200:3000] = bytes(byte ^ 0xFF for byte in content[200:3000])
    path.write_bytes(content)
    assert problem_with(path).startswith(f"{path}: is")


def test_missing_column_is_reported_with_aliases_and_present_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "p.parquet", user=["u"], item_id=["p"], ts=[1])
    assert problem_with(path) == (
        f"{path}: lacks the column 'user_id' or 'customer_id' or 'household_id'; found: 'user', 'item_id', 'ts'"
    )
    products = write(tmp_path / "i.parquet", title=["Tea"])
    purchases = purchases_of(tmp_path / "good.parquet")
    assert problem_with(purchases, products).startswith(f"{products}: lacks the column 'id' or 'item_id'")


@pytest.mark.parametrize(
    "names", [("customer_id", "item_id", "ts"), ("household_id", "product_id", "timestamp")]
)
def test_column_aliases_are_read_and_logged_once(tmp_path: Path, names: tuple[str, str, str]) -> None:
    user, item, at = names
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.parquet", "b.parquet"):
        write(folder / name, **{user: ["ann", "bob"], item: ["tea", "cup"], at: [5, 6], "shop": [1, 1]})
    with capture_logs() as logs:
        rows, purchases = read_files(folder, None, rows_at_once=1)
    assert triples(rows, purchases) == [("ann", "tea", 5), ("bob", "cup", 6)] * 2
    aliased = [(log["column"], log["taken_for"]) for log in logs if "taken_for" in log]
    catalog_names = ("user_id", "product_id", "purchased_at")
    assert aliased == [(own, name) for own, name in zip(names, catalog_names, strict=True) if own != name]
    assert [log["columns"] for log in logs if log["event"] == "columns ignored"] == ["shop"]


def test_column_name_of_the_catalog_wins_over_an_alias(tmp_path: Path) -> None:
    path = purchases_of(tmp_path / "p.parquet", item_id=["x", "y", "z"], ts=[1, 2, 3])
    rows, purchases = read_files(path, None)
    assert list(rows.row_of) == ["tea", "cup"]
    assert purchases.times[0] == NOON_SECONDS


def test_files_of_a_folder_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "month=2").mkdir(parents=True)
    write(folder / "b.parquet", user_id=["second"], product_id=["p"], purchased_at=[2])
    write(folder / "a.parquet", user_id=["first"], product_id=["p"], purchased_at=[1])
    third = write(folder / "month=2" / "a.parquet", user_id=["third"], product_id=["p"], purchased_at=[3])
    (folder / "_SUCCESS").write_text("")
    (folder / "._a.parquet").write_text("left by another program")
    _, purchases = read_files(folder, None)
    assert purchases.shopper_ids == ("first", "second", "third")
    write(third, user_id=["third", None], product_id=["p", "p"], purchased_at=[3, 3])
    assert problem_with(folder).startswith(f"{third}, row 2, column 'user_id'")


def test_first_purchase_describes_a_product_without_products_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "p.parquet",
        user_id=["u"] * 5,
        product_id=["tea", "tea", "cup", "tea", "pot"],
        purchased_at=[1, 2, 3, 4, 5],
        title=["Tea", "Other tea", "Cup", "Third tea", None],
        category=["Drinks", "Food", None, None, None],
    )
    rows, _ = read_files(path, None, rows_at_once=2)
    products = [msgspec.json.decode(document) for document in rows.documents]
    assert [(product["id"], product["title"], product["category"]) for product in products] == [
        ("tea", "Tea", "Drinks"),
        ("cup", "Cup", None),
        ("pot", "pot", None),
    ]
    assert list(rows.text_numbers) == [0, 1, -1]


def test_purchases_of_products_missing_in_the_products_file_are_dropped(tmp_path: Path) -> None:
    products = write(tmp_path / "i.parquet", id=["pot", "cup"], title=["Pot", "Cup"])
    with capture_logs() as logs:
        rows, purchases = read_files(purchases_of(tmp_path / "p.parquet"), products)
    assert triples(rows, purchases) == [("ann", "cup", NOON_SECONDS + 2 * 86_400)]
    assert purchases.shopper_ids == ("ann",)
    assert purchases.shopper_count == 1
    assert [log["purchases"] for log in logs if log["event"].startswith("dropped purchases")] == [2]


class OnePageOfPurchases:
    """Stands in for the catalog's client."""

    async def purchases(self) -> AsyncIterator[list[Purchase]]:
        yield [
            Purchase(user_id=user, product_id=product, purchased_at=NOON)
            for user, product in (("eve", "milk"), ("bob", "tea"), ("ann", "cup"), ("bob", "cup"))
        ]


def test_purchases_from_the_catalog_have_shopper_ids() -> None:
    purchases, guests = asyncio.run(read_purchases(OnePageOfPurchases(), {"tea": 0, "cup": 1}, NOON))
    assert (purchases.shopper_ids, len(guests)) == (("bob", "ann"), 0)
    assert [purchases.shopper_ids[shopper] for shopper in purchases.shoppers] == ["bob", "ann", "bob"]
