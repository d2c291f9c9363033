"""A shop for tuning, with poor defaults that a search improves."""

from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna

from adapters.snapshots.manifest import EmbeddingModel
from indexer.evaluation.dataset import EvaluationData
from indexer.factorization import Purchases, Recipe
from indexer.sources import ProductRows
from indexer.training.train import TrainingConfig
from indexer.tuning import Budget, Parameters, TuningResult, tune

SHOPPERS, PRODUCTS, GROUPS, EACH = 200, 60, 5, 10
DAY = 86_400
POOR = TrainingConfig(
    Recipe(text_weight=0.01, ridge=100.0, trend_exponent=1.0, trend_half_life_days=3.0), half_life_days=180.0
)
"""Poor defaults for `shop`: its texts show which products belong together, and it has no trend."""
POOR_PARAMETERS = Parameters(100.0, 0.01, 200, 1.0, 3.0, 180.0)
NO_TIME_LIMIT = 1e6


def shop(seed: int = 3, shoppers: int = SHOPPERS) -> EvaluationData:
    """Shoppers who mostly buy from one group of products with similar texts.

    The purchases have distinct times and span about 300 days.
    """
    generator = np.random.default_rng(seed)
    group = np.arange(PRODUCTS) % GROUPS
    bought = []
    for _ in range(shoppers):
        own = group == generator.integers(GROUPS)
        weights = np.where(own, 8.0, 1.0)
        bought.append(generator.choice(PRODUCTS, EACH, replace=False, p=weights / weights.sum()))
    longest_gap = 2 * 300 * DAY // (shoppers * EACH)
    times = 20_000 * DAY + np.cumsum(generator.integers(1, longest_gap, shoppers * EACH))
    order = generator.permutation(shoppers * EACH)
    embeddings = generator.normal(size=(PRODUCTS, 8)) / 4 + np.eye(GROUPS, 8)[group]
    rows = ProductRows(
        row_of={f"p{row}": row for row in range(PRODUCTS)},
        text_numbers=array("i", range(PRODUCTS)),
        model_numbers=array("i", range(PRODUCTS)),
        texts={f"text {row}": row for row in range(PRODUCTS)},
        documents=[b""] * PRODUCTS,
        categories=[""] * PRODUCTS,
        brands=[""] * PRODUCTS,
        prices=array("d", [1.0] * PRODUCTS),
        created_at=array("d", [0.0] * PRODUCTS),
        in_stock=array("b", [1] * PRODUCTS),
        titled=array("b", [1] * PRODUCTS),
    )
    purchases = Purchases(
        shoppers=np.repeat(np.arange(shoppers, dtype=np.int32), EACH)[order],
        products=np.concatenate(bought).astype(np.int32)[order],
        times=times.astype(np.int64),
        shopper_count=shoppers,
    )
    return EvaluationData(
        "a shop", rows, purchases, embeddings.astype(np.float32), EmbeddingModel("m", "r", 8)
    )


def search(
    path: Path,
    trials: int,
    data: EvaluationData | None = None,
    config: TrainingConfig = POOR,
    fixed: frozenset[str] = frozenset(),
    clock: Callable[[], float] = lambda: 0.0,
) -> TuningResult:
    """Searches with `trials` trials besides that of the defaults."""
    return tune(data or shop(), config, Budget(NO_TIME_LIMIT, trials), path, fixed, clock)


def trials_in(path: Path) -> list[optuna.trial.FrozenTrial]:
    """All trials of the study in a file."""
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    return optuna.load_study(study_name="recipe", storage=storage).trials
