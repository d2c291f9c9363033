"""EASE: every product regressed on all others, in closed form. The strongest baseline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csr_array

from indexer.evaluation.baselines.baseline import Baseline, rank, training_matrix
from indexer.factorization import Purchases
from indexer.progress import Advance
from indexer.protocol.metrics import score_rankings
from indexer.protocol.split import SplitKind, split_purchases
from indexer.protocol.tasks import Task, buyer_counts, discovery
from recommender.arrays import FloatMatrix, Mask

MAX_EASE_PRODUCTS = 15_000
"""Maximum number of products. Memory grows with their square (2 × 0.9 GB for the maximum), time with their cube."""
RIDGES = (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
"""Candidates for λ."""
FIRST_RIDGE = 200.0
_VALIDATION_START = 0.8
_MAX_VALIDATION_SHOPPERS = 2000
_SEED = 1
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class _DenseWeights:
    """B over some products.

    `products` has shape (n,), `weights` (n, n). B_ji is the weight of j for i.
    """

    name: str
    products: NDArray[np.int64]
    weights: FloatMatrix

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        history = csr_array(csr_array(task.history[part])[:, self.products])
        scores = np.zeros((history.shape[0], len(task.allowed)), dtype=np.float32)
        scores[:, self.products] = history @ self.weights
        return scores


@dataclass(frozen=True, slots=True)
class TunedEase:
    """EASE with the best ridge on a validation window.

    Attributes:
        baseline: fitted to all training purchases.
        ridge: the chosen λ.
        tried: NDCG@20 on the validation window by λ, empty if the window has no shoppers.
    """

    baseline: Baseline
    ridge: float
    tried: dict[float, float]


def ease(
    x: csr_array, ridge: float, *, max_products: int = MAX_EASE_PRODUCTS, block: int = _BLOCK
) -> Baseline:
    """EASE: item-item weights from one regularized inverse.

    B = I − P diag(P)⁻¹ with P = (XᵀX + λI)⁻¹, over products with buyers. Scores are X B.

    Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019).

    Args:
        x: X, shape (shoppers, products), binary.
        ridge: λ.
        max_products: maximum number of products with buyers.
        block: rows that are computed at a time.

    Raises:
        ValueError: more than `max_products` products have buyers.
        ArithmeticError: the ridge is too small for single precision.
    """
    products = _learnable(x, max_products)
    return _DenseWeights("EASE", products, _invert(_gram(x, products, block), ridge, block))


def tuned_ease(
    train: Purchases,
    kind: SplitKind,
    allowed: Mask,
    x: csr_array,
    advance: Advance,
    *,
    ridges: Sequence[float] = RIDGES,
    first: float = FIRST_RIDGE,
) -> TunedEase:
    """EASE with the ridge that is best on a validation window.

    The window is discovery on the last fifth of `train`. The search climbs from `first`, which assumes a single maximum
    of NDCG@20 over λ. Without validation shoppers, `first` is used.

    Args:
        train: all training purchases.
        kind: how `train` is split for validation.
        allowed: mask of the candidates, shape (products,).
        x: `train` as a matrix, shape (shoppers, products).
        advance: called with 1 for each fit, including the last one on all of `train`.
        ridges: candidates for λ, ascending.
        first: ridge to start from.

    Raises:
        ValueError: more than MAX_EASE_PRODUCTS products have buyers.
        ArithmeticError: the chosen ridge is too small for single precision.
    """
    _learnable(x, MAX_EASE_PRODUCTS)
    ridge, tried = _choose(train, kind, allowed, advance, ridges, first)
    baseline = ease(x, ridge)
    advance(1)
    return TunedEase(baseline, ridge, tried)


def _choose(
    train: Purchases,
    kind: SplitKind,
    allowed: Mask,
    advance: Advance,
    ridges: Sequence[float],
    first: float,
) -> tuple[float, dict[float, float]]:
    window = split_purchases(train, kind, _VALIDATION_START)
    task = discovery(window, allowed).sample(_MAX_VALIDATION_SHOPPERS, _SEED)
    if not len(task):
        return first, {}
    x = training_matrix(window.train, allowed)
    products = _learnable(x, MAX_EASE_PRODUCTS)
    gram = _gram(x, products, _BLOCK)
    counts = buyer_counts(window.train, len(allowed))
    tried: dict[float, float] = {}

    def quality(place: int) -> float:
        ridge = ridges[place]
        if ridge not in tried:
            tried[ridge] = _ndcg(gram, products, ridge, task, counts)
            advance(1)
        return tried[ridge]

    best = ridges.index(first)
    while True:
        around = range(max(best - 1, 0), min(best + 2, len(ridges)))
        better = max(around, key=lambda place: (quality(place), place == best))
        if better == best:
            return ridges[best], tried
        best = better


def _ndcg(
    gram: FloatMatrix, products: NDArray[np.int64], ridge: float, task: Task, counts: NDArray[np.int64]
) -> float:
    """NDCG@20 of EASE with one ridge, or 0 if it has no solution."""
    try:
        weights = _invert(gram.copy(), ridge, _BLOCK)
    except ArithmeticError:
        return 0.0
    rankings = rank(_DenseWeights("EASE", products, weights), task, lambda _: None)
    return float(score_rankings(task, rankings, counts, len(task)).ndcg.mean())


def _learnable(x: csr_array, max_products: int) -> NDArray[np.int64]:
    """Products with buyers."""
    products = np.flatnonzero(np.bincount(x.indices, minlength=x.shape[1]))
    if len(products) > max_products:
        raise ValueError(f"EASE is limited to {max_products} products, not {len(products)}")
    return products


def _gram(x: csr_array, products: NDArray[np.int64], block: int) -> FloatMatrix:
    """Dense XᵀX, shape (n, n).

    Computed in blocks, because a sparse one may need twice the memory.
    """
    bought = csr_array(x[:, products])
    by_product = csr_array(bought.T)
    gram = np.empty((len(products), len(products)), dtype=np.float32)
    for start in range(0, len(products), block):
        (by_product[start : start + block] @ bought).toarray(out=gram[start : start + block])
    return gram


def _invert(gram: FloatMatrix, ridge: float, block: int) -> FloatMatrix:
    """Computes B from XᵀX in place."""
    gram[np.diag_indices_from(gram)] += np.float32(ridge)
    if not len(gram):
        return gram
    # LAPACK works on columns. The transposed view of a symmetric matrix equals the matrix.
    factor, status = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    inverse, unsolved = lapack.spotri(factor, lower=1, overwrite_c=1) if not status else (factor, status)
    if unsolved:
        raise ArithmeticError(f"EASE with a ridge of {ridge:g} has no solution (LAPACK {unsolved})")
    weights: FloatMatrix = inverse.T
    _mirror(weights, block)
    diagonal = weights.diagonal().copy()
    weights /= -diagonal
    np.fill_diagonal(weights, 0)
    return weights


def _mirror(matrix: FloatMatrix, block: int) -> None:
    """Copies the upper triangle to the lower one, block by block."""
    for start in range(0, len(matrix), block):
        end = start + block
        corner = matrix[start:end, start:end]
        corner[:] = np.triu(corner) + np.triu(corner, 1).T
        matrix[end:, start:end] = matrix[start:end, end:].T
