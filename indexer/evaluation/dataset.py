"""Data, options, split and tasks of an evaluation."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.manifest import EmbeddingModel
from indexer.factorization import Browsing, Purchases
from indexer.protocol.split import Split, SplitKind, only_products, split, split_kind
from indexer.protocol.tasks import Task, buyers, discovery, repurchase
from indexer.sources import ProductRows
from recommender.entities import Mask

TEST_START = 0.8
LEAST_SHOPPERS = 30
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
class Options:
    """Options of an evaluation.

    Attributes:
        kind: how purchases are split, or None to derive it from their times.
        most_shoppers: maximum number of tested shoppers, drawn at random.
        with_baselines: whether baselines are evaluated too.
        seed: seed of samples and intervals.
    """

    kind: SplitKind | None = None
    most_shoppers: int = 5_000
    with_baselines: bool = True
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """The split of an evaluation and its tasks.

    Attributes:
        whole: all purchases, split.
        warm: mask of products with enough buyers before the cut, shape (all products,).
        part: purchases of the warm products, with products renumbered.
        products: the warm products.
        tasks: discovery and repurchase among the warm products, for a sample of shoppers.
    """

    whole: Split
    warm: Mask
    part: Split
    products: ProductRows
    tasks: dict[str, Task]

    @property
    def warm_rows(self) -> NDArray[np.integer]:
        """Rows of the warm products in the whole catalog."""
        return np.flatnonzero(self.warm)


class NothingToEvaluate(Exception):
    """Too few purchases or shoppers for an evaluation. The message names what is missing."""


def prepare(data: EvaluationData, options: Options, minimum_buyers: int) -> Prepared:
    """Splits the data and creates its tasks.

    Raises:
        NothingToEvaluate: discovery has fewer than 30 shoppers.
    """
    kind = options.kind or split_kind(data.purchases)
    whole = split(data.purchases, kind, TEST_START)
    counts = buyers(whole.train, len(data.products))
    warm = counts >= max(minimum_buyers, 1)
    rows = np.flatnonzero(warm)
    part = replace(whole, train=only_products(whole.train, rows), test=only_products(whole.test, rows))
    everything = np.ones(len(rows), dtype=np.bool_)
    tasks = {"discovery": discovery(part, everything), "repurchase": repurchase(part, everything)}
    asked = len(tasks["discovery"])
    if asked < LEAST_SHOPPERS:
        raise NothingToEvaluate(
            f"too few shoppers to evaluate: {asked} bought a product before the cut and a new one after it, among the"
            f" {len(rows)} products with enough buyers; {LEAST_SHOPPERS} are needed"
        )
    sampled = {name: task.sample(options.most_shoppers, options.seed) for name, task in tasks.items()}
    return Prepared(whole, warm, part, data.products.only(rows.tolist()), sampled)
