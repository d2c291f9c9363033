"""Exports a split as Parquet files.

From these files, every metric can be recomputed without this program.

To do so, load `products.parquet` and `train.parquet` into a catalog (`python -m catalog load --products
products.parquet --purchases train.parquet`) and build a snapshot. Then request recommendations for every shopper of a
`truth-….parquet` file and compare.
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
from recommender.arrays import Mask

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
    folder: Path,
    products: ProductRows,
    kept: Mask,
    split: Split,
    tasks: Mapping[str, Task],
    *,
    rows_at_once: int = _ROWS_AT_ONCE,
    products_at_once: int = _PRODUCTS_AT_ONCE,
) -> None:
    """Writes `products.parquet`, `train.parquet`, `test.parquet` and `truth-<task>.parquet` for each task.

    Only products of `kept` and their purchases are written. A purchase of another product would add that product to
    the catalog as a candidate. The truth is written unchanged, so `kept` should include all candidates of the tasks.

    Args:
        folder: output folder, created if missing. Existing files are overwritten.
        products: all products.
        kept: mask of the exported products, shape (products,).
        split: split of purchases with shopper ids.
        tasks: tasks by the name of their file.
        rows_at_once: purchases per row group.
        products_at_once: products per row group.

    Raises:
        ValueError: the purchases have no shopper ids.
        OSError: a file cannot be written.
    """
    for purchases in (split.train, split.test):
        if len(purchases.shopper_ids) != purchases.shopper_count:
            raise ValueError("the purchases have no shopper ids to export")
    folder.mkdir(parents=True, exist_ok=True)
    product_ids = list(products.row_of)
    columns = _product_columns(products, np.flatnonzero(kept), products_at_once)
    _write(folder / "products.parquet", _PRODUCT_SCHEMA, columns)
    for name, purchases in (("train", split.train), ("test", split.test)):
        columns = _purchase_columns(purchases, product_ids, kept, rows_at_once)
        _write(folder / f"{name}.parquet", _PURCHASE_SCHEMA, columns)
    for name, task in tasks.items():
        columns = _truth_columns(task, split.train.shopper_ids, product_ids)
        _write(folder / f"truth-{name}.parquet", _PAIR_SCHEMA, columns)


def _write(path: Path, schema: pa.Schema, parts: Iterator[dict[str, object]]) -> None:
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for columns in parts:
            writer.write_table(pa.table(columns, schema=schema))


def _product_columns(
    products: ProductRows, rows: NDArray[np.int64], products_at_once: int
) -> Iterator[dict[str, object]]:
    for start in range(0, len(rows), products_at_once):
        read = [
            msgspec.json.decode(products.documents[row], type=Product)
            for row in rows[start : start + products_at_once]
        ]
        columns: dict[str, object] = {
            name: [getattr(product, name) for product in read] for name in _PRODUCT_SCHEMA.names
        }
        columns["attributes"] = [msgspec.json.encode(product.attributes).decode() for product in read]
        yield columns


def _purchase_columns(
    purchases: Purchases, product_ids: Sequence[str], kept: Mask, rows_at_once: int
) -> Iterator[dict[str, object]]:
    shopper_names, product_names = (
        pa.array(purchases.shopper_ids, pa.string()),
        pa.array(product_ids, pa.string()),
    )
    for start in range(0, len(purchases), rows_at_once):
        part = slice(start, start + rows_at_once)
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
