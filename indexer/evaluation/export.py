"""A split as Parquet files, so that anyone can recompute every metric without this program.

Load `products.parquet` and `train.parquet` into a catalog (`python -m catalog load --products products.parquet
--purchases train.parquet`), build a snapshot, ask the service for every shopper of a `truth-…` file, and compare.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from adapters.catalog import Product
from indexer.factorization import Purchases
from indexer.protocol.split import Split
from indexer.protocol.tasks import Task
from indexer.sources import ProductRows
from recommender.entities import Mask

_ROWS_AT_ONCE = 262_144
_PRODUCTS_AT_ONCE = 16_384
_TIME = pa.timestamp("s", tz="UTC")
_PRODUCT_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("id", pa.string()),
    pa.field("title", pa.string()),
    pa.field("description", pa.string()),
    pa.field("category", pa.string()),
    pa.field("brand", pa.string()),
    pa.field("price", pa.float64()),
    pa.field("currency", pa.string()),
    pa.field("in_stock", pa.bool_()),
    pa.field("image_url", pa.string()),
    pa.field("created_at", pa.timestamp("us", tz="UTC")),
    pa.field("attributes", pa.string()),
]
_PRODUCT_SCHEMA = pa.schema(_PRODUCT_FIELDS)
_PAIR_SCHEMA = pa.schema([pa.field("user_id", pa.string()), pa.field("product_id", pa.string())])
_PURCHASE_SCHEMA = _PAIR_SCHEMA.append(pa.field("purchased_at", _TIME))


def export_split(
    folder: Path, products: ProductRows, kept: Mask, split: Split, tasks: Mapping[str, Task]
) -> None:
    """Writes `products.parquet`, `train.parquet`, `test.parquet` and a `truth-<task>.parquet` for each task.

    Purchases and products are those of `kept` only: a purchase of another product would bring that product back
    into a catalog, as a candidate that was none. The truth is written as the task has it, so that what any task
    allows should be kept.

    Args:
        folder: made where it is missing; files of these names are overwritten.
        products: all products.
        kept: products that are written; shape (products,).
        split: with purchases that know their shoppers' ids.
        tasks: by the name that the file gets.

    Raises:
        ValueError: the purchases do not know their shoppers' ids.
        OSError: a file cannot be written.
    """
    for purchases in (split.train, split.test):
        if len(purchases.shopper_ids) != purchases.shopper_count:
            raise ValueError("the shoppers of these purchases have no ids to be written")
    folder.mkdir(parents=True, exist_ok=True)
    product_ids = list(products.row_of)
    _write(folder / "products.parquet", _PRODUCT_SCHEMA, _product_columns(products, np.flatnonzero(kept)))
    for name, purchases in (("train", split.train), ("test", split.test)):
        columns = _purchase_columns(purchases, product_ids, kept)
        _write(folder / f"{name}.parquet", _PURCHASE_SCHEMA, columns)
    for name, task in tasks.items():
        columns = _truth_columns(task, split.train.shopper_ids, product_ids)
        _write(folder / f"truth-{name}.parquet", _PAIR_SCHEMA, columns)


def _write(path: Path, schema: pa.Schema, parts: Iterator[dict[str, object]]) -> None:
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for columns in parts:
            writer.write_table(pa.table(columns, schema=schema))


def _product_columns(products: ProductRows, rows: NDArray[np.int64]) -> Iterator[dict[str, object]]:
    for start in range(0, len(rows), _PRODUCTS_AT_ONCE):
        read = [
            msgspec.json.decode(products.documents[row], type=Product)
            for row in rows[start : start + _PRODUCTS_AT_ONCE]
        ]
        columns: dict[str, object] = {
            name: [getattr(product, name) for product in read] for name in _PRODUCT_SCHEMA.names
        }
        columns["attributes"] = [msgspec.json.encode(product.attributes).decode() for product in read]
        yield columns


def _purchase_columns(
    purchases: Purchases, product_ids: Sequence[str], kept: Mask
) -> Iterator[dict[str, object]]:
    shopper_names, product_names = (
        pa.array(purchases.shopper_ids, pa.string()),
        pa.array(product_ids, pa.string()),
    )
    for start in range(0, len(purchases), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        written = kept[purchases.products[part]]
        yield {
            "user_id": shopper_names.take(purchases.shoppers[part][written]),
            "product_id": product_names.take(purchases.products[part][written]),
            "purchased_at": pa.array(purchases.times[part][written], _TIME),
        }


def _truth_columns(
    task: Task, shopper_ids: Sequence[str], product_ids: Sequence[str]
) -> Iterator[dict[str, object]]:
    shoppers, found = task.truth.nonzero()
    yield {
        "user_id": pa.array(shopper_ids, pa.string()).take(task.shoppers[shoppers]),
        "product_id": pa.array(product_ids, pa.string()).take(found),
    }
