import numpy as np

from indexer.factorization import Browsing, Purchases, interaction_matrix
from indexer.factorization.gram import product_counts


def test_interactions_are_the_latest_products_of_each_shopper() -> None:
    purchases = Purchases(
        shoppers=np.array([0, 0, 0, 1, 0], dtype=np.int32),
        products=np.array([2, 1, 0, 1, 2], dtype=np.int32),
        times=np.array([1, 5, 3, 9, 7], dtype=np.int64),
        shopper_count=2,
    )
    whole = interaction_matrix(purchases, 3, history_limit=9).toarray()
    assert whole.tolist() == [[1, 1, 1], [0, 1, 0]]
    capped = interaction_matrix(purchases, 3, history_limit=2).toarray()
    assert capped.tolist() == [[0, 1, 1], [0, 1, 0]]


BOUGHT = Purchases(
    shoppers=np.array([0, 0, 1], dtype=np.int32),
    products=np.array([0, 1, 4], dtype=np.int32),
    times=np.array([5, 6, 7], dtype=np.int64),
    shopper_count=3,
)


def browsing_of(*events: tuple[int, int, int, bool]) -> Browsing:
    """Events of (shopper, product, time, whether it was put into a cart)."""
    shoppers, products, times, carts = np.array(events).T
    return Browsing(
        shoppers.astype(np.int32), products.astype(np.int32), times.astype(np.int64), carts.astype(np.bool_)
    )


LOOKED = browsing_of(
    (0, 1, 9, True),  # bought: stays 1
    (0, 2, 8, False),  # viewed
    (0, 2, 9, False),  # twice: still a view
    (0, 3, 1, True),  # in the cart, then viewed, then in the cart again
    (0, 3, 9, False),
    (0, 3, 4, True),
    (2, 4, 3, True),  # of a shopper whose purchases are gone
)


def test_carts_have_the_weight_views_half_and_purchases_take_precedence() -> None:
    matrix = interaction_matrix(BOUGHT, 5, 9, LOOKED, 0.5)
    assert matrix.toarray().tolist() == [[1, 1, 0.25, 0.5, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0.5]]
    assert matrix.nnz == 6
    assert product_counts(matrix).tolist() == [1, 1, 0.0625, 0.25, 1.25]
    full = interaction_matrix(BOUGHT, 5, 9, LOOKED, 1.0)
    assert full.toarray()[0].tolist() == [1, 1, 0.5, 1, 0]


def test_only_purchases_count_without_browsing_or_weight() -> None:
    expected = interaction_matrix(BOUGHT, 5, 9).toarray()
    assert expected.tolist() == [[1, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    for browsing, weight in ((LOOKED, 0.0), (None, 0.5)):
        np.testing.assert_array_equal(interaction_matrix(BOUGHT, 5, 9, browsing, weight).toarray(), expected)


def test_history_limit_applies_to_viewed_products() -> None:
    looked = browsing_of((2, 0, 1, False), (2, 1, 9, False), (2, 2, 5, True), (2, 0, 7, False))
    matrix = interaction_matrix(BOUGHT, 5, 2, looked, 1.0)
    assert matrix.toarray()[2].tolist() == [0.5, 0.5, 0, 0, 0]
    assert matrix.toarray()[:2].tolist() == [[1, 1, 0, 0, 0], [0, 0, 0, 0, 1]]
