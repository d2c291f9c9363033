"""Other products of each product, and item-item weights, as flat arrays.

Flat arrays can be memory-mapped and shared between processes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatVector, Mask, Offsets, Rows


@dataclass(frozen=True, slots=True)
class ProductPairs:
    """A list of other products for each product, best first.

    Stored as compressed sparse rows.

    Attributes:
        indptr: those of product j are at indptr[j]:indptr[j + 1]; shape (n + 1,).
        rows: product rows; shape (pairs,).
    """

    indptr: Offsets
    rows: Rows

    def places(self, row: int) -> slice:
        """Positions of the other products of the one in `row`."""
        return slice(int(self.indptr[row]), int(self.indptr[row + 1]))

    def join(self, one: int, other: int) -> bool:
        """True if either product is listed for the other."""
        return other in self.rows[self.places(one)] or one in self.rows[self.places(other)]


@dataclass(frozen=True, slots=True)
class Complements(ProductPairs):
    """Products bought together with each product, best first.

    Attributes:
        scores: confidence and lift, shrunk towards popularity; shape (pairs,).
        buyers: distinct shoppers with both in one basket; shape (pairs,).
        associated: marks pairs that are bought together more often than by chance; shape (pairs,).
    """

    scores: FloatVector
    buyers: NDArray[np.int32]
    associated: Mask

    def associated_with(self, row: int) -> Rows:
        """Products bought together with the one in `row` beyond chance."""
        places = self.places(row)
        return self.rows[places][self.associated[places]]

    def of(self, rows: Rows) -> Rows:
        """Products that are associated with any of `rows`, ascending, each once."""
        found = [self.associated_with(row) for row in rows.tolist()]
        return np.unique(np.concatenate([rows[:0], *found]))

    def associate(self, one: int, other: int) -> bool:
        """True if two products are bought together more often than by chance."""
        return other in self.associated_with(one) or one in self.associated_with(other)


@dataclass(frozen=True, slots=True)
class Companions(ProductPairs):
    """Products that complete baskets with each product, largest weight first.

    Attributes:
        weights: W_ji; shape (pairs,).
    """

    weights: FloatVector

    def scores(self, basket: Rows) -> tuple[Rows, FloatVector]:
        """Rows with a weight for `basket`, ascending, and their scores Σ_j W_ji."""
        places = [self.places(row) for row in basket.tolist()]
        found = np.concatenate([basket[:0], *(self.rows[each] for each in places)])
        weights = np.concatenate([np.empty(0, np.float32), *(self.weights[each] for each in places)])
        rows, place = np.unique(found, return_inverse=True)
        summed = np.bincount(place, weights=weights, minlength=len(rows))
        return rows, summed.astype(np.float32)


@dataclass(frozen=True, slots=True)
class SparseWeights:
    """Item-item weights B and their residual E.

    E = B − P Qᵀ on the support of B. Stored as compressed sparse rows.

    Attributes:
        indptr: row j's entries are at indptr[j]:indptr[j + 1]; shape (n + 1,).
        indices: the column (a product row) of each entry, ascending within a row; shape (nnz,).
        weights: B_ji; shape (nnz,).
        residuals: E_ji; shape (nnz,).
    """

    indptr: Offsets
    indices: Rows
    weights: FloatVector
    residuals: FloatVector

    def arrays(self) -> tuple[Offsets, Rows, FloatVector, FloatVector]:
        """The four arrays, in the order of the attributes."""
        return self.indptr, self.indices, self.weights, self.residuals
