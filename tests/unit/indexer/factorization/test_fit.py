"""The fitted weights, their ridge and their trend."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization import Recipe, fit
from indexer.factorization.content import Content
from indexer.factorization.recipe import DENSE_HISTORY
from tests.support.builders.shops.random_purchases import (
    DIMS,
    PRODUCTS,
    matrix_of,
    no_content,
    no_trend,
    random_content,
)


def test_similar_text_links_products_never_bought_together() -> None:
    embeddings = np.eye(4, DIMS, dtype=np.float32)
    text_of = np.array([0, 0, 1, 2], dtype=np.int32)
    matrix = csr_array(np.array([[1, 0, 0, 1], [0, 1, 1, 0]] * 5, dtype=np.float32))
    factors = fit(matrix, Content.of(embeddings, text_of), no_trend(4), Recipe(neighbours=3, rank=3))
    row = {int(product): place for place, product in enumerate(factors.order)}
    weights = factors.weights.toarray()
    assert weights[row[0], row[1]] > 0
    assert weights[row[0], row[1]] > weights[row[0], row[2]]


def test_trend_scales_item_vectors_only() -> None:
    bought, content = matrix_of().toarray(), random_content()
    bought[:, [3, 8]] = 0  # cold, with a text
    matrix = csr_array(bought)
    trend = np.random.default_rng(4).uniform(0.3, 3, PRODUCTS).astype(np.float32)
    recipe = Recipe(rank=6)
    plain, trendy = fit(matrix, content, no_trend(), recipe), fit(matrix, content, trend, recipe)
    assert plain.warm == PRODUCTS - 2
    assert len(plain.item_vectors) == PRODUCTS
    assert plain.trend.tolist() == [1] * PRODUCTS
    np.testing.assert_array_equal(trendy.order, plain.order)
    np.testing.assert_allclose(trendy.trend, trend[trendy.order])
    np.testing.assert_allclose(
        trendy.item_vectors, plain.item_vectors * trend[plain.order][:, None], rtol=1e-6
    )
    np.testing.assert_array_equal(trendy.query_vectors, plain.query_vectors)
    np.testing.assert_array_equal(trendy.weights.toarray(), plain.weights.toarray())
    np.testing.assert_array_equal(trendy.residuals, plain.residuals)
    rows, columns = trendy.weights.nonzero()
    scores = np.einsum("ij,ij->i", trendy.query_vectors[rows], trendy.item_vectors[columns])
    scores += trendy.trend[columns] * trendy.residuals
    warm = (rows < trendy.warm) & (columns < trendy.warm)
    expected = trendy.trend[columns] * trendy.weights.data
    np.testing.assert_allclose(scores[warm], expected[warm], atol=1e-5)


@pytest.mark.parametrize(("products", "ridge"), [(DENSE_HISTORY - 1, 6.0), (DENSE_HISTORY, 10.0)])
def test_default_ridge_is_larger_for_long_histories(products: int, ridge: float) -> None:
    matrix = np.zeros((4, DENSE_HISTORY), dtype=np.float32)
    matrix[:3, :products] = 1  # the fourth shopper bought nothing and does not count
    chosen = Recipe(neighbours=3, rank=2)
    given = Recipe(neighbours=3, rank=2, ridge=ridge)
    content, trend = no_content(DENSE_HISTORY), no_trend(DENSE_HISTORY)
    by_rule, by_hand = (fit(csr_array(matrix), content, trend, recipe) for recipe in (chosen, given))
    assert by_rule.ridge == by_hand.ridge == ridge
    np.testing.assert_array_equal(by_rule.weights.toarray(), by_hand.weights.toarray())
    other = fit(csr_array(matrix), content, trend, Recipe(neighbours=3, rank=2, ridge=16 - ridge)).weights
    assert not np.allclose(by_rule.weights.toarray(), other.toarray())


def test_fit_without_purchases_succeeds() -> None:
    factors = fit(csr_array(np.zeros((0, 5), dtype=np.float32)), random_content(5), no_trend(5), Recipe())
    assert factors.warm == len(factors.item_vectors) == 0
    assert sorted(factors.order.tolist()) == list(range(5))
