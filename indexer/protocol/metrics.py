"""Ranking metrics per shopper, with bootstrap confidence intervals."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.protocol.tasks import Task

TOP = 20
"""Length of a ranking."""
TOP_SHOWN = 10
"""Positions that hit rate and coverage consider, about one page."""
RESAMPLES = 1000
_DRAWS_AT_ONCE = 1 << 20

Rankings = NDArray[np.int32]
"""Product rows, best first, padded with −1. Shape (shoppers, TOP)."""
PerShopper = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TaskMetrics:
    """Metrics of one recommender in one task, as arrays of shape (shoppers,).

    Attributes:
        ndcg: NDCG@20 with binary relevance. 1 when min(20, |truth|) hits come first (Järvelin and Kekäläinen,
            "Cumulated gain-based evaluation of IR techniques", TOIS 2002).
        recall: Recall@20, the share of the truth that is among the 20.
        hit_rate: HitRate@10, 1 with a hit among the first 10, else 0.
        novelty: mean self-information of the ranked products in bits, 0 for an empty ranking (Zhou et al.,
            "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010).
        coverage: catalog coverage@10, the share of the allowed products that is among any shopper's first 10.
    """

    ndcg: PerShopper
    recall: PerShopper
    hit_rate: PerShopper
    novelty: PerShopper
    coverage: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def score_rankings(
    task: Task, rankings: Rankings, buyers: NDArray[np.int64], total_shoppers: int
) -> TaskMetrics:
    """Computes all metrics of a recommender's rankings.

    Args:
        task: the task.
        rankings: one ranking per shopper, in the order of `task.shoppers`. Shape (len(task), 20).
        buyers: n_i, distinct buyers of each product before the cut, shape (products,).
        total_shoppers: number of shoppers that `buyers` counts. A product bought by all of them has no novelty.

    Raises:
        ValueError: wrong shape, or a product that is ranked twice and would count twice.
    """
    _require_rankings(task, rankings)
    hits = hits_of(task.truth, rankings)
    wanted = np.diff(task.truth.indptr)
    return TaskMetrics(
        ndcg=_ndcg(hits, wanted),
        recall=recall_of(task.truth, rankings),
        hit_rate=np.minimum(hits[:, :TOP_SHOWN].sum(axis=1), 1.0),
        novelty=_novelty(rankings, buyers, total_shoppers),
        coverage=_coverage(task, rankings),
    )


def ndcg(truth: csr_array, rankings: Rankings) -> PerShopper:
    """NDCG@20 of each ranking, see `TaskMetrics`.

    Args:
        truth: 1 where the shopper bought the product, shape (shoppers, products).
        rankings: rankings without repeated products, shape (shoppers, 20).
    """
    return _ndcg(hits_of(truth, rankings), np.diff(truth.indptr))


def recall_of(truth: csr_array, rankings: Rankings) -> PerShopper:
    """Recall@20 of each ranking, see `TaskMetrics`."""
    recall: PerShopper = hits_of(truth, rankings).sum(axis=1) / np.maximum(np.diff(truth.indptr), 1)
    return recall


def bootstrap(values: PerShopper, seed: int, draws_at_once: int = _DRAWS_AT_ONCE) -> Interval:
    """Mean of `values` and its 95 % percentile interval over 1,000 resamples.

    Efron, "Bootstrap methods: another look at the jackknife" (Annals of Statistics 1979). NaN without shoppers.
    """
    if not len(values):
        return Interval(np.nan, np.nan, np.nan)
    return _interval(float(values.mean()), _resampled_means(values[:, None], seed, draws_at_once)[:, 0])


def bootstrap_ratio(values: PerShopper, reference: PerShopper, seed: int) -> Interval:
    """Ratio of two recommenders' means over the same shoppers, which are resampled together.

    NaN if the reference's mean is 0. Resamples in which it is 0 count as an infinite ratio.

    Raises:
        ValueError: the two have different lengths.
    """
    pairs = _paired(values, reference)
    if not len(pairs) or not reference.mean():
        return Interval(np.nan, np.nan, np.nan)
    means = _resampled_means(pairs, seed, _DRAWS_AT_ONCE)
    ratios = np.full(len(means), np.inf)
    np.divide(means[:, 0], means[:, 1], out=ratios, where=means[:, 1] != 0)
    return _interval(float(values.mean() / reference.mean()), ratios)


def _require_rankings(task: Task, rankings: Rankings) -> None:
    if rankings.shape != (len(task), TOP):
        raise ValueError(
            f"rankings of {len(task)} shoppers must have shape ({len(task)}, {TOP}), not {rankings.shape}"
        )
    ordered = np.sort(rankings, axis=1)
    if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any():
        raise ValueError("a ranking contains a product twice")


def _ndcg(hits: NDArray[np.bool_], wanted: NDArray[np.integer]) -> PerShopper:
    discounts = 1 / np.log2(np.arange(TOP) + 2)
    ideal = np.cumsum(discounts)[np.clip(wanted, 1, TOP) - 1]
    values: PerShopper = hits @ discounts / ideal
    return values


def hits_of(truth: csr_array, rankings: Rankings) -> NDArray[np.bool_]:
    """Marks ranked products that are in the truth, in the rankings' shape."""
    product_count = truth.shape[1]
    starts = np.arange(truth.shape[0], dtype=np.int64) * product_count
    wanted = np.repeat(starts, np.diff(truth.indptr)) + truth.indices
    hits: NDArray[np.bool_] = np.isin(starts[:, None] + rankings, wanted) & (rankings >= 0)
    return hits


def _novelty(rankings: Rankings, buyers: NDArray[np.int64], total_shoppers: int) -> PerShopper:
    """Mean −log₂(n_i / shoppers) of each ranking.

    A product without buyers counts as bought by one.
    """
    information = np.log2(max(total_shoppers, 1)) - np.log2(np.maximum(buyers, 1))
    answered = rankings >= 0
    # Padded because row −1 would otherwise read the last product, which an empty catalog lacks.
    padded = np.append(information, 0.0)
    total = np.where(answered, padded[rankings], 0.0).sum(axis=1)
    mean: PerShopper = total / np.maximum(answered.sum(axis=1), 1)
    return mean


def _coverage(task: Task, rankings: Rankings) -> float:
    shown = np.unique(rankings[:, :TOP_SHOWN])
    shown = shown[shown >= 0]
    return float(task.allowed[shown].sum() / max(int(task.allowed.sum()), 1))


def _paired(values: PerShopper, reference: PerShopper) -> NDArray[np.float64]:
    if len(values) != len(reference):
        raise ValueError(f"{len(values)} values cannot be paired with {len(reference)} reference values")
    return np.column_stack([values, reference]).astype(np.float64)


def _resampled_means(values: NDArray[np.float64], seed: int, draws_at_once: int) -> NDArray[np.float64]:
    """Column means of 1,000 resamples of the rows, shape (1000, columns)."""
    blocks = [values[drawn].mean(axis=1) for drawn in _resamples(len(values), seed, draws_at_once)]
    return np.concatenate(blocks)


def _resamples(count: int, seed: int, draws_at_once: int) -> Iterator[NDArray[np.int64]]:
    """Rows drawn with replacement, `count` per resample, a few resamples at a time."""
    generator = np.random.default_rng(seed)
    size = max(1, draws_at_once // count)
    for start in range(0, RESAMPLES, size):
        yield generator.integers(count, size=(min(size, RESAMPLES - start), count))


def _interval(mean: float, resampled: NDArray[np.float64]) -> Interval:
    """The 2.5th and 97.5th percentile without interpolation, because infinite values cannot be interpolated."""
    ordered = np.sort(resampled)
    low, high = (ordered[ceil(share * len(ordered)) - 1] for share in (0.025, 0.975))
    return Interval(mean, float(low), float(high))
