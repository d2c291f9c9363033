"""Data, options, split and tasks of an evaluation."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.manifest import EmbeddingModel
from indexer.factorization import Browsing, Purchases
from indexer.protocol.split import (
    Split,
    SplitKind,
    are_counters,
    restrict_to_products,
    split_kind,
    split_purchases,
)
from indexer.protocol.tasks import Task, buyer_counts, discovery, repurchase
from indexer.sources import ProductRows
from recommender.arrays import Mask

TEST_START = 0.8
MIN_SHOPPERS = 30
"""Minimum number of tested shoppers. Tasks with fewer are left out."""


@dataclass(frozen=True, slots=True)
class EvaluationData:
    """Data of an evaluation.

    Attributes:
        name: name in titles.
        products, purchases: catalog data.
        embeddings: one per distinct text, shape (texts, dims).
        model: the text encoder.
        browsing: views and carts, or None.
    """

    name: str
    products: ProductRows
    purchases: Purchases
    embeddings: NDArray[np.float32]
    model: EmbeddingModel
    browsing: Browsing | None = None


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Options of an evaluation.

    Attributes:
        kind: how purchases are split, or None to derive it from their times.
        max_shoppers: maximum number of tested shoppers, drawn at random.
        with_baselines: whether baselines are evaluated too.
        seed: seed of samples and intervals.
    """

    kind: SplitKind | None = None
    max_shoppers: int = 5_000
    with_baselines: bool = True
    seed: int = 1


@dataclass(frozen=True, slots=True)
class EvaluationSplit:
    """The split of an evaluation and its tasks.

    Attributes:
        full: all purchases, split.
        is_warm: mask of products with enough buyers before the cut, shape (all products,).
        warm: purchases of the warm products, with products renumbered.
        products: the warm products.
        tasks: discovery, and by time repurchase, among the warm products, for a sample of shoppers. By order, all
            purchases of a product are on one side of the cut, so that nothing is bought again.
    """

    full: Split
    is_warm: Mask
    warm: Split
    products: ProductRows
    tasks: dict[str, Task]

    @property
    def warm_rows(self) -> NDArray[np.integer]:
        """Rows of the warm products in the whole catalog."""
        return np.flatnonzero(self.is_warm)


class InsufficientData(Exception):
    """Too few purchases or shoppers for an evaluation. The message names what is missing."""


def split_for_evaluation(
    data: EvaluationData, options: EvaluationOptions, minimum_buyers: int
) -> EvaluationSplit:
    """Splits the data and creates its tasks.

    Raises:
        InsufficientData: discovery has fewer than 30 shoppers.
    """
    kind = options.kind or split_kind(data.purchases)
    whole = split_purchases(data.purchases, kind, TEST_START)
    counts = buyer_counts(whole.train, len(data.products))
    warm = counts >= max(minimum_buyers, 1)
    rows = np.flatnonzero(warm)
    part = replace(
        whole, train=restrict_to_products(whole.train, rows), test=restrict_to_products(whole.test, rows)
    )
    everything = np.ones(len(rows), dtype=np.bool_)
    tasks = {"discovery": discovery(part, everything)}
    if kind == "time":
        tasks["repurchase"] = repurchase(part, everything)
    tested = len(tasks["discovery"])
    if tested < MIN_SHOPPERS:
        raise InsufficientData(
            f"too few shoppers to evaluate: {tested} bought a product before the cut and a new one after it, among the"
            f" {len(rows)} products with enough buyers; {MIN_SHOPPERS} are needed"
        )
    sampled = {name: task.sample(options.max_shoppers, options.seed) for name, task in tasks.items()}
    return EvaluationSplit(whole, warm, part, data.products.select(rows.tolist()), sampled)


def split_by_time(
    data: EvaluationData, options: EvaluationOptions, minimum_buyers: int
) -> EvaluationSplit | str:
    """The data split by time, bare dates included, or why that is not possible."""
    if are_counters(data.purchases):
        return "Repurchase is not measurable: the purchases have no dates."
    try:
        return split_for_evaluation(data, replace(options, kind="time"), minimum_buyers)
    except InsufficientData as error:
        return f"Repurchase is not measurable by time: {error}."
