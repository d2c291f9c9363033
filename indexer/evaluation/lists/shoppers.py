"""Measures lists of shoppers other than discovery: cold products, and repurchases."""

import numpy as np

from indexer.evaluation.baselines import (
    content_mean,
    personal_frequency,
    popularity,
    training_matrix,
)
from indexer.evaluation.lists.inputs import ListInputs, compared
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.protocol.metrics import PerShopper, Rankings, ndcg, recall_of
from indexer.protocol.tasks import Task, discovery, repurchase


def measure_cold(inputs: ListInputs, minimum_buyers: int) -> ListMeasurement | None:
    """Measures discovery among products with fewer than `minimum_buyers` buyers before the cut."""
    warm = inputs.buyers >= max(minimum_buyers, 1)
    task = discovery(inputs.part, ~warm, "cold").sample(inputs.max_cases, inputs.seed)
    baselines = [content_mean(inputs.content, training_matrix(inputs.train, warm))]
    return ListMeasurement.of(
        "cold",
        "what will a shopper buy among products with few or no earlier buyers?",
        f"{len(task):,} shoppers, {int((~warm).sum()):,} products with fewer than {minimum_buyers} buyers before the"
        " cut as the only candidates",
        {
            "recall@20": compared(task, inputs.served.rank, baselines, _recall, "cold products"),
        },
    )


def measure_repurchase(inputs: ListInputs) -> ListMeasurement | None:
    """Measures lists that may repeat purchases. By order, nothing is bought again."""
    if inputs.part.kind == "order":
        return None
    task = repurchase(inputs.part, np.ones(inputs.products, dtype=np.bool_)).sample(
        inputs.max_cases, inputs.seed
    )
    baselines = [
        personal_frequency(inputs.train, inputs.products),
        popularity(training_matrix(inputs.train, task.allowed)),
    ]
    return ListMeasurement.of(
        "repurchase",
        "what will a shopper buy, again or for the first time?",
        f"{len(task):,} shoppers, split by time (include_purchased=true)",
        {
            "ndcg@20": compared(task, inputs.served.rank, baselines, _ndcg, "repurchase"),
        },
    )


def _recall(task: Task, rankings: Rankings) -> PerShopper:
    return recall_of(task.truth, rankings)


def _ndcg(task: Task, rankings: Rankings) -> PerShopper:
    return ndcg(task.truth, rankings)
