"""Item index based on Annoy."""

from pathlib import Path
from typing import Final

import annoy
import numpy as np

from recommender.arrays import FloatVector, Rows

METRIC: Final = "dot"


class AnnoyItemIndex:
    """A memory-mapped Annoy index.

    Annoy crashes the process on an altered file, so open only verified files. No other code passes files to Annoy.
    """

    def __init__(self, path: Path, dims: int) -> None:
        """Maps the index at `path`.

        Raises:
            OSError: file rejected by Annoy.
        """
        self._index = annoy.AnnoyIndex(dims, METRIC)
        self._index.load(str(path))

    def __len__(self) -> int:
        return int(self._index.get_n_items())

    def nearest(self, query_vector: FloatVector, count: int, search_k: int) -> Rows:
        """Returns up to `count` rows with the largest inner products found, best first."""
        count = min(count, len(self))
        if not count:
            return np.empty(0, dtype=np.int32)
        found = self._index.get_nns_by_vector(query_vector, count, max(search_k, count))
        return np.array(found, dtype=np.int32)
