"""Demand in windows of time that a request may select."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatVector, Rows
from recommender.entities import Window as Window

WINDOW_DAYS: dict[Window, int] = {"7d": 7, "30d": 30}
"""Days up to the latest purchase. `all` has no start."""


WEEKS = 26
"""Weeks of purchases that a snapshot counts, up to the latest purchase."""

TREND_DAYS = 14
"""Length of the recent window of trends, unless a request selects another."""


class Popularity(NamedTuple):
    """Popularity in one window.

    Attributes:
        days: length of the window. None: all time.
        buyers: distinct shoppers who bought each product in it; shape (n,).
        rows: all rows, most popular first; shape (n,).
    """

    days: int | None
    buyers: NDArray[np.int32]
    rows: Rows


class Trend(NamedTuple):
    """Recent demand relative to usual demand, with one length of the recent window.

    Attributes:
        days: length of the recent window.
        ratios: 0 for products with too few recent buyers; shape (n,).
        rows: rows that sell better than usual, largest gain first; shape (t,).
    """

    days: int
    ratios: FloatVector
    rows: Rows


@dataclass(frozen=True, slots=True)
class DemandWindows:
    """Columns of the windows beside the default ones, which are in `ProductColumns`.

    `buyers_…` and `popular_rows_…` are those of `Popularity`, `trending_…` and `trending_rows_…` those of `Trend`.
    """

    buyers_7d: NDArray[np.int32]
    buyers_30d: NDArray[np.int32]
    popular_rows_7d: Rows
    popular_rows_30d: Rows
    popular_rows_all: Rows
    trending_7d: FloatVector
    trending_30d: FloatVector
    trending_rows_7d: Rows
    trending_rows_30d: Rows
