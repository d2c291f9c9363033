"""Types of the compiled module, see `candidates.pyx`."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import FloatVector, Rows

FloatMatrix = NDArray[np.float32]
Offsets = NDArray[np.int64]

def weighted_sum(matrix: FloatMatrix, rows: Rows, weights: FloatVector) -> FloatVector: ...
def sum_neighbours(
    indptr: Offsets,
    indices: Rows,
    weights: FloatVector,
    residuals: FloatVector,
    rows: Rows,
    factors: FloatVector,
) -> tuple[Rows, FloatVector, FloatVector]: ...
def largest(rows: Rows, values: FloatVector, factors: FloatVector, count: int) -> Rows: ...
def union(rows: Rows, end: int) -> Rows: ...
def exact_scores(
    item_vectors: FloatMatrix,
    trend: FloatVector,
    warm: int,
    query: FloatVector,
    summed: Rows,
    weight: FloatVector,
    residual: FloatVector,
    rows: Rows,
) -> FloatVector: ...
def entries_between(
    indptr: Offsets,
    indices: Rows,
    weights: FloatVector,
    residuals: FloatVector,
    warm: int,
    history: Rows,
    rows: Rows,
) -> FloatMatrix: ...
def main_causes(
    low_rank: FloatMatrix,
    entries: FloatMatrix,
    weights: FloatVector,
    trend: FloatVector,
    warm: int,
    rows: Rows,
    share: float,
) -> Rows: ...
