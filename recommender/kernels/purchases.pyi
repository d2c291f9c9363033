"""Types of the compiled module, see `purchases.pyx`."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import FloatVector, Rows

def bought_products(
    products: Rows,
    times: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    row_of: Rows,
    purchase: int,
    seconds_per_day: float,
    half_life_days: float,
) -> tuple[Rows, Rows, FloatVector, NDArray[np.float64], NDArray[np.float64]]: ...
