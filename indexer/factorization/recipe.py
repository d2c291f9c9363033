"""Training parameters and their defaults."""

from dataclasses import dataclass

from scipy.sparse import csr_array

from indexer.factorization.popularity import shopper_count

DENSE_HISTORY = 50
"""Minimum number of products per shopper in a dense purchase log."""
DENSE_RIDGE, SPARSE_RIDGE = 10.0, 6.0
TEXT_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Recipe:
    """Training parameters.

    Attributes:
        text_weight: γ, weight of similar text relative to joint purchases. None: 0.4, or 0 where rolling windows
            show a loss.
        ridge: λ, ridge penalty of the weights. None: 10 for dense purchase logs, 6 for sparse ones, or 3 or 10 times
            that where rolling windows show a gain.
        neighbours: k, neighbours over which each product's weights are fitted. None: 200 for up to 16,384 products,
            100 for more.
        rank: dimensions of item and query vectors.
        history_limit: latest products per shopper that are used.
        minimum_buyers: minimum number of buyers of a warm product. Cold products use the weights of products with
            similar text.
        trend_exponent: δ, exponent of the demand trend. None: chosen on rolling windows.
        trend_half_life_days: half-life of a purchase in recent demand.
        cold_text_weight: weight of the likeness of texts in the scores of cold products. None: chosen on rolling
            windows.
        popularity_weight: weight of popularity beside the weights. None: chosen on rolling windows.
        browsing_weight: weight of a product that was put into a cart and never bought. A purchase has weight 1, a
            view half of this value. 0 ignores views and carts.
        seed: seed of the random projection and of Annoy's trees.
    """

    text_weight: float | None = None
    ridge: float | None = None
    neighbours: int | None = None
    rank: int = 256
    history_limit: int = 500
    minimum_buyers: int = 2
    trend_exponent: float | None = None
    trend_half_life_days: float = 7.0
    cold_text_weight: float | None = None
    popularity_weight: float | None = None
    browsing_weight: float = 0.0
    seed: int = 1


def default_ridge(matrix: csr_array) -> float:
    """Default λ, by the mean number of products per shopper of X."""
    return DENSE_RIDGE if matrix.nnz >= DENSE_HISTORY * shopper_count(matrix) else SPARSE_RIDGE
