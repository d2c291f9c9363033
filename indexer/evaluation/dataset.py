"""What an evaluation is made of: the data, the options, and the questions that follow from them."""

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
"""A task that fewer shoppers can be asked about tells nothing and is left out."""


@dataclass(frozen=True, slots=True)
class EvaluationData:
    """What is evaluated on.

    Attributes:
        name: for titles.
        products, purchases: as they were read.
        embeddings: one per distinct text; shape (texts, dims).
        model: the text encoder.
        browsing: views and carts; None without.
    """

    name: str
    products: ProductRows
    purchases: Purchases
    embeddings: NDArray[np.float32]
    model: EmbeddingModel
    browsing: Browsing | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How it is evaluated.

    Attributes:
        kind: how purchases are split; None to tell from their times.
        most_shoppers: at most so many are asked about, drawn at random.
        with_baselines: whether the others are measured too.
        seed: of samples and intervals.
    """

    kind: SplitKind | None = None
    most_shoppers: int = 5_000
    with_baselines: bool = True
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """The questions.

    Attributes:
        whole: all purchases, split.
        warm: products with enough buyers before the cut; shape (all products,).
        part: the purchases of warm products, which are numbered anew.
        products: the warm products.
        tasks: discovery and repurchase among them, with a sample of shoppers.
    """

    whole: Split
    warm: Mask
    part: Split
    products: ProductRows
    tasks: dict[str, Task]

    @property
    def warm_rows(self) -> NDArray[np.integer]:
        """The warm products' rows in the whole catalogue."""
        return np.flatnonzero(self.warm)


class NothingToEvaluate(Exception):
    """Too few purchases or shoppers to measure anything; the message says what is missing."""


def prepare(data: EvaluationData, options: Options, minimum_buyers: int) -> Prepared:
    """The split and its tasks; raises NothingToEvaluate."""
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
            f"{asked} shoppers bought something before the cut and something new after it, among the"
            f" {len(rows)} products with enough buyers; {LEAST_SHOPPERS} are needed to tell anything"
        )
    sampled = {name: task.sample(options.most_shoppers, options.seed) for name, task in tasks.items()}
    return Prepared(whole, warm, part, data.products.only(rows.tolist()), sampled)
