"""Matrix factorization baselines. They need the optional package `implicit`."""

import importlib.util
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_limits

from indexer.evaluation.baselines.baseline import Baseline
from indexer.protocol.tasks import Task
from recommender.arrays import FloatMatrix

_ALS_FACTORS, _ALS_CONFIDENCE, _ALS_ITERATIONS, _ALS_THREADS = 128, 5.0, 15, 2
# Multiplied by the mean product count: fixed values that suit sparse purchases are too small for dense ones.
_ALS_REGULARIZATION = 0.75
_BPR_FACTORS, _BPR_LEARNING_RATE, _BPR_REGULARIZATION, _BPR_ITERATIONS = 128, 0.05, 0.01, 100


@dataclass(frozen=True, slots=True)
class _LatentFactors:
    """Inner products of a vector per shopper and one per product.

    The vectors have shapes (shoppers, dims) and (products, dims).
    """

    name: str
    shoppers: FloatMatrix
    products: FloatMatrix

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        scores: NDArray[np.float32] = self.shoppers[task.shoppers[part]] @ self.products.T
        return scores


def implicit_installed() -> bool:
    """True if the package `implicit` is installed (extra `baselines`)."""
    return importlib.util.find_spec("implicit") is not None


def als(x: csr_array, seed: int) -> Baseline:
    """Weighted matrix factorization by alternating least squares. x has shape (shoppers, products).

    Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets" (ICDM 2008), with a confidence of 5
    for purchases. Regularized in proportion to the amount of data, after Rendle et al., "Revisiting the performance of
    iALS on item recommendation benchmarks" (RecSys 2022). The values performed well on validation windows of three
    purchase logs, dense and sparse.

    Raises:
        ModuleNotFoundError: `implicit` is not installed.
    """
    from implicit.cpu.als import AlternatingLeastSquares

    mean_count = x.nnz / max(len(np.unique(x.indices)), 1)
    # The package runs its own threads, and warns if BLAS uses several as well.
    with threadpool_limits(1, user_api="blas"):
        model = AlternatingLeastSquares(
            factors=_ALS_FACTORS,
            regularization=_ALS_REGULARIZATION * mean_count,
            alpha=_ALS_CONFIDENCE,
            iterations=_ALS_ITERATIONS,
            num_threads=_ALS_THREADS,
            random_state=seed,
        )
        model.fit(csr_matrix(x), show_progress=False)
    return _LatentFactors("ALS", model.user_factors, model.item_factors)


def bpr(x: csr_array, seed: int) -> Baseline:
    """Matrix factorization with a pairwise ranking loss. x has shape (shoppers, products).

    Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback" (UAI 2009). Uses one thread, because
    several would update the same vectors at the same time, and fits would not be reproducible.

    Raises:
        ModuleNotFoundError: `implicit` is not installed.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    with threadpool_limits(1, user_api="blas"):
        model = BayesianPersonalizedRanking(
            factors=_BPR_FACTORS,
            learning_rate=_BPR_LEARNING_RATE,
            regularization=_BPR_REGULARIZATION,
            iterations=_BPR_ITERATIONS,
            num_threads=1,
            random_state=seed,
        )
        model.fit(csr_matrix(x), show_progress=False)
    return _LatentFactors("BPR", model.user_factors, model.item_factors)
