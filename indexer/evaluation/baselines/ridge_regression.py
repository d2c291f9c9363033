"""EASE: every product regressed on all others, in closed form. The bar."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csr_array

from indexer.evaluation.baselines.baseline import Baseline, FloatMatrix, rank, training_matrix
from indexer.factorization import Purchases
from indexer.progress import Advance
from indexer.protocol.metrics import judge
from indexer.protocol.split import SplitKind, split
from indexer.protocol.tasks import Task, buyers, discovery
from recommender.entities import Mask

MOST_EASE_PRODUCTS = 15_000
"""Products up to which EASE is fitted: memory grows with their square (two times 0.9 GB here), time with their cube."""
RIDGES = (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
"""The λ that are tried."""
_FIRST_RIDGE = RIDGES.index(200.0)
_VALIDATION_START = 0.8
_MOST_VALIDATION_SHOPPERS = 2000
_SEED = 1
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class _DenseWeights:
    """B over some of the products; `products` has shape (n,), `weights` (n, n), B_ji is what j says for i."""

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
    """EASE with the ridge that did best on a validation window.

    Attributes:
        baseline: fitted to all purchases that may be learnt from.
        ridge: the λ that was chosen.
        tried: NDCG@20 on the validation window by λ; empty where the window asks about nobody.
    """

    baseline: Baseline
    ridge: float
    tried: dict[float, float]


def ease(x: csr_array, ridge: float) -> Baseline:
    """B = I − P diag(P)⁻¹ with P = (XᵀX + λI)⁻¹, over the products that have buyers; scores are X B.

    Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019).

    Args:
        x: X, shape (shoppers, products), binary.
        ridge: λ.

    Raises:
        ValueError: more than MOST_EASE_PRODUCTS products have buyers.
        ArithmeticError: the ridge is too small for the inverse to be found in single precision.
    """
    products = _learnable(x)
    return _DenseWeights("EASE", products, _invert(_gram(x, products), ridge))


def tuned_ease(train: Purchases, kind: SplitKind, allowed: Mask, x: csr_array, advance: Advance) -> TunedEase:
    """EASE with the ridge of RIDGES that does best in discovery on the last fifth of `train`.

    Begins at 200 and goes to the better neighbour until neither is better: the quality over λ is taken to have one
    summit. Where the window asks about nobody, 200 stays.

    Args:
        train: all purchases that may be learnt from.
        kind: how `train` is split for validation.
        allowed: products that may be answered; shape (products,).
        x: `train` as a matrix, shape (shoppers, products).
        advance: told of each fit, the last one on all of `train` included.

    Raises:
        ValueError: more than MOST_EASE_PRODUCTS products have buyers.
        ArithmeticError: the chosen ridge is too small for single precision.
    """
    _learnable(x)
    ridge, tried = _choose(train, kind, allowed, advance)
    baseline = ease(x, ridge)
    advance(1)
    return TunedEase(baseline, ridge, tried)


def _choose(
    train: Purchases, kind: SplitKind, allowed: Mask, advance: Advance
) -> tuple[float, dict[float, float]]:
    window = split(train, kind, _VALIDATION_START)
    task = discovery(window, allowed).sample(_MOST_VALIDATION_SHOPPERS, _SEED)
    if not len(task):
        return RIDGES[_FIRST_RIDGE], {}
    x = training_matrix(window.train, allowed)
    products = _learnable(x)
    gram = _gram(x, products)
    counts = buyers(window.train, len(allowed))
    tried: dict[float, float] = {}

    def quality(place: int) -> float:
        ridge = RIDGES[place]
        if ridge not in tried:
            tried[ridge] = _ndcg(gram, products, ridge, task, counts)
            advance(1)
        return tried[ridge]

    best = _FIRST_RIDGE
    while True:
        around = range(max(best - 1, 0), min(best + 2, len(RIDGES)))
        better = max(around, key=lambda place: (quality(place), place == best))
        if better == best:
            return RIDGES[best], tried
        best = better


def _ndcg(
    gram: FloatMatrix, products: NDArray[np.int64], ridge: float, task: Task, counts: NDArray[np.int64]
) -> float:
    """NDCG@20 of EASE with one ridge; 0 where the ridge is too small to be solved for."""
    try:
        weights = _invert(gram.copy(), ridge)
    except ArithmeticError:
        return 0.0
    rankings = rank(_DenseWeights("EASE", products, weights), task, lambda _: None)
    return float(judge(task, rankings, counts, len(task)).ndcg.mean())


def _learnable(x: csr_array) -> NDArray[np.int64]:
    """The products with buyers."""
    products = np.flatnonzero(np.bincount(x.indices, minlength=x.shape[1]))
    if len(products) > MOST_EASE_PRODUCTS:
        raise ValueError(f"EASE is fitted to at most {MOST_EASE_PRODUCTS} products, not {len(products)}")
    return products


def _gram(x: csr_array, products: NDArray[np.int64]) -> FloatMatrix:
    """XᵀX, shape (n, n), dense; made in blocks, because sparse it may need twice the memory."""
    bought = csr_array(x[:, products])
    by_product = csr_array(bought.T)
    gram = np.empty((len(products), len(products)), dtype=np.float32)
    for start in range(0, len(products), _BLOCK):
        (by_product[start : start + _BLOCK] @ bought).toarray(out=gram[start : start + _BLOCK])
    return gram


def _invert(gram: FloatMatrix, ridge: float) -> FloatMatrix:
    """B from XᵀX, which is overwritten with it."""
    gram[np.diag_indices_from(gram)] += np.float32(ridge)
    if not len(gram):
        return gram
    # LAPACK works on columns; the transposed view of a symmetric matrix is that matrix.
    factor, status = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    inverse, unsolved = lapack.spotri(factor, lower=1, overwrite_c=1) if not status else (factor, status)
    if unsolved:
        raise ArithmeticError(f"EASE with a ridge of {ridge:g} has no solution (LAPACK {unsolved})")
    weights: FloatMatrix = inverse.T
    _mirror(weights)
    diagonal = weights.diagonal().copy()
    weights /= -diagonal
    np.fill_diagonal(weights, 0)
    return weights


def _mirror(matrix: FloatMatrix) -> None:
    """Copies the upper triangle to the lower one, block by block."""
    for start in range(0, len(matrix), _BLOCK):
        end = start + _BLOCK
        corner = matrix[start:end, start:end]
        corner[:] = np.triu(corner) + np.triu(corner, 1).T
        matrix[end:, start:end] = matrix[start:end, end:].T
