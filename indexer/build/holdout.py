"""Measures a build on a holdout: the last fifth of the purchases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from adapters.snapshots.manifest import EmbeddingModel
from indexer.evaluation.baselines import popularity, training_matrix
from indexer.evaluation.comparison import OURS, Comparison
from indexer.evaluation.dataset import TEST_START
from indexer.evaluation.served import served
from indexer.factorization import Browsing, Purchases
from indexer.factorization.content import Content
from indexer.protocol.metrics import Interval, bootstrap
from indexer.protocol.split import split, split_kind
from indexer.protocol.tasks import buyers, discovery
from indexer.snapshots.assembly import Assembler, Material
from indexer.sources import ProductRows
from indexer.training.train import Learning, learn

MOST_SHOPPERS = 2_000


@dataclass(frozen=True, slots=True)
class Holdout:
    """Metrics of the served recommendations in discovery, with all products as candidates.

    Attributes:
        shoppers: number of tested shoppers.
        ndcg: NDCG@20 with its interval.
        recall, coverage: Recall@20 and catalog coverage@10.
        popularity_ndcg: NDCG@20 of the popularity baseline for the same shoppers.
        over_popularity: ratio of NDCG@20 to that of popularity, over paired shoppers.
    """

    shoppers: int
    ndcg: Interval
    recall: float
    coverage: float
    popularity_ndcg: float
    over_popularity: Interval

    def metrics(self) -> dict[str, float]:
        """Metrics by their names in the manifest, rounded to four digits."""
        values = {
            "ndcg_at_20": self.ndcg.mean,
            "popularity_ndcg_at_20": self.popularity_ndcg,
            "recall_at_20": self.recall,
            "coverage_at_10": self.coverage,
        }
        return {name: round(value, 4) for name, value in values.items()} | {"holdout_shoppers": self.shoppers}


@dataclass(frozen=True, slots=True)
class HoldoutData:
    """Inputs of the holdout measurement, see `SnapshotInputs` and `train`."""

    products: ProductRows
    purchases: Purchases
    content: Content
    model: EmbeddingModel
    browsing: Browsing | None


def measure_holdout(
    data: HoldoutData,
    learning: Learning,
    assembler: Assembler,
    least_shoppers: int,
    clock: Callable[[], datetime],
) -> Holdout | None:
    """Trains, serves and measures like a build. Returns None below `least_shoppers` shoppers."""
    seed = learning.recipe.seed
    kind = learning.kind or split_kind(data.purchases)
    part = split(data.purchases, kind, TEST_START)
    task = discovery(part, np.ones(len(data.products), dtype=np.bool_)).sample(MOST_SHOPPERS, seed)
    if len(task) < max(least_shoppers, 1):
        return None
    browsing = data.browsing.before(part.cut.timestamp()) if data.browsing and part.cut else data.browsing
    learnt = learn(part.train, data.content, learning, browsing)
    counts = buyers(part.train, len(data.products))
    comparison = Comparison(task, "", counts, part.train.shopper_count, seed)
    with served(assembler, Material(data.products, part.train, learnt, data.model, clock(), {})) as ours:
        comparison.ask(OURS, ours.rank)
    baseline = popularity(training_matrix(part.train, task.allowed))
    comparison.ask_baseline(baseline)
    ours_judged, theirs = comparison.answers[OURS], comparison.answers[baseline.name]
    return Holdout(
        shoppers=len(task),
        ndcg=bootstrap(ours_judged.ndcg, seed),
        recall=float(ours_judged.recall.mean()),
        coverage=ours_judged.coverage,
        popularity_ndcg=float(theirs.ndcg.mean()),
        over_popularity=comparison.ratio(OURS, baseline.name),
    )
