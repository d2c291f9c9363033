"""Choice of the weight of texts for cold products."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization.content import Content
from indexer.training.cold_text import cold_text_weight
from indexer.training.windows import FittedWindow
from tests.support.builders.evaluations.evaluation_tasks import purchases_of, task_of
from tests.support.builders.small_snapshots import random_weights

PAIRS, SHOPPERS = 100, 120
PRODUCTS = 2 * PAIRS


def window(*, twins: bool) -> FittedWindow:
    """Shoppers who buy the twins of what they bought, or anything."""
    generator = np.random.default_rng(1)
    history, truth = np.zeros((2, SHOPPERS, PRODUCTS), dtype=np.float32)
    for shopper in range(SHOPPERS):
        own = 2 * generator.choice(PAIRS, 12, replace=False)
        history[shopper, own] = 1
        truth[shopper, own + 1 if twins else 2 * generator.choice(PAIRS, 12, replace=False) + 1] = 1
    task = replace(task_of(csr_array(history)), truth=csr_array(truth))
    ages = csr_array((np.zeros(task.history.nnz), task.history.indices, task.history.indptr), history.shape)
    train = purchases_of((0, 0, 1))
    weights = csr_array(random_weights(PRODUCTS, density=0.1))
    trend, products = np.ones(PRODUCTS, np.float32), np.arange(PRODUCTS)
    return FittedWindow(task, train, ages, weights, trend, products, task)


CONTENT = Content.of(
    np.random.default_rng(2).normal(size=(PAIRS, 24)).astype(np.float32),
    (np.arange(PRODUCTS) // 2).astype(np.int32),
)


def test_texts_count_where_shoppers_follow_them() -> None:
    weight, gains = cold_text_weight([window(twins=True)] * 2, CONTENT, 180.0, 1, 30)
    assert weight > 0
    assert len(gains) == 2
    assert min(gains) > 0.05


@pytest.mark.parametrize(
    ("windows", "min_shoppers"), [([window(twins=False)], 30), ([window(twins=True)], 10_000), ([], 30)]
)
def test_texts_do_not_count_otherwise(windows: list[FittedWindow], min_shoppers: int) -> None:
    assert cold_text_weight(windows, CONTENT, 180.0, 1, min_shoppers)[0] == 0
