"""Cases of lists that answer for a product or a basket."""

import numpy as np
import pytest

from indexer.evaluation.baselines import rank
from indexer.evaluation.lists.baselines import CoCounts, PopularInCategory
from indexer.evaluation.lists.cases import in_category_task, variant_task
from indexer.evaluation.lists.inputs import compared, hit, recall
from indexer.protocol.list_tasks import next_trip_task
from indexer.protocol.metrics import TOP
from indexer.protocol.tasks import Task
from indexer.training.order_tasks import order_tasks
from tests.support.builders.evaluations.evaluation_tasks import no_progress, purchases_of

ALL = 100


def cases(task: Task) -> list[tuple[int, list[int], list[int]]]:
    rows = np.split(task.history.indices, task.history.indptr[1:-1])
    truth = np.split(task.truth.indices, task.truth.indptr[1:-1])
    return [
        (shopper, sorted(one.tolist()), sorted(other.tolist()))
        for shopper, one, other in zip(task.shoppers.tolist(), rows, truth, strict=True)
    ]


def test_order_has_one_hidden_product() -> None:
    orders = purchases_of((0, 1, 10), (0, 2, 10), (0, 3, 10), (0, 4, 11), (1, 5, 10), (1, 6, 10))
    pairs, baskets = order_tasks(orders, 8, ALL, 1)
    found = cases(baskets)
    assert [shopper for shopper, _, _ in found] == [0, 1]  # the order of one product is no case
    for (_, rest, hidden), whole in zip(found, [[1, 2, 3], [5, 6]], strict=True):
        assert sorted(rest + hidden) == whole
        assert len(hidden) == 1
    for (_, known, hidden), (_, rest, same) in zip(cases(pairs), found, strict=True):
        assert hidden == same
        assert len(known) == 1
        assert set(known) <= set(rest)
    assert len(order_tasks(orders, 8, 1, 1)[0]) == 1


def test_next_trip_has_another_product_of_the_category() -> None:
    categories = np.array([0, 0, 0, 1, 1, -1, -1], dtype=np.int32)
    bought = purchases_of(
        (0, 0, 10), (0, 0, 12), (0, 1, 12), (0, 3, 12),  # 0, then 1 of its category; 0 itself does not count
        (1, 3, 10), (1, 0, 12), (1, 4, 15),  # the category is missing on the next trip, and comes back later
        (2, 5, 10), (2, 6, 12),  # no category
    )  # fmt: skip
    assert cases(next_trip_task(bought, categories, ALL, 1)) == [(0, [0], [1])]


def test_variants_differ_in_one_word() -> None:
    titles = [
        "Red mug large",
        "Blue mug large",
        "Red mug small",
        "Red plate large flat",
        "red MUG large",
        "Mug",
    ]
    found = {product: truth for _, (product,), truth in cases(variant_task(titles, ALL, 1))}
    assert found == {0: [1, 2], 1: [0, 4], 2: [0, 4], 4: [1, 2]}


def test_only_products_of_large_categories_are_tested() -> None:
    categories = np.array([0] * 9 + [1] * 8 + [-1] * 9, dtype=np.int32)
    products = np.arange(3, 26)
    assert in_category_task(categories, products, ALL, 1).history.indices.tolist() == list(range(3, 9))
    assert len(in_category_task(categories, products, 2, 1)) == 2


def test_baselines_rank_by_joint_orders_and_by_category() -> None:
    orders = purchases_of((0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1), (2, 3, 1))
    _, task = order_tasks(purchases_of((0, 0, 9), (0, 4, 9)), 5, ALL, 3)
    basket = int(task.history.indices[0])
    by_orders = rank(CoCounts.of(orders, 5), task, no_progress)[0].tolist()
    assert by_orders[:2] == ([1, 2] if basket == 0 else [0, 1])
    categories, buyers = np.array([0, 1, 0, -1, 0], np.int32), np.array([1, 9, 2, 5, 3], np.float32)
    ranked = rank(PopularInCategory(categories, buyers), task, no_progress)[0].tolist()
    own = [row for row in (4, 2, 0) if row != basket]
    assert ranked[:4] == [*own, 1, 3]


def test_metrics_count_hits_of_the_first_places() -> None:
    task = variant_task(["a b x", "a b y", "a b z", "q r s"], ALL, 1)
    rankings = np.full((3, TOP), -1, dtype=np.int32)
    rankings[0, :3] = [3, 1, 2]
    rankings[1, 0] = 2
    assert hit(1)(task, rankings).tolist() == [0, 1, 0]
    assert recall(2)(task, rankings).tolist() == pytest.approx([0.5, 0.5, 0])
    assert recall(3)(task, rankings).tolist() == pytest.approx([1, 0.5, 0])


def test_few_cases_are_not_compared() -> None:
    task = variant_task(["a b x", "a b y"], ALL, 1)
    assert compared(task, lambda task, advance: np.empty(0), [], hit(1), "nothing") == {}
