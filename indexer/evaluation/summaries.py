"""Creates the report's summaries of data, split, parameters, index and cold products."""

from datetime import UTC, datetime

import numpy as np

from indexer.evaluation.comparison import OURS, Comparison, estimate
from indexer.evaluation.report import ColdSummary, DataSummary, IndexSummary, SplitSummary
from indexer.evaluation.served import ServedSnapshot
from indexer.factorization import Purchases
from indexer.factorization.recipe import TEXT_WEIGHT
from indexer.protocol.metrics import Interval, TaskMetrics, bootstrap_ratio
from indexer.protocol.split import Split
from indexer.snapshots import TREES
from indexer.sources import ProductRows
from indexer.training.train import TrainedModel


def data_summary(name: str, products: ProductRows, purchases: Purchases) -> DataSummary:
    """Summarizes the evaluated data."""
    times = purchases.times
    return DataSummary(
        name=name,
        purchases=len(purchases),
        shoppers=purchases.shopper_count,
        products=len(products),
        with_text=len(products) - products.without_text,
        first=datetime.fromtimestamp(int(times.min()), UTC) if len(times) else None,
        last=datetime.fromtimestamp(int(times.max()), UTC) if len(times) else None,
    )


def split_summary(part: Split, products: int, minimum_buyers: int) -> SplitSummary:
    """Summarizes the split. `part` contains the purchases of the `products` that take part."""
    return SplitSummary(
        kind=part.kind,
        test_share=round(part.end - part.start, 3),
        cut=part.cut,
        training_purchases=len(part.train),
        test_purchases=len(part.test),
        minimum_buyers=minimum_buyers,
        products=products,
    )


def chosen_parameters(trained: TrainedModel) -> dict[str, str | int | float | bool | None]:
    """Parameters that were chosen on windows before the cut or by rule."""
    recipe = trained.recipe
    return {
        "trend_exponent": trained.choices.trend_exponent,
        "half_life_days": trained.choices.half_life_days,
        "ridge_used": round(trained.factors.ridge, 2),
        "text_weight": TEXT_WEIGHT if recipe.text_weight is None else recipe.text_weight,
        "cold_text_weight": recipe.cold_text_weight or 0.0,
        "popularity_weight": recipe.popularity_weight or 0.0,
        "neighbours": recipe.neighbours or "by size",
        "rank": trained.factors.item_vectors.shape[1],
        "browsing_weight": recipe.browsing_weight,
        "dropped_rules": ", ".join(trained.choices.dropped_rules or ()) or None,
    }


def index_summary(ours: ServedSnapshot, loss: Interval) -> IndexSummary:
    """Summarizes the evaluated index."""
    manifest = ours.manifest
    return IndexSummary(
        vectors=manifest.counts.indexed,
        dims=manifest.dims,
        trees=TREES,
        search_k=ours.snapshot.parameters.search_k,
        recall_at_20=manifest.metrics["ann_recall_at_20"],
        loss=estimate(loss),
    )


def cold_summary(
    products: int,
    among_cold: Comparison,
    among_all: Comparison,
    with_cold: Comparison,
    without: TaskMetrics,
    seed: int,
) -> ColdSummary:
    """Summarizes the recall of cold products and their effect on warm ones."""
    warm = with_cold.results[OURS].recall
    alone, beside = among_cold.results[OURS].recall, among_all.results[OURS].recall
    ratio = bootstrap_ratio(warm, without.recall, seed)
    return ColdSummary(
        products=products,
        recall_among_cold=float(alone.mean()),
        recall_among_all=float(beside.mean()),
        share=estimate(bootstrap_ratio(beside, alone, seed)),
        warm_recall=float(np.mean(warm)),
        warm_recall_without=float(without.recall.mean()),
        warm_ratio=estimate(ratio),
    )
