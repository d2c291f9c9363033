"""Chooses how much popularity counts beside the weights."""

from collections.abc import Sequence

from indexer.factorization.popularity import has_dimension
from indexer.protocol.split import SplitKind
from indexer.training.options import best_option
from indexer.training.repurchase import blend_ndcgs
from indexer.training.windows import FittedWindow, WindowLimits

POPULARITY_WEIGHTS: tuple[float, ...] = (0.1, 0.25)
"""Tried weights of popularity in a small shop. Weights of all its pairs are well known."""
LARGE_POPULARITY_WEIGHTS = (0.25, 1.0, 4.0, 16.0)
"""The same with more products, of which histories may say nothing."""
MIN_POPULAR_SHARE = 0.9
"""Smallest NDCG of popularity alone, relative to that of the weights, with which a larger shop tries to add it."""
_POPULARITY_ALONE = 1e6


def popularity_weight(
    windows: Sequence[FittedWindow], aging: tuple[float, float], kind: SplitKind, limits: WindowLimits
) -> tuple[float | None, dict[str, tuple[float, ...]]]:
    """The weight of popularity, and the gains of the tried ones.

    The weight is None where the popularity of a larger shop alone finds too little to be tried.

    An option is measured by the NDCGs of discovery and, by time, of repurchase with its best blend.

    Args:
        windows: the rolling windows.
        aging: half-life in days and δ.
        kind: how the windows are split.
        limits: sizes of the windows.
    """
    options, most = POPULARITY_WEIGHTS, limits.popular_products
    if any(has_dimension(_POPULARITY_ALONE, len(window.products), most) for window in windows):
        options = LARGE_POPULARITY_WEIGHTS
        own, alone = (
            sum(each.with_popularity(weight, most).ndcg(*aging) for each in windows)
            for weight in (0.0, _POPULARITY_ALONE)
        )
        if alone < MIN_POPULAR_SHARE * own:
            return None, {}
    repeats = kind == "time" and all(len(window.again) >= limits.min_shoppers for window in windows)

    def ndcgs(weight: float) -> list[float]:
        found = []
        for window in (each.with_popularity(weight, most) for each in windows):
            again = blend_ndcgs(window, *aging) if repeats else {}
            found.append(window.ndcg(*aging) + max(again.values(), default=0.0))
        return found

    weight, gains = best_option(options, 0.0, ndcgs(0.0), ndcgs)
    return weight, {f"popularity {option:g}": values for option, values in gains.items()}
