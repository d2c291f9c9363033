"""Builds and writes the Annoy index over item vectors."""

from pathlib import Path

import annoy
import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.annoy_index import METRIC, AnnoyItemIndex
from adapters.snapshots.layout import INDEX
from adapters.snapshots.writer import save_annoy
from indexer import progress
from indexer.progress import Advance

TREES = 50


def build_index(item_vectors: NDArray[np.float32], seed: int, advance: Advance) -> annoy.AnnoyIndex:
    """Builds an index of `item_vectors` (shape (indexed, dims)). Item i is row i.

    Uses one thread. With several, Annoy's trees depend on timing, and builds would not be reproducible.
    """
    index = annoy.AnnoyIndex(item_vectors.shape[1], METRIC)
    index.set_seed(seed)
    for row, vector in enumerate(item_vectors):
        index.add_item(row, vector)
        if row % 1024 == 1023:
            advance(1024)
    advance(len(item_vectors) % 1024)
    index.build(TREES, n_jobs=1)
    return index


def write_index(directory: Path, item_vectors: NDArray[np.float32], seed: int) -> AnnoyItemIndex:
    """Builds the index of a snapshot in `directory`, writes and opens it.

    Raises:
        adapters.snapshots.SnapshotNotWritable: the volume is full or read-only.
    """
    with progress.stage("Building the index", len(item_vectors), "products") as advance:
        save_annoy(build_index(item_vectors, seed, advance), directory / INDEX)
    return AnnoyItemIndex(directory / INDEX, item_vectors.shape[1])
