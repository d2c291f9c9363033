"""Compiled loops against their forms in numpy, on random arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.kernels import candidates as kernels

PRODUCTS, WARM, DIMS = 700, 650, 33
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Shop:
    """Sparse weights, their dense forms, and a history."""

    sparse: tuple[NDArray[np.int64], NDArray[np.int32], Array, Array]
    weights: Array
    residuals: Array
    vectors: Array
    trend: Array
    rows: NDArray[np.int32]
    factors: Array


@pytest.fixture(params=[0, 1, 5, 60], ids="history of {}".format)
def shop(request: pytest.FixtureRequest) -> Shop:
    random = np.random.default_rng(request.param)
    weights = random.normal(size=(PRODUCTS, PRODUCTS)).astype(np.float32)
    support = random.random((PRODUCTS, PRODUCTS)) < 0.04
    residuals = random.normal(size=(PRODUCTS, PRODUCTS)).astype(np.float32)
    indptr = np.concatenate([[0], support.sum(axis=1).cumsum()])
    return Shop(
        (indptr, np.nonzero(support)[1].astype(np.int32), weights[support], residuals[support]),
        weights * support,
        residuals * support,
        random.normal(size=(PRODUCTS, DIMS)).astype(np.float32),
        random.uniform(0.5, 2, PRODUCTS).astype(np.float32),
        random.choice(PRODUCTS, request.param, replace=False).astype(np.int32),
        random.random(request.param).astype(np.float32),
    )


def some_rows(count: int = 90) -> NDArray[np.int32]:
    return np.random.default_rng(1).choice(PRODUCTS, count, replace=False).astype(np.int32)


def test_rows_are_summed_by_weight(shop: Shop) -> None:
    total = kernels.weighted_sum(shop.vectors, shop.rows, shop.factors)
    np.testing.assert_allclose(total, shop.factors @ shop.vectors[shop.rows], rtol=1e-4, atol=1e-5)


def test_sums_of_neighbours(shop: Shop) -> None:
    for _ in range(2):  # The scratch of the first call is zero again.
        rows, weight, residual = kernels.sum_neighbours(*shop.sparse, shop.rows, shop.factors)
        assert rows.tolist() == np.flatnonzero((shop.weights[shop.rows] != 0).any(axis=0)).tolist()
        np.testing.assert_allclose(weight, (shop.factors @ shop.weights[shop.rows])[rows], atol=1e-5)
        np.testing.assert_allclose(residual, (shop.factors @ shop.residuals[shop.rows])[rows], atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 20, 90, 200])
def test_largest_products_are_kept(shop: Shop, count: int) -> None:
    rows, values = some_rows(), np.random.default_rng(2).normal(size=90).astype(np.float32)
    expected = rows[np.argsort(-values * shop.trend[rows], kind="stable")][:count]
    assert sorted(kernels.largest(rows, values, shop.trend, count)) == sorted(expected)


def test_first_of_equal_values_is_larger() -> None:
    rows, same = np.array([4, 2, 3], dtype=np.int32), np.ones(5, dtype=np.float32)
    assert sorted(kernels.largest(rows, same[:3], same, 2)) == [2, 4]


def test_rows_are_united_in_order() -> None:
    rows = np.concatenate([some_rows(), some_rows(40), np.array([0, 63, 64, PRODUCTS - 1], dtype=np.int32)])
    for _ in range(2):
        assert kernels.union(rows, PRODUCTS).tolist() == np.unique(rows).tolist()


def test_scores_equal_the_formula(shop: Shop) -> None:
    query = np.random.default_rng(3).normal(size=DIMS).astype(np.float32)
    summed, weight, residual = kernels.sum_neighbours(*shop.sparse, shop.rows, shop.factors)
    dense_weight, dense_residual = np.zeros((2, PRODUCTS), dtype=np.float32)
    dense_weight[summed], dense_residual[summed] = weight, residual
    is_borrowed = np.isin(np.arange(PRODUCTS), summed) & (np.arange(PRODUCTS) >= WARM)
    estimated = shop.vectors @ query + shop.trend * dense_residual
    expected = np.where(is_borrowed, shop.trend * dense_weight, estimated)
    rows = some_rows()
    found = kernels.exact_scores(shop.vectors, shop.trend, WARM, query, summed, weight, residual, rows)
    np.testing.assert_allclose(found, expected[rows], rtol=1e-4, atol=1e-5)


def test_entries_are_those_of_the_dense_weights(shop: Shop) -> None:
    rows = some_rows()
    dense = np.where(np.arange(PRODUCTS) >= WARM, shop.weights, shop.residuals)
    for _ in range(2):
        found = kernels.entries_between(*shop.sparse, WARM, shop.rows, rows)
        np.testing.assert_array_equal(found, dense[np.ix_(shop.rows, rows)].T)


@pytest.mark.parametrize("row", [-1, PRODUCTS])
@pytest.mark.parametrize(
    "call",
    [
        lambda shop, row: kernels.weighted_sum(shop.vectors, row, np.ones(1, np.float32)),
        lambda shop, row: kernels.sum_neighbours(*shop.sparse, row, np.ones(1, np.float32)),
        lambda shop, row: kernels.largest(row, np.ones(1, np.float32), shop.trend, 1),
        lambda shop, row: kernels.union(row, PRODUCTS),
        lambda shop, row: kernels.exact_scores(
            shop.vectors, shop.trend, WARM, shop.vectors[0], row[:0], shop.trend[:0], shop.trend[:0], row
        ),
        lambda shop, row: kernels.entries_between(*shop.sparse, WARM, row, row[:0]),
        lambda shop, row: kernels.entries_between(*shop.sparse, WARM, row[:0], row),
    ],
    ids=["weighted_sum", "sum_neighbours", "largest", "union", "exact_scores", "history", "rows"],
)
@pytest.mark.parametrize("shop", [1], indirect=True)
def test_rows_outside_the_snapshot_are_rejected(
    shop: Shop, row: int, call: Callable[[Shop, NDArray[np.int32]], object]
) -> None:
    with pytest.raises(IndexError, match=f"row {row} is not below {PRODUCTS}"):
        call(shop, np.array([row], dtype=np.int32))


def test_equal_contributions_name_the_first_products() -> None:
    low_rank = np.array([[0.4, 0.4, 0.4, 0.1], [0.1, 0.9, 0.5, 0.6], [-1, -2, 0, -3]], np.float32)
    nothing, same = np.zeros_like(low_rank), np.ones(4, np.float32)
    rows = np.arange(3, dtype=np.int32)
    found = kernels.main_causes(low_rank, nothing, same, same, 4, rows, 0.5)
    assert found.tolist() == [[0, 1], [1, 3], [-1, -1]]
