"""Types of the compiled module, see `pages.pyx`."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import Mask, Rows

def fill_page(
    rows: Rows,
    places: int,
    groups_of: NDArray[np.int32],
    codes_of: NDArray[np.int32],
    warm: int,
    indexed: int,
    bought: Rows,
    bought_groups: NDArray[np.int32],
    shown: Rows,
    used_groups: NDArray[np.int32],
    category_cap: int,
    cold_cap: int,
    twin_cap: int,
    text_cap: int,
) -> tuple[Rows, Rows, Rows]: ...
def cold_places(
    rows: Rows,
    page: Rows,
    replaceable: Rows,
    candidates: Rows,
    missing: int,
    groups_of: NDArray[np.int32],
    codes_of: NDArray[np.int32],
    bought: Rows,
    bought_groups: NDArray[np.int32],
    shown: Rows,
    used_groups: NDArray[np.int32],
    category_cap: int,
    text_cap: int,
) -> Rows: ...
def contains(ascending: Rows, rows: Rows) -> Mask: ...
