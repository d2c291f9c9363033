"""Data for tuning: the purchases before the test's cut."""

import zlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from indexer.evaluation.dataset import TEST_START, EvaluationData
from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.protocol.split import SplitKind, restrict_to_products, split_kind, split_purchases
from indexer.protocol.tasks import buyer_counts
from indexer.training.train import TrainingConfig


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The training part of an evaluation's data.

    Attributes:
        kind: how purchases and windows are split.
        purchases: purchases before the test's cut, of products with enough buyers there, renumbered.
        content: content embeddings of these products.
    """

    kind: SplitKind
    purchases: Purchases
    content: Content

    @classmethod
    def of(cls, data: EvaluationData, config: TrainingConfig) -> "TrainingData":
        """Selects the part of `data` before the cut."""
        kind = config.kind or split_kind(data.purchases)
        train = split_purchases(data.purchases, kind, TEST_START).train
        least = max(config.recipe.minimum_buyers, 1)
        rows = np.flatnonzero(buyer_counts(train, len(data.products)) >= least)
        texts = np.array(data.products.text_numbers, dtype=np.int32)[rows]
        return cls(kind, restrict_to_products(train, rows), Content.of(data.embeddings, texts))

    def fingerprint(self, config: TrainingConfig, fixed: frozenset[str]) -> dict[str, Any]:
        """Everything that a study's trials depend on, as JSON values."""
        purchases = self.purchases
        checksum = 0
        for array in (purchases.shoppers, purchases.products, purchases.times, self.content.text_of):
            checksum = zlib.crc32(array.tobytes(), checksum)
        return {
            "purchases": len(purchases),
            "shoppers": purchases.shopper_count,
            "products": len(self.content.text_of),
            "last purchase": int(purchases.times.max(initial=0)),
            "checksum": checksum,
            "split": self.kind,
            **asdict(config.recipe),
            "half_life_days": config.half_life_days,
            "not searched": sorted(fixed),
        }
