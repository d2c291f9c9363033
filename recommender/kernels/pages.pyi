"""Types of the compiled module, see `pages.pyx`."""

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatVector, Mask, Rows

class PageCaps:
    def __init__(
        self,
        groups_of: NDArray[np.int32],
        codes_of: NDArray[np.int32],
        models_of: NDArray[np.int32],
        warm: int,
        indexed: int,
        *,
        bought: Rows,
        shown: Rows,
        earlier: Rows,
        category_cap: int,
        cold_cap: int,
        twin_cap: int,
        text_cap: int,
        model_cap: int,
    ) -> None: ...
    def fill(self, rows: Rows, scores: FloatVector, places: int, floor: float) -> Rows: ...
    def reserve(self, rows: Rows, scores: FloatVector, page: Rows, places: int, floor: float) -> Rows: ...

def contains(ascending: Rows, rows: Rows) -> Mask: ...
