"""Statistics of purchases, carried over from the live snapshot."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.layout import ARRAYS
from indexer.statistics.demand import REPEAT_PRIOR_BUYERS

Arrays = Mapping[str, NDArray[Any]]

_ROWS = ("popular_rows", "trending_rows")
_UNSOLD = {"buyers": 0, "recent_buyers": 0, "usual_interval_days": np.nan, "trending": 0.0}
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
    new_rows = np.full(products, -1, dtype=np.int32)
    known = np.flatnonzero(old_rows >= 0).astype(np.int32)
    new_rows[old_rows[known]] = known
    unsold = _UNSOLD | {"repeat_rates": _usual_repeat_rate(live["repeat_rates"], live["buyers"])}
    arrays = {name: np.where(old_rows < 0, value, live[name][old_rows]) for name, value in unsold.items()}
    lists = {name: new_rows[live[name]] for name in _ROWS}
    arrays |= {name: rows[rows >= 0] for name, rows in lists.items()}
    arrays["popular_rows"] = np.concatenate([arrays["popular_rows"], np.flatnonzero(old_rows < 0)])
    return arrays | _carried_complements(live, old_rows, new_rows)


def _usual_repeat_rate(rates: NDArray[np.float32], buyers: NDArray[np.int32]) -> float:
    """ρ̄ of `statistics.demand.repeat_rates`, from the shrunk rates."""
    weights = buyers + REPEAT_PRIOR_BUYERS
    return float(rates @ weights / weights.sum()) if len(rates) else 0.0


def _carried_complements(
    live: Arrays, old_rows: NDArray[np.int32], new_rows: NDArray[np.int32]
) -> dict[str, NDArray[np.generic]]:
    """Pairs of products that are both kept."""
    lengths = np.diff(live["complements_indptr"])
    owners = new_rows[np.repeat(np.arange(len(lengths)), lengths)]
    others = new_rows[live["complements_rows"]]
    places = np.flatnonzero((owners >= 0) & (others >= 0))
    places = places[np.argsort(owners[places], kind="stable")]
    counts = np.bincount(owners[places], minlength=len(old_rows))
    columns = {name: live[name][places] for name, file in ARRAYS.items() if file.length == "complements"}
    return columns | {
        "complements_indptr": np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        "complements_rows": others[places],
    }
