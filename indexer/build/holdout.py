"""Measures a build on a holdout: the last fifth of the purchases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from adapters.snapshots.manifest import EmbeddingModel
from indexer.evaluation.baselines import popularity, training_matrix
from indexer.evaluation.comparison import OURS, Comparison
from indexer.evaluation.dataset import TEST_START
from indexer.evaluation.lists.all_lists import measure_all_lists
from indexer.evaluation.lists.buy_again import measure_buy_again
from indexer.evaluation.lists.inputs import ListInputs
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.evaluation.served import serve_snapshot
from indexer.factorization import Browsing, Purchases
from indexer.factorization.content import Content
from indexer.protocol.metrics import Interval, bootstrap
from indexer.protocol.split import split_kind, split_purchases
from indexer.protocol.tasks import buyer_counts, discovery
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import ProductRows
from indexer.training.page_rules import PageGroups
from indexer.training.selection import ChosenParameters
from indexer.training.train import TrainingConfig, train

MAX_SHOPPERS = 2_000
LIST_SHOPPERS = 500
"""Maximum number of shoppers per window of a list, and of cases of the other lists."""


@dataclass(frozen=True, slots=True)
class HoldoutMetrics:
    """Metrics of the served recommendations in discovery, with all products as candidates.

    Attributes:
        shoppers: number of tested shoppers.
        ndcg: NDCG@20 with its interval.
        recall: Recall@20.
        coverage: catalog coverage@10.
        popularity_ndcg: NDCG@20 of the popularity baseline for the same shoppers.
        ratio_to_popularity: ratio of NDCG@20 to that of popularity, over paired shoppers.
        choices: parameters that were used.
        lists: metrics of lists other than for-you.
        seed: seed of the intervals.
    """

    shoppers: int
    ndcg: Interval
    recall: float
    coverage: float
    popularity_ndcg: float
    ratio_to_popularity: Interval
    choices: ChosenParameters
    lists: tuple[ListMeasurement, ...] = ()
    seed: int = 1

    def metrics(self) -> dict[str, float]:
        """Metrics by their names in the manifest, rounded to four digits."""
        values = {
            "ndcg_at_20": self.ndcg.mean,
            "popularity_ndcg_at_20": self.popularity_ndcg,
            "recall_at_20": self.recall,
            "coverage_at_10": self.coverage,
        }
        metrics = {name: round(value, 4) for name, value in values.items()}
        for measured in self.lists:
            metrics |= measured.metrics()
        return metrics | {"holdout_shoppers": self.shoppers}


@dataclass(frozen=True, slots=True)
class HoldoutInputs:
    """Inputs of the holdout measurement, see `SnapshotInputs` and `train`."""

    products: ProductRows
    purchases: Purchases
    content: Content
    model: EmbeddingModel
    browsing: Browsing | None
    guests: Purchases | None = None


def measure_holdout(
    data: HoldoutInputs,
    config: TrainingConfig,
    assembler: Assembler,
    min_shoppers: int,
    clock: Callable[[], datetime],
) -> HoldoutMetrics | None:
    """Trains, serves and measures like a build. Returns None below `min_shoppers` shoppers."""
    seed = config.recipe.seed
    kind = config.kind or split_kind(data.purchases)
    part = split_purchases(data.purchases, kind, TEST_START)
    task = discovery(part, np.ones(len(data.products), dtype=np.bool_)).sample(MAX_SHOPPERS, seed)
    if len(task) < max(min_shoppers, 1):
        return None
    browsing = data.browsing.before(part.cut.timestamp()) if data.browsing and part.cut else data.browsing
    guests = data.guests
    if guests is not None and part.cut:
        guests = guests.select(guests.times < part.cut.timestamp())
    trained = train(part.train, data.content, config, browsing, PageGroups.of(data.products), guests)
    counts = buyer_counts(part.train, len(data.products))
    comparison = Comparison(task, "", counts, part.train.shopper_count, seed)
    with serve_snapshot(
        assembler, SnapshotInputs(data.products, part.train, trained, data.model, clock(), {})
    ) as snapshot:
        comparison.evaluate(OURS, snapshot.rank)
        again = measure_buy_again(snapshot.snapshot, snapshot.ids, data.purchases, LIST_SHOPPERS, seed)
        inputs = ListInputs(snapshot, data.content, part, LIST_SHOPPERS, seed)
        lists = measure_all_lists(inputs, config.recipe.minimum_buyers)
    baseline = popularity(training_matrix(part.train, task.allowed))
    comparison.evaluate_baseline(baseline)
    ours_metrics, baseline_metrics = comparison.results[OURS], comparison.results[baseline.name]
    return HoldoutMetrics(
        shoppers=len(task),
        ndcg=bootstrap(ours_metrics.ndcg, seed),
        recall=float(ours_metrics.recall.mean()),
        coverage=ours_metrics.coverage,
        popularity_ndcg=float(baseline_metrics.ndcg.mean()),
        ratio_to_popularity=comparison.ratio(OURS, baseline.name),
        choices=trained.choices,
        lists=(again, *lists) if again else lists,
        seed=seed,
    )
