"""Statistics of purchases, carried over from the live snapshot."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.layout import ARRAYS
from adapters.snapshots.shop_data import ShopData
from indexer.sources import ProductRows
from indexer.statistics.demand import usual_repeat_rate
from recommender.arrays import NO_ROWS
from recommender.snapshot.alternatives import Alternatives

Arrays = Mapping[str, NDArray[Any]]

_LISTS = [name for name in ARRAYS if name.startswith(("popular_rows", "trending_rows"))]
_ADDED = ("weekly_purchases",)
"""Statistics that a snapshot of an earlier release lacks. They stay unknown until the next build."""

_COUNTS = ("buyers", "buyers_7d", "buyers_30d", "recent_buyers", "trending", "trending_7d", "trending_30d")
_UNSOLD = dict.fromkeys(_COUNTS, 0.0) | {"usual_interval_days": np.nan}
"""Statistics of a product that nobody bought."""


def carried_statistics(
    live: Arrays, old_rows: NDArray[np.int32], products: int
) -> dict[str, NDArray[np.generic]]:
    """Statistics of the live snapshot in another row order.

    New products have no purchases.

    Args:
        live: arrays of the live snapshot, by name.
        old_rows: row in the live snapshot of each new row, −1 for a new product, shape (new rows,).
        products: number of products of the live snapshot.
    """
    new_rows = _new_rows(old_rows, products)
    unsold = _UNSOLD | {"repeat_rates": usual_repeat_rate(live["repeat_rates"], live["buyers"])}
    arrays = {name: np.where(old_rows < 0, value, live[name][old_rows]) for name, value in unsold.items()}
    for name in _ADDED:
        if name in live:
            arrays[name] = np.where((old_rows < 0)[:, None], 0, live[name][old_rows])
    unsold_rows = np.flatnonzero(old_rows < 0)
    for name in _LISTS:
        rows = new_rows[live[name]]
        added = unsold_rows if name.startswith("popular") else NO_ROWS
        arrays[name] = np.concatenate([rows[rows >= 0], added])
    for table in ("complements", "companions"):
        arrays |= _carried_pairs(table, live, new_rows, len(old_rows))
    return arrays


def refreshed_data(before: ShopData | None, products: ProductRows, buyers: NDArray[Any]) -> ShopData | None:
    """Facts with the products counted again, None if the build has none.

    Purchases and records left out stay those of the build.
    """
    if before is None:
        return None
    return msgspec.structs.replace(before, products=products.data(buyers))


def carried_alternatives(
    live: Arrays, old_rows: NDArray[np.int32], products: int, placed: NDArray[np.int32], found: Alternatives
) -> dict[str, NDArray[np.generic]]:
    """Alternatives of the live snapshot, and those `found` for `placed` products.

    See `carried_statistics`. The alternatives of other products stay as they are until the next build.
    """
    new_rows = _new_rows(old_rows, products)
    carried = _carried_pairs("alternatives", live, new_rows, len(old_rows), placed)
    indptrs = np.asarray(carried["alternatives_indptr"], dtype=np.int64), found.indptr
    lengths = [indptr[1:] - indptr[:-1] for indptr in indptrs]
    # No product has alternatives in both, so that sorting by product joins them.
    owners = np.concatenate([np.repeat(np.arange(len(old_rows)), each) for each in lengths])
    order = np.argsort(owners, kind="stable")
    columns = {"rows": found.rows, "scores": found.scores, "kinds": found.kinds}
    return {
        f"alternatives_{name}": np.concatenate([carried[f"alternatives_{name}"], column])[order]
        for name, column in columns.items()
    } | {"alternatives_indptr": np.concatenate([np.zeros(1, np.int64), np.cumsum(sum(lengths))])}


def _new_rows(old_rows: NDArray[np.int32], products: int) -> NDArray[np.int32]:
    """Row in the new order of each live row, −1 for removed ones."""
    new_rows = np.full(products, -1, dtype=np.int32)
    known = np.flatnonzero(old_rows >= 0).astype(np.int32)
    new_rows[old_rows[known]] = known
    return new_rows


def _carried_pairs(
    table: str, live: Arrays, new_rows: NDArray[np.int32], count: int, without: NDArray[np.int32] = NO_ROWS
) -> dict[str, NDArray[np.generic]]:
    """Pairs of a sparse table whose products are both kept, in the new order.

    Pairs of the products `without` are left out.
    """
    lengths = np.diff(live[f"{table}_indptr"])
    owners = new_rows[np.repeat(np.arange(len(lengths)), lengths)]
    others = new_rows[live[f"{table}_rows"]]
    places = np.flatnonzero((owners >= 0) & (others >= 0) & ~np.isin(owners, without))
    places = places[np.argsort(owners[places], kind="stable")]
    counts = np.bincount(owners[places], minlength=count)
    columns = {
        name: live[name][places] for name, file in ARRAYS.items() if file.length == table and name in live
    }
    return columns | {
        f"{table}_indptr": np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        f"{table}_rows": others[places],
    }
