"""Compiled loops against their forms in numpy, on random arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.kernels import candidates as kernels
from recommender.kernels import causes
from recommender.kernels.sorting import best_first, union

PRODUCTS, WARM, DIMS = 700, 650, 33
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Shop:
    """A model, its weights in dense form, and a history with its sums.

    Sums are NaN for rows without an entry.
    """

    model: kernels.Model
    weights: Array
    residuals: Array
    vectors: Array
    trend: Array
    rows: NDArray[np.int32]
    factors: Array
    weight: Array
    residual: Array


@pytest.fixture(params=[0, 1, 5, 60], ids="history of {}".format)
def shop(request: pytest.FixtureRequest) -> Shop:
    random = np.random.default_rng(request.param)
    weights = random.normal(size=(PRODUCTS, PRODUCTS)).astype(np.float32)
    support = random.random((PRODUCTS, PRODUCTS)) < 0.04
    residuals = random.normal(size=(PRODUCTS, PRODUCTS)).astype(np.float32)
    indptr = np.concatenate([[0], support.sum(axis=1).cumsum()])
    columns = np.nonzero(support)[1].astype(np.int32)
    vectors = random.normal(size=(PRODUCTS, DIMS)).astype(np.float32)
    trend = random.uniform(0.5, 2, PRODUCTS).astype(np.float32)
    rows = random.choice(PRODUCTS, request.param, replace=False).astype(np.int32)
    factors = random.random(request.param).astype(np.float32)
    is_neighbour = support[rows].any(axis=0)
    return Shop(
        kernels.Model(vectors, vectors, trend, indptr, columns, weights[support], residuals[support], WARM),
        weights * support,
        residuals * support,
        vectors,
        trend,
        rows,
        factors,
        np.where(is_neighbour, factors @ (weights * support)[rows], np.nan).astype(np.float32),
        np.where(is_neighbour, factors @ (residuals * support)[rows], np.nan).astype(np.float32),
    )


def some_rows(count: int = 90, seed: int = 1) -> NDArray[np.int32]:
    return np.random.default_rng(seed).choice(PRODUCTS, count, replace=False).astype(np.int32)


def test_query_vector_is_the_weighted_sum(shop: Shop) -> None:
    total = shop.model.query_vector(shop.rows, shop.factors)
    np.testing.assert_allclose(total, shop.factors @ shop.vectors[shop.rows], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("neighbours", [0, 1, 20, PRODUCTS])
@pytest.mark.parametrize("colds", [0, 3, PRODUCTS])
def test_candidates_are_the_best_neighbours_and_others(shop: Shop, neighbours: int, colds: int) -> None:
    others, banned = (some_rows(), some_rows(40, 2)), (some_rows(60, 3), some_rows(30, 4))
    order = np.argsort(np.where(np.isnan(shop.weight), np.inf, -shop.weight * shop.trend), kind="stable")
    order = order[: np.count_nonzero(~np.isnan(shop.weight))]
    chosen = np.concatenate([order[order < WARM][:neighbours], order[order >= WARM][:colds], *others])
    expected = np.setdiff1d(chosen, np.concatenate(banned))
    for _ in range(2):  # The scratch of the first call is zero again.
        rows, weight, residual = shop.model.candidates(
            shop.rows, shop.factors, others, banned, neighbours, colds, PRODUCTS
        )
        assert rows.tolist() == expected.tolist()
        np.testing.assert_allclose(weight, shop.weight[rows], atol=1e-5)
        np.testing.assert_allclose(residual, shop.residual[rows], atol=1e-5)


def test_first_of_equal_neighbours_is_kept() -> None:
    ones, columns = np.ones(3, np.float32), np.array([0, 1, 2], np.int32)
    indptr = np.array([0, 3, 3, 3], np.int64)
    vectors = np.ones((3, 1), np.float32)
    model = kernels.Model(vectors, vectors, ones, indptr, columns, ones, ones, 3)
    assert model.candidates(columns[:1], ones[:1], (), (), 2, 0, 3)[0].tolist() == [0, 1]


def test_scores_equal_the_formula(shop: Shop) -> None:
    query = np.random.default_rng(3).normal(size=DIMS).astype(np.float32)
    estimated = shop.vectors @ query + shop.trend * np.nan_to_num(shop.residual)
    is_borrowed = ~np.isnan(shop.weight) & (np.arange(PRODUCTS) >= WARM)
    expected = np.where(is_borrowed, shop.trend * shop.weight, estimated)
    for rows in (some_rows(), np.arange(PRODUCTS, dtype=np.int32)):
        found = shop.model.scores(query, rows, shop.weight[rows], shop.residual[rows])
        np.testing.assert_allclose(found, expected[rows], rtol=1e-4, atol=1e-5)
        found = shop.model.score_rows(query, shop.rows, shop.factors, rows)
        np.testing.assert_allclose(found, expected[rows], rtol=1e-4, atol=1e-5)


def test_rows_without_a_vector_score_nothing(shop: Shop) -> None:
    rows, unknown = np.array([PRODUCTS, 3], np.int32), np.full(2, np.nan, np.float32)
    query = shop.vectors[3]
    estimate = pytest.approx(query @ query, rel=1e-4)
    assert shop.model.scores(query, rows, unknown, unknown).tolist() == [0, estimate]
    nothing = shop.rows[:0], shop.factors[:0]
    assert shop.model.score_rows(query, *nothing, rows).tolist() == [0, estimate]


def test_rows_are_united_in_order() -> None:
    rows = np.concatenate([some_rows(), some_rows(40), np.array([0, 63, 64, PRODUCTS - 1], dtype=np.int32)])
    for _ in range(2):
        assert union(rows, PRODUCTS).tolist() == np.unique(rows).tolist()


@pytest.mark.parametrize("most", [0, 1, 20, 90, 200])
def test_best_rows_are_sorted(most: int) -> None:
    rows, scores = some_rows(), np.random.default_rng(2).integers(30, size=90).astype(np.float32)
    order = np.argsort(-scores, kind="stable")[:most]
    found, values = best_first(rows, scores, most)
    assert (found.tolist(), values.tolist()) == (rows[order].tolist(), scores[order].tolist())


def test_entries_are_those_of_the_dense_weights(shop: Shop) -> None:
    rows = some_rows()
    dense = np.where(np.arange(PRODUCTS) >= WARM, shop.weights, shop.residuals)
    for _ in range(2):
        found = causes.entries_between(shop.model, shop.rows, rows)
        np.testing.assert_array_equal(found, dense[np.ix_(shop.rows, rows)].T)


def test_causes_are_the_largest_contributions(shop: Shop) -> None:
    rows = np.concatenate([some_rows(), np.arange(WARM, PRODUCTS, dtype=np.int32)])
    rows = np.unique(rows).astype(np.int32)
    entries = np.where(
        rows[:, None] >= WARM, shop.weights[shop.rows][:, rows].T, shop.residuals[shop.rows][:, rows].T
    )
    borrowed = (rows >= WARM) & entries.any(axis=1)
    low_rank = np.where(borrowed[:, None], 0, shop.vectors[rows] @ shop.vectors[shop.rows].T)
    shares = shop.factors * (low_rank + shop.trend[rows][:, None] * entries)
    for _ in range(2):
        found, parts = causes.main_causes(shop.model, shop.rows, shop.factors, rows, 0.5)
        for pair, part, own in zip(found.tolist(), parts, shares, strict=True):
            best = [
                position for position in np.argsort(-own, kind="stable")[:2].tolist() if own[position] > 0
            ]
            expected = [position for position in best if own[position] >= 0.5 * own[best[0]]]
            assert [position for position in pair if position >= 0] == expected
            np.testing.assert_allclose(part, [*own[expected], 0, 0][:2], rtol=1e-5)


def test_equal_contributions_name_the_first_products() -> None:
    vectors = np.array([[0.4, 0.1, -1], [0.4, 0.9, -2], [0.4, 0.5, 0], [0.1, 0.6, -3]], np.float32)
    items = np.vstack([np.eye(3), np.zeros((1, 3))]).astype(np.float32)
    nothing, same = np.zeros(0, np.float32), np.ones(4, np.float32)
    rows = np.arange(4, dtype=np.int32)
    model = kernels.Model(items, vectors, same, np.zeros(5, np.int64), rows[:0], nothing, nothing, 4)
    found, _ = causes.main_causes(model, rows, same, rows[:3], 0.5)
    assert found.tolist() == [[0, 1], [1, 3], [-1, -1]]


def test_weights_of_a_row_are_summed(shop: Shop) -> None:
    found = causes.summed_weights(shop.model, shop.rows)
    np.testing.assert_allclose(found, shop.weights[shop.rows].sum(axis=1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("row", [-1, PRODUCTS])
@pytest.mark.parametrize(
    "call",
    [
        lambda shop, row: shop.model.query_vector(row, np.ones(1, np.float32)),
        lambda shop, row: shop.model.candidates(row, np.ones(1, np.float32), (), (), 1, 1, PRODUCTS),
        lambda shop, row: shop.model.candidates(row[:0], shop.trend[:0], (row,), (), 1, 1, PRODUCTS),
        lambda shop, row: shop.model.candidates(row[:0], shop.trend[:0], (), (row,), 1, 1, PRODUCTS),
        lambda shop, row: shop.model.score_rows(shop.vectors[0], row, shop.trend[:1], row[:0]),
        lambda shop, row: union(row, PRODUCTS),
        lambda shop, row: causes.entries_between(shop.model, row, row[:0]),
        lambda shop, row: causes.entries_between(shop.model, row[:0], row),
        lambda shop, row: causes.summed_weights(shop.model, row),
        lambda shop, row: causes.main_causes(shop.model, row, shop.trend[:1], row[:0], 0.5),
        lambda shop, row: causes.main_causes(shop.model, row[:0], shop.trend[:0], row, 0.5),
    ],
)
@pytest.mark.parametrize("shop", [1], indirect=True)
def test_rows_outside_the_snapshot_are_rejected(
    shop: Shop, row: int, call: Callable[[Shop, NDArray[np.int32]], object]
) -> None:
    with pytest.raises(IndexError, match=f"row {row} is not below {PRODUCTS}"):
        call(shop, np.array([row], dtype=np.int32))


@pytest.mark.parametrize("shop", [5], indirect=True)
@pytest.mark.parametrize(
    "call",
    [
        lambda shop: shop.model.query_vector(shop.rows, shop.factors[:2]),
        lambda shop: shop.model.candidates(shop.rows, shop.factors[:2], (), (), 1, 1, PRODUCTS),
        lambda shop: shop.model.score_rows(shop.vectors[0], shop.rows, shop.factors[:2], shop.rows),
        lambda shop: shop.model.score_rows(shop.vectors[0], shop.rows, shop.factors, -shop.rows - 1),
        lambda shop: shop.model.scores(shop.vectors[0, :-1], shop.rows, shop.factors, shop.factors),
        lambda shop: shop.model.scores(shop.vectors[0], shop.rows, shop.factors[:2], shop.factors),
        lambda shop: causes.main_causes(shop.model, shop.rows, shop.factors[:2], shop.rows, 0.5),
        lambda shop: best_first(shop.rows, shop.factors[:2], 1),
        lambda shop: kernels.Model(
            shop.vectors[1:],
            shop.vectors,
            shop.trend,
            np.zeros(PRODUCTS + 1, np.int64),
            shop.rows[:0],
            *[shop.trend[:0]] * 2,
            1,
        ),
    ],
)
def test_arrays_that_do_not_fit_are_rejected(shop: Shop, call: Callable[[Shop], object]) -> None:
    with pytest.raises((IndexError, ValueError)):
        call(shop)


def test_model_without_vectors_scores_nothing() -> None:
    nothing, rows = np.zeros((0, 4), np.float32), np.zeros(3, np.int32)
    model = kernels.Model(
        nothing, nothing, nothing[:, 0], np.zeros(1, np.int64), rows[:0], *[nothing[:, 0]] * 2, 0
    )
    query, factors = np.ones(4, np.float32), np.zeros(0, np.float32)
    assert model.score_rows(query, rows[:0], factors, rows).tolist() == [0, 0, 0]
    assert model.candidates(rows[:0], factors, (), (), 5, 5, 0)[0].tolist() == []
