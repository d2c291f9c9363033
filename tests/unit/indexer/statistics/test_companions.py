"""Companions in a small shop whose right lists are obvious."""

import numpy as np
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.statistics.companions import MAX_WEIGHTS, MIN_BASKETS, companions_of

BREAD, BUTTER, DIAPERS, WIPES, BAGS, RARE = range(6)


def fitted(baskets: list[list[int]], products: int) -> csr_array:
    lines = np.array([(number, row) for number, basket in enumerate(baskets) for row in basket]).reshape(
        -1, 2
    )
    numbers, rows = (column.astype(np.int32) for column in lines.T)
    purchases = Purchases(
        numbers, rows, numbers.astype(np.int64), len(baskets), orders=numbers.astype(np.int64) + 1
    )
    no_text = Content(np.zeros((1, 1), np.float32), np.zeros(products, np.int32))
    return companions_of(purchases, no_text)


def test_wipes_complete_diapers_and_butter_completes_bread() -> None:
    baskets = [*[[BREAD, BUTTER]] * 40, *[[DIAPERS, WIPES]] * 40, *[[BAGS]] * 80, *[[BREAD, BAGS]] * 9]
    baskets += [*[[DIAPERS, BAGS]] * 9, *[[DIAPERS, RARE]] * (MIN_BASKETS - 1)]
    weights = fitted(baskets, 6)
    first = [weights.indices[weights.indptr[row]] for row in (BREAD, BUTTER, DIAPERS, WIPES)]
    assert first == [BUTTER, BREAD, WIPES, DIAPERS]
    assert weights.indptr[RARE + 1] == weights.indptr[RARE]
    assert weights[BREAD, DIAPERS] == weights[BREAD, WIPES] == 0


def test_a_single_joint_basket_is_a_coincidence() -> None:
    weights = fitted(
        [*[[BREAD]] * 5, *[[BUTTER]] * 5, *[[BAGS, WIPES]] * 5, [BREAD, BUTTER], [BREAD, WIPES, BAGS]], 6
    )
    assert weights[BREAD, BUTTER] == weights[BREAD, WIPES] == 0
    assert fitted([*[[BREAD]] * 5, *[[BUTTER]] * 5, *[[BREAD, BUTTER]] * 2], 2)[BREAD, BUTTER] > 0


def test_two_joint_baskets_are_a_coincidence_where_baskets_are_large() -> None:
    def baskets(*products: int, count: int, first: int) -> list[list[int]]:
        return [[*products, *range(start, start + 5)] for start in range(first, first + 5 * count, 5)]

    for joint, is_evidence in ((2, False), (3, True)):
        both = baskets(BREAD, BUTTER, count=joint, first=100)
        alone = [*baskets(BREAD, count=4, first=200), *baskets(BUTTER, count=4, first=300)]
        assert (fitted([*both, *alone], 400)[BREAD, BUTTER] > 0) == is_evidence, joint


def test_products_of_a_large_order_say_less_of_each_other() -> None:
    small = [[BREAD, BUTTER]] * 5
    large = [[DIAPERS, WIPES, *range(start, start + 8)] for start in range(100, 140, 8)]
    alone = [[product] for product in (BREAD, BUTTER, DIAPERS, WIPES) for _ in range(5)]
    weights = fitted([*small, *large, *alone], 140)
    assert weights[BREAD, BUTTER] > 1.5 * weights[DIAPERS, WIPES] > 0


def test_weights_fall_and_are_limited() -> None:
    generator = np.random.default_rng(1)
    baskets = [np.flatnonzero(generator.random(90) < 0.3).tolist() for _ in range(120)]
    weights = fitted(baskets, 90)
    assert np.diff(weights.indptr).max() <= MAX_WEIGHTS
    for row in range(90):
        assert (np.diff(weights.data[weights.indptr[row] : weights.indptr[row + 1]]) <= 0).all()


def test_shop_without_orders_has_no_companions() -> None:
    assert fitted([], 3).nnz == fitted([[0]] * 20, 3).nnz == 0
