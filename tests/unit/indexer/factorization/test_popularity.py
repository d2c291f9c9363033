"""Popularity in the weights of a small shop."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization import Recipe
from indexer.factorization.content import Content
from indexer.factorization.fit import fit
from indexer.factorization.gram import GramLimits
from indexer.factorization.popularity import MAX_PRODUCTS, has_dimension, with_popularity

WEIGHTS = csr_array(np.array([[0, 0.5, 0, 0], [0.2, 0, 0, 0], [0, 0, 0, 0.1], [0, 0, 0.3, 0]], np.float32))
SHARES = np.array([0.4, 0.2, 0.1, 0.0])


def test_fitted_products_add_the_share_of_the_other_one() -> None:
    found = with_popularity(WEIGHTS, np.array([2, 0, 1], np.int32), SHARES, 0.5)
    assert found.dtype == np.float32
    assert found.has_sorted_indices
    expected = [[0, 0.6, 0.05, 0], [0.4, 0, 0.05, 0], [0.2, 0.1, 0, 0.1], [0, 0, 0.3, 0]]
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-7)


def test_large_shop_and_no_weight_change_no_weights() -> None:
    assert with_popularity(WEIGHTS, np.arange(3), SHARES, 0.0) is WEIGHTS
    assert with_popularity(WEIGHTS, np.arange(MAX_PRODUCTS + 1), SHARES, 0.5) is WEIGHTS
    cases = [(0.5, 0), (0.5, 1), (0.0, 1), (None, 1)]
    assert [has_dimension(weight, MAX_PRODUCTS + more) for weight, more in cases] == [
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("limit", [8, 7])
def test_fit_adds_popularity_to_the_weights(limit: int) -> None:
    bought = (np.random.default_rng(1).random((200, 8)) < np.linspace(0.1, 0.6, 8)).astype(np.float32)
    no_text = Content(np.zeros((1, 1), np.float32), np.zeros(8, np.int32))
    recipe = Recipe(text_weight=0.0, ridge=2.0)
    plain, popular = (
        fit(
            csr_array(bought),
            no_text,
            np.ones(8, np.float32),
            replace(recipe, popularity_weight=weight),
            limits=GramLimits(popular_products=limit),
        )
        for weight in (0.0, 0.5)
    )
    shares = bought.sum(axis=0) / (bought.sum(axis=1) > 0).sum()
    expected = np.broadcast_to(0.5 * shares[popular.order], (8, 8)) * ~np.eye(8, dtype=np.bool_)
    np.testing.assert_array_equal(plain.order, popular.order)
    assert popular.popularity_dimensions == (limit < 8)
    if limit < 8:
        sums = popular.query_vectors @ popular.item_vectors.T - plain.query_vectors @ plain.item_vectors.T
        np.testing.assert_allclose(sums[expected > 0], expected[expected > 0], atol=1e-5)
    else:
        np.testing.assert_allclose(popular.weights.toarray() - plain.weights.toarray(), expected, atol=1e-5)
