"""Parquet files of browsing events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from adapters.database import BrowsingEvent
from indexer.factorization.browsing import Browsing

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ROW_OF = {"milk": 0, "bread": 1, "茶 & 'tea'": 2, "17": 3}
SHOPPERS = {"ann": 0, "bob": 1, "8": 2}


def written(path: Path, **columns: Any) -> Path:
    """Writes a Parquet file with these columns, in row groups of three."""
    parquet.write_table(pa.table(columns), path, row_group_size=3)
    return path


def file_of(path: Path, events: Sequence[BrowsingEvent]) -> Path:
    """Writes a Parquet file with these events."""
    return written(
        path,
        user_id=pa.array([event.user_id for event in events], pa.string()),
        product_id=pa.array([event.product_id for event in events], pa.string()),
        kind=pa.array([event.kind for event in events], pa.string()),
        occurred_at=pa.array([event.at for event in events], pa.timestamp("us", "UTC")),
    )


def rows(browsing: Browsing) -> list[tuple[int, int, int, bool]]:
    """Events as (shopper, product, seconds before now, is a cart event)."""
    ages = SECONDS - browsing.times
    return list(
        zip(
            browsing.shoppers.tolist(),
            browsing.products.tolist(),
            ages.tolist(),
            browsing.carts.tolist(),
            strict=True,
        )
    )
