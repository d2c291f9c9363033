"""The truncated SVD against closed forms and scikit-learn."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization.low_rank import residual, truncated_svd
from tests.support.builders.shops.random_purchases import (
    matrix_of,
)

GENERATOR = np.random.default_rng(11)


def test_low_rank_part_and_residual_sum_to_the_weights() -> None:
    dense = matrix_of(40, 40, 0.2).toarray() * GENERATOR.random((40, 40)).astype(np.float32)
    weights = csr_array(dense)
    query_vectors, item_vectors = truncated_svd(weights, 5, seed=1)
    rest = residual(weights, query_vectors, item_vectors)
    rows, columns = weights.nonzero()
    approximation = (query_vectors @ item_vectors.T)[rows, columns]
    np.testing.assert_allclose(approximation + rest.toarray()[rows, columns], dense[rows, columns], atol=1e-5)
    exact = np.linalg.svd(dense, compute_uv=False)
    error = np.linalg.norm(dense - query_vectors @ item_vectors.T)
    assert error <= 1.02 * np.sqrt((exact[5:] ** 2).sum())


@pytest.mark.parametrize(("products", "rank"), [(60, 5), (60, 59), (300, 40)])
def test_factorization_equals_that_of_scikit_learn(products: int, rank: int) -> None:
    from sklearn.utils.extmath import randomized_svd  # slow, and every worker collects this module

    weights = matrix_of(products, products, 0.2) * np.float32(0.1)
    left, singular, right = randomized_svd(weights, rank, n_iter=2, random_state=1)
    query_vectors, item_vectors = truncated_svd(csr_array(weights), rank, seed=1)
    assert query_vectors.dtype == item_vectors.dtype == np.float32
    np.testing.assert_allclose(query_vectors @ item_vectors.T, (left * singular) @ right, atol=1e-4)
    np.testing.assert_allclose((query_vectors**2).sum(axis=0), singular, rtol=1e-3, atol=1e-4)


def test_columns_beyond_the_rank_of_the_weights_are_zero() -> None:
    dense = np.outer(np.arange(12), np.arange(12)).astype(np.float32)
    query_vectors, item_vectors = truncated_svd(csr_array(dense), 4, seed=1)
    np.testing.assert_allclose(query_vectors @ item_vectors.T, dense, rtol=1e-4, atol=1e-3)
    assert not query_vectors[:, 1:].any()
    for products in (0, 1, 5):
        empty = csr_array((products, products), dtype=np.float32)
        assert [each.any() for each in truncated_svd(empty, 3, seed=1)] == [False, False]
