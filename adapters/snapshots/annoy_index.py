"""The item index on Annoy."""

from pathlib import Path
from typing import Final

import annoy
import numpy as np

from recommender.entities import FloatVector, Rows

METRIC: Final = "dot"


class AnnoyItemIndex:
    """A memory-mapped Annoy index; the only place that hands a file to Annoy.

    Annoy crashes the process on a file that was altered: open only what was verified.
    """

    def __init__(self, path: Path, dims: int) -> None:
        """Maps the index at `path`; raises OSError when Annoy refuses it."""
        self._index = annoy.AnnoyIndex(dims, METRIC)
        self._index.load(str(path))

    def __len__(self) -> int:
        return int(self._index.get_n_items())

    def nearest(self, query_vector: FloatVector, count: int, search_k: int) -> Rows:
        """Rows of the largest inner products found, best first."""
        count = min(count, len(self))
        if not count:
            return np.empty(0, dtype=np.int32)
        found = self._index.get_nns_by_vector(query_vector, count, max(search_k, count))
        return np.array(found, dtype=np.int32)
