"""Exported splits, read back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.catalog import Product
from indexer.evaluation.export import export_split
from indexer.factorization import Purchases
from indexer.protocol.split import Split, split_purchases
from indexer.protocol.tasks import Task, discovery, repurchase
from indexer.sources import ProductRows
from indexer.sources.files import read_files
from tests.support.purchases_read import Read

SHOPPERS, PRODUCTS, COUNT = 9, 12, 300
CREATED = datetime(2024, 2, 29, 1, 2, 3, 456_000, tzinfo=UTC)
KEPT = np.array([row % 4 != 3 for row in range(PRODUCTS)])


def product_rows() -> ProductRows:
    rows = ProductRows()
    for row in range(PRODUCTS):
        rows.add(Product(id=f"p{row}", title=f"Product {row}", updated_at=CREATED))
    rows.add(
        Product(
            id="p4",
            title="Grüner Tee",
            updated_at=CREATED,
            description="Loose leaf",
            category="Drinks > Tea",
            brand="Acme",
            price=2.5,
            currency="EUR",
            in_stock=False,
            image_url="https://shop.example/4.png",
            created_at=CREATED,
            attributes={"organic": True, "sizes": [1, 2]},
        )
    )
    return rows


def purchases() -> Purchases:
    generator = np.random.default_rng(8)
    return Purchases(
        generator.integers(0, SHOPPERS, COUNT).astype(np.int32),
        generator.integers(0, PRODUCTS, COUNT).astype(np.int32),
        np.sort(generator.integers(1_500_000_000, 1_600_000_000, COUNT)),
        SHOPPERS,
        tuple(f"shopper {number}" for number in range(SHOPPERS)),
    )


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, Split, dict[str, Task]]:
    divided = split_purchases(purchases(), "time", 0.8)
    tasks: dict[str, Task] = {"discovery": discovery(divided, KEPT), "repurchase": repurchase(divided, KEPT)}
    folder = tmp_path / "made" / "by export"
    export_split(folder, product_rows(), KEPT, divided, tasks, rows_at_once=41, products_at_once=5)
    return folder, divided, tasks


def lines(path: Path) -> list[dict[str, Any]]:
    return parquet.read_table(path).to_pylist()


def kept_triples(part: Purchases) -> list[tuple[str, str, int]]:
    return [
        (f"shopper {shopper}", f"p{product}", int(at))
        for shopper, product, at in zip(part.shoppers, part.products, part.times, strict=True)
        if KEPT[product]
    ]


def test_export_writes_five_files(exported: tuple[Path, Split, dict[str, Task]]) -> None:
    assert sorted(path.name for path in exported[0].iterdir()) == [
        "products.parquet",
        "test.parquet",
        "train.parquet",
        "truth-discovery.parquet",
        "truth-repurchase.parquet",
    ]


def test_purchases_of_kept_products_are_exported_in_order_with_utc_times(
    exported: tuple[Path, Split, dict[str, Task]],
) -> None:
    folder, divided, _ = exported
    for name, part in (("train", divided.train), ("test", divided.test)):
        found = [
            (line["user_id"], line["product_id"], int(line["purchased_at"].timestamp()))
            for line in lines(folder / f"{name}.parquet")
        ]
        assert found == kept_triples(part)
    kind: Any = parquet.read_schema(folder / "train.parquet").field("purchased_at").type
    assert pa.types.is_timestamp(kind)
    assert kind.tz == "UTC"


def test_exported_training_part_reads_back_unchanged(exported: tuple[Path, Split, dict[str, Task]]) -> None:
    folder, divided, _ = exported
    rows, read, _ = read_files([folder / "train.parquet", folder / "products.parquet"])
    product_ids = list(rows.row_of)
    assert product_ids == [f"p{row}" for row in np.flatnonzero(KEPT)]
    assert [
        (read.shopper_ids[shopper], product_ids[product], int(at))
        for shopper, product, at in zip(read.shoppers, read.products, read.times, strict=True)
    ] == kept_triples(divided.train)


def test_exported_truth_contains_later_purchases_of_tested_shoppers(
    exported: tuple[Path, Split, dict[str, Task]],
) -> None:
    folder, divided, tasks = exported
    before, after = set(kept_triples(divided.train)), set(kept_triples(divided.test))
    known = {f"shopper {shopper}" for shopper in divided.train.shoppers}
    bought = {(user, product) for user, product, _ in before}
    again = {(user, product) for user, product, _ in after if user in known}
    written = {
        name: [(line["user_id"], line["product_id"]) for line in lines(folder / f"truth-{name}.parquet")]
        for name in tasks
    }
    assert sorted(written["repurchase"]) == sorted(again)
    assert sorted(written["discovery"]) == sorted(again - bought)
    assert again & bought  # otherwise the two tasks would be equal


def test_exported_files_are_read_with_all_columns(exported: tuple[Path, Split, dict[str, Task]]) -> None:
    folder, divided, _ = exported
    found = Read(folder / "products.parquet", folder / "train.parquet")
    assert found.preview.unused_columns == ()
    assert found.products["p4"] == {
        "product_id": "p4",
        "title": "Grüner Tee",
        "description": "Loose leaf",
        "category": "Drinks > Tea",
        "brand": "Acme",
        "price": 2.5,
        "currency": "EUR",
        "in_stock": False,
        "image_url": "https://shop.example/4.png",
        "created_at": CREATED,
        "attributes": '{"organic":true,"sizes":[1,2]}',
        "listed": True,
    }
    assert found.products["p0"]["title"] == "Product 0"
    assert found.values("purchased_at")[0].timestamp() == kept_triples(divided.train)[0][2]


def test_export_without_shopper_ids_is_rejected(tmp_path: Path) -> None:
    given = purchases()
    nameless = Purchases(given.shoppers, given.products, given.times, given.shopper_count)
    with pytest.raises(ValueError, match="have no shopper ids"):
        export_split(tmp_path, product_rows(), KEPT, split_purchases(nameless, "time", 0.8), {})


def test_folder_that_cannot_be_created_raises_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        export_split(
            tmp_path / "file" / "sub", product_rows(), KEPT, split_purchases(purchases(), "time", 0.8), {}
        )
