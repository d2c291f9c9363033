"""Chooses the weight of texts in the order of similar products."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer import progress
from indexer.factorization import Purchases, interaction_matrix
from indexer.factorization.content import Content
from indexer.protocol.list_tasks import next_trip_task
from indexer.protocol.metrics import hits_of
from indexer.protocol.split import are_counters, split_purchases
from indexer.protocol.tasks import Task
from indexer.statistics.alternatives import (
    TEXT_WEIGHT,
    AlternativeInputs,
    alternatives_in_category,
)
from indexer.training.windows import WINDOWS
from recommender.snapshot.categories import distinguishing_categories

TEXT_WEIGHTS = (TEXT_WEIGHT, 0.1, 0.5, 1.0)
"""Tried weights, the default first. 0 is not tried: where purchases are few, texts are the only evidence."""
PAGE = 8
"""Length of the list on which a hit counts."""
MAX_CASES = 500
"""Maximum number of cases per window."""

Hits = dict[float, float]
"""Share of the cases with a hit, by weight."""


def text_weight_hits(
    purchases: Purchases,
    content: Content,
    categories: NDArray[np.int32],
    history_limit: int,
    seed: int,
    *,
    min_cases: int,
) -> list[Hits]:
    """Hits of each of `TEXT_WEIGHTS` in each rolling window by time.

    A case is a product whose shopper bought another one of its leaf category on the next trip within the window. It
    is a hit if one of those is among the first eight alternatives, which come from the purchases before the window.

    Args:
        purchases: training purchases.
        content: content embeddings of all products.
        categories: number of the leaf category of each product, −1 without one, shape (products,).
        history_limit: maximum number of products per shopper.
        seed: seed of the sample.
        min_cases: minimum number of cases.

    Returns:
        One entry per window, or none if a window has too few cases.
    """
    categories = distinguishing_categories(categories)
    if are_counters(purchases) or not (categories >= 0).any():
        return []
    found = []
    with progress.stage("Validating alternatives", len(WINDOWS), "windows") as advance:
        for start, end in WINDOWS:
            part = split_purchases(purchases, "time", start, end)
            task = next_trip_task(part.test, categories, MAX_CASES, seed)
            if len(task) < min_cases:
                return []
            bought = interaction_matrix(part.train, len(categories), history_limit)
            found.append(dict(_hits(task, bought, content, categories)))
            advance(1)
    return found


def _hits(
    task: Task, bought: csr_array, content: Content, categories: NDArray[np.int32]
) -> Iterator[tuple[float, float]]:
    products = task.history.indices
    no_weights = csr_array(np.empty((0, 0), dtype=np.float32))
    for weight in TEXT_WEIGHTS:
        inputs = AlternativeInputs(
            categories,
            np.full(len(categories), np.nan),
            bought,
            content,
            order=np.empty(0, dtype=np.int32),
            weights=no_weights,
            wanted=np.unique(products).astype(np.int32),
            text_weight=weight,
        )
        alternatives = alternatives_in_category(inputs)
        rankings = np.full((len(task), PAGE), -1, dtype=np.int32)
        for place, product in enumerate(products.tolist()):
            rows = alternatives[product][:PAGE]
            rankings[place, : len(rows)] = rows
        yield weight, float(hits_of(task.truth, rankings).any(axis=1).mean())
