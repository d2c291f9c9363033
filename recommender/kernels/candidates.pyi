"""Types of the compiled module, see `candidates.pyx`."""

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatMatrix, FloatVector, Rows

class Model:
    def __init__(
        self,
        item_vectors: FloatMatrix,
        query_vectors: FloatMatrix,
        trend: FloatVector,
        indptr: NDArray[np.int64],
        indices: Rows,
        weights: FloatVector,
        residuals: FloatVector,
        warm: int,
    ) -> None: ...
    def query_vector(self, history: Rows, factors: FloatVector) -> FloatVector: ...
    def candidates(
        self,
        history: Rows,
        factors: FloatVector,
        others: tuple[Rows, ...],
        banned: tuple[Rows, ...],
        neighbours: int,
        colds: int,
        products: int,
    ) -> tuple[Rows, FloatVector, FloatVector]: ...
    def neighbours(
        self,
        history: Rows,
        factors: FloatVector,
        without: tuple[Rows, ...],
        count: int,
        products: int,
    ) -> Rows: ...
    def scores(
        self, query: FloatVector, rows: Rows, weight: FloatVector, residual: FloatVector
    ) -> FloatVector: ...
    def score_rows(
        self, query: FloatVector, history: Rows, factors: FloatVector, rows: Rows
    ) -> FloatVector: ...
