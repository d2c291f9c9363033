"""Parquet files of purchases and products."""

import calendar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from indexer.factorization import Purchases
from indexer.sources import ProductRows

NOON = datetime(2026, 5, 17, 12, 30, 5, tzinfo=UTC)
NOON_SECONDS = calendar.timegm(NOON.timetuple())
"""`NOON` in epoch seconds."""


def write(path: Path, **columns: Any) -> Path:
    """Writes a Parquet file with these columns."""
    parquet.write_table(pa.table(columns), path)
    return path


def purchases_of(path: Path, **changed: Any) -> Path:
    """Writes a file of three valid purchases. `changed` replaces columns."""
    columns = {
        "user_id": ["ann", "bob", "ann"],
        "product_id": ["tea", "tea", "cup"],
        "purchased_at": [NOON, NOON + timedelta(days=1), NOON + timedelta(days=2)],
    }
    return write(path, **{**columns, **changed})


def triples(rows: ProductRows, purchases: Purchases) -> list[tuple[str, str, int]]:
    """Purchases as (shopper's id, product's id, seconds)."""
    product_ids = list(rows.row_of)
    return [
        (purchases.shopper_ids[shopper], product_ids[product], int(at))
        for shopper, product, at in zip(purchases.shoppers, purchases.products, purchases.times, strict=True)
    ]
