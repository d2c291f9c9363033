"""Chooses the weight of the likeness of texts for cold products."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.cold import mix_cold_products, text_links
from indexer.factorization.content import Content
from indexer.protocol.metrics import recall_of
from indexer.training.windows import FittedWindow, best_places, weights_by_age

HIDDEN_SHARE = 0.12
"""Share of a window's products that are hidden at a time."""
FOLDS = 3
TEXT_SHARE = 0.3
"""Share of the likeness of texts in the spread of a cold product's scores."""
MIN_COLD_GAIN = 0.02
_SHOPPERS_AT_ONCE = 256


def cold_text_weight(
    windows: Sequence[FittedWindow], content: Content, half_life_days: float, seed: int, min_shoppers: int
) -> tuple[float, tuple[float, ...]]:
    """Weight of the likeness of texts, and its gain in each window.

    The weight is 0 where it does not help. In each window, warm products are hidden as if nobody had bought them. A
    hidden product is scored by Σ_j ŵ_j (Σ_k A_ck B_jk + α cos(C_j, C_c)), where A are its mixing weights and the second
    term is of the products that it mixes. α makes the spread of the second part three sevenths of that of the first. It
    is kept if Recall@20 among the hidden products gains 2 % over all windows.
    """
    weights, totals, gains = [], np.zeros(2), []
    for window in windows:
        found = [
            _hidden(window, content, half_life_days, products)
            for products in _folds(len(window.products), seed)
        ]
        tested = sum(shoppers for shoppers, _, _ in found)
        if tested < min_shoppers:
            return 0.0, ()
        sums = np.sum([recalls for _, recalls, _ in found], axis=0)
        totals += sums
        gains.append(float(sums[1] / sums[0] - 1) if sums[0] else 0.0)
        weights += [weight for _, _, weight in found]
    if not windows or totals[1] < (1 + MIN_COLD_GAIN) * totals[0]:
        return 0.0, tuple(gains)
    return float(np.mean(weights)), tuple(gains)


def _folds(count: int, seed: int) -> list[NDArray[np.int32]]:
    """Disjoint samples of products."""
    size = int(HIDDEN_SHARE * count)
    order = np.random.default_rng(seed).permutation(count).astype(np.int32)
    return [np.sort(order[fold * size : (fold + 1) * size]) for fold in range(FOLDS)]


def _hidden(
    window: FittedWindow, content: Content, half_life_days: float, hidden: NDArray[np.int32]
) -> tuple[int, NDArray[np.float64], float]:
    """Number of tested shoppers, sums of their recalls without and with text, and α."""
    count = len(window.products)
    own = Content(content.vectors, content.text_of[window.products])
    seen = np.setdiff1d(np.arange(count, dtype=np.int32), hidden)
    mixed = mix_cold_products(hidden, seen, own, lambda _: None)
    mixing, links = (csr_array(part[mixed.texts]) for part in (mixed.mixing, text_links(mixed, own)))
    truth = csr_array(window.task.truth[:, mixed.products])
    tested = np.flatnonzero(np.diff(truth.indptr) > 0)
    if not len(tested):
        return 0, np.zeros(2), 0.0
    history = _columns(weights_by_age(window.ages, half_life_days)[tested], seen)
    by_buyers = csr_array(history @ window.weights) @ csr_array(mixing.T)
    by_text = history @ csr_array(links.T)
    spread = _spread(by_buyers) / (_spread(by_text) or 1.0)
    weight = TEXT_SHARE / (1 - TEXT_SHARE) * spread
    bought = csr_array(window.task.history[tested][:, mixed.products])
    sums = np.zeros(2)
    for start in range(0, len(tested), _SHOPPERS_AT_ONCE):
        part = slice(start, start + _SHOPPERS_AT_ONCE)
        wanted, known = csr_array(truth[tested[part]]), csr_array(bought[part]).nonzero()
        scores = by_buyers[part].toarray()
        for place, each in enumerate((scores, scores + np.float32(weight) * by_text[part].toarray())):
            each[known] = -np.inf
            sums[place] += recall_of(wanted, best_places(each)).sum()
    return len(tested), sums, float(weight)


def _columns(matrix: csr_array, kept: NDArray[np.int32]) -> csr_array:
    """The matrix with 0 in the columns that are not `kept`."""
    seen = np.zeros(matrix.shape[1], dtype=np.float32)
    seen[kept] = 1
    values = matrix.data * seen[matrix.indices]
    return csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def _spread(scores: csr_array) -> float:
    """Mean standard deviation of the rows, missing entries being 0."""
    count = scores.shape[1]
    means = np.asarray(scores.sum(axis=1)).reshape(-1) / count
    squares = np.asarray(scores.power(2).sum(axis=1)).reshape(-1) / count
    return float(np.sqrt(np.maximum(squares - means**2, 0)).mean())
