"""Deterministic selection of the largest values."""

import numpy as np
from numpy.typing import NDArray


def largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Positions of the `count` largest of `values`, largest first. The lower position wins ties.

    Takes linear time, because only the selected values are sorted. Returns fewer if there are fewer values.
    """
    if len(values) > count:
        threshold = np.partition(values, len(values) - count)[len(values) - count]
        above = np.flatnonzero(values > threshold)
        tied = np.flatnonzero(values == threshold)[: count - len(above)]
        kept = np.concatenate([above, tied])
    else:
        kept = np.arange(len(values))
    return kept[np.lexsort((kept, -values[kept]))]
