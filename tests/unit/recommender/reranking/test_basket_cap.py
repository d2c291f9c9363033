"""The cap on a basket's own categories."""

import numpy as np

from recommender.entities import (
    Scored,
)
from recommender.reranking import BasketCategoryCap
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_complements_of_the_same_category_are_uncapped() -> None:
    categories = ["A"] * 6 + ["B"]
    along = {0: [(2, 3.0, 4), (5, 2.0, 4)], 6: [(1, 9.0, 9), (3, 9.0, 9)]}
    snapshot = snapshot_of(random_weights(7), categories=categories, complements=along)
    ranked = Scored(np.arange(1, 6, dtype=np.int32), np.linspace(1, 0.5, 5, dtype=np.float32))

    def capped(*basket: int) -> list[int]:
        own = BasketCategoryCap.of(snapshot, np.array(basket, dtype=np.int32))
        found: list[int] = own.apply(ranked, 3, ranked.rows[:0]).rows.tolist()
        return found

    assert capped(0) == [1, 2, 5]
    assert capped(6) == [1, 2, 3, 4, 5]
    # A complement of the other product is still capped if the basket holds a product of its category.
    assert capped(0, 6) == [1, 2, 5]


def test_broad_category_of_a_basket_is_not_capped() -> None:
    snapshot = snapshot_of(random_weights(90), categories=["Gifts"] * 60 + ["Cards"] * 30)
    assert BasketCategoryCap.of(snapshot, np.array([0, 80], dtype=np.int32)).codes.tolist() == [0]
