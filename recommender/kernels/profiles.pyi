"""Types of the compiled module, see `profiles.pyx`."""

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatVector, Rows

def history(
    products: Rows,
    times: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    row_of: Rows,
    strengths: NDArray[np.float64],
    half_life: float,
    indexed: int,
    limit: int,
    purchase: int,
) -> tuple[Rows, FloatVector, Rows]: ...
def visits(
    products: Rows,
    times: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    row_of: Rows,
    purchase: int,
    day: float,
) -> tuple[Rows, NDArray[np.int64], NDArray[np.float64]]: ...
def median_steps(days: NDArray[np.int64], counts: Rows) -> NDArray[np.float64]: ...
def ignored(
    products: Rows,
    times: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    strengths: NDArray[np.float64],
    impression: int,
    least: int,
) -> Rows: ...
