"""Reads products and purchases from files, as the catalog's `load` does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adapters.catalog import Product
from indexer import progress
from indexer.factorization import Purchases
from indexer.sources.catalog_products import ProductRows, warn_of_missing_texts
from purchase_files import Preview, PurchaseData, ReadingOptions, open_purchases

_NEVER_UPDATED = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = (
    "title", "description", "category", "brand", "price", "currency", "in_stock", "image_url", "created_at",
)  # fmt: skip


def read_files(
    paths: Sequence[Path | Literal["-"]], options: ReadingOptions | None = None
) -> tuple[ProductRows, Purchases, Preview]:
    """Reads files of purchases, and of products if there are any.

    Products and shoppers are numbered in the order of the files. Purchases of guests are dropped.

    Raises:
        purchase_files.RefusedFile: files that cannot be read.
    """
    with progress.stage("Reading files", None, "steps") as advance:
        data = open_purchases(paths, options, lambda _: advance(1))
    with data:
        rows = _read_products(data)
        return rows, _read_purchases(data, rows), data.preview


def _read_products(data: PurchaseData) -> ProductRows:
    rows = ProductRows()
    with progress.stage("Reading products", None, "products") as advance:
        for batch in data.products():
            for row in batch.to_pylist():
                rows.add(_product(row))
            advance(batch.num_rows)
    warn_of_missing_texts(rows)
    return rows


def _product(row: dict[str, Any]) -> Product:
    """A product with the fields of a row.

    A missing title is replaced by the id, as in the reference catalog.
    """
    given = {name: row[name] for name in _FIELDS if row.get(name) is not None}
    attributes = msgspec.json.decode(row.get("attributes") or "{}", type=dict[str, object])
    return Product(
        id=row["product_id"],
        updated_at=_NEVER_UPDATED,
        attributes={name: value for name, value in attributes.items() if value is not None},
        **{"title": row["product_id"], **given},
    )


def _read_purchases(data: PurchaseData, rows: ProductRows) -> Purchases:
    """Collects purchases in preallocated arrays. Only distinct ids pass through Python."""
    room = data.preview.purchases - data.preview.guest_purchases
    shoppers, products = np.empty(room, np.int32), np.empty(room, np.int32)
    times = np.empty(room, np.int64)
    numbers: dict[str, int] = {}
    count = 0
    with progress.stage("Reading purchases", room, "purchases") as advance:
        for batch in data.purchases():
            known = batch.filter(batch.column("user_id").is_valid())
            kept = slice(count, count + known.num_rows)
            shoppers[kept] = _look_up(known.column("user_id"), numbers)
            products[kept] = _look_up(known.column("product_id"), rows.row_of)
            times[kept] = known.column("purchased_at").cast(pa.int64()).to_numpy() // 1_000_000
            count = kept.stop
            advance(known.num_rows)
    return Purchases(shoppers, products, times, len(numbers), tuple(numbers))


def _look_up(values: "pa.Array[Any]", numbers: dict[str, int]) -> NDArray[np.int32]:
    """Numbers of ids. An unknown id gets the next number."""
    encoded: Any = values.dictionary_encode()
    distinct = [numbers.setdefault(id_, len(numbers)) for id_ in encoded.dictionary.to_pylist()]
    looked_up: NDArray[np.int32] = np.array(distinct, np.int32)[encoded.indices.to_numpy()]
    return looked_up
