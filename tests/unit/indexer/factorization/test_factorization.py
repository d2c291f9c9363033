"""The factorisation against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Recipe, fit
from indexer.factorization.cold import NEAREST, WHITENING, mix_cold_products, mixed_rows
from indexer.factorization.content import Content
from indexer.factorization.fit import COLD_HISTORY, DENSE_HISTORY
from indexer.factorization.low_rank import residual, truncated_svd
from indexer.factorization.nearest_texts import NearestProducts

GENERATOR = np.random.default_rng(11)
SHOPPERS, PRODUCTS, DIMS = 60, 25, 8


def matrix_of(shoppers: int = SHOPPERS, products: int = PRODUCTS, density: float = 0.3) -> csr_array:
    return csr_array((np.random.default_rng(3).random((shoppers, products)) < density).astype(np.float32))


def random_content(products: int = PRODUCTS) -> Content:
    embeddings = np.random.default_rng(5).normal(size=(products, DIMS)).astype(np.float32)
    return Content.of(embeddings, np.arange(products, dtype=np.int32))


def no_content(products: int = PRODUCTS) -> Content:
    return Content.of(np.empty((0, DIMS), np.float32), np.full(products, -1, dtype=np.int32))


def no_trend(products: int = PRODUCTS) -> NDArray[np.float32]:
    return np.ones(products, dtype=np.float32)


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


def test_similar_text_links_products_never_bought_together() -> None:
    embeddings = np.eye(4, DIMS, dtype=np.float32)
    text_of = np.array([0, 0, 1, 2], dtype=np.int32)
    matrix = csr_array(np.array([[1, 0, 0, 1], [0, 1, 1, 0]] * 5, dtype=np.float32))
    factors = fit(matrix, Content.of(embeddings, text_of), no_trend(4), Recipe(neighbours=3, rank=3))
    row = {int(product): place for place, product in enumerate(factors.order)}
    weights = factors.weights.toarray()
    assert weights[row[0], row[1]] > 0
    assert weights[row[0], row[1]] > weights[row[0], row[2]]


def test_cold_products_resemble_products_with_the_nearest_texts() -> None:
    generator = np.random.default_rng(2)
    centres = generator.normal(size=(2, DIMS)).astype(np.float32) * 4
    groups = np.array([0] * 6 + [1] * 6 + [0, 1])
    embeddings = centres[groups] + generator.normal(size=(14, DIMS)).astype(np.float32) * 0.1
    bought = np.zeros((40, 14), dtype=np.float32)
    for shopper in range(40):
        bought[shopper, generator.choice(6, 4, replace=False) + 6 * (shopper % 2)] = 1
    content = Content.of(embeddings, np.arange(14, dtype=np.int32))
    factors = fit(csr_array(bought), content, no_trend(14), Recipe(neighbours=10, rank=8, minimum_buyers=3))
    assert factors.warm == 12
    assert sorted(factors.order[12:].tolist()) == [12, 13]
    row = {int(product): place for place, product in enumerate(factors.order)}
    for cold, own, other in ((12, range(6), range(6, 12)), (13, range(6, 12), range(6))):
        for vectors in (factors.item_vectors, factors.query_vectors):
            reach = vectors @ factors.query_vectors[row[cold]]
            assert np.isfinite(reach).all()
        scores = factors.query_vectors @ factors.item_vectors[row[cold]]
        assert min(scores[row[p]] for p in own) > max(scores[row[p]] for p in other)
        support = factors.weights.toarray()[:, row[cold]]
        assert support[[row[p] for p in own]].sum() > abs(support[[row[p] for p in other]].sum())


def test_likeness_of_texts_adds_to_the_weights_of_cold_products() -> None:
    bought, content = matrix_of().toarray(), random_content()
    cold = 3
    bought[:, cold] = 0
    recipe = Recipe(rank=6)
    plain = fit(csr_array(bought), content, no_trend(), recipe)
    fitted = fit(csr_array(bought), content, no_trend(), replace(recipe, cold_text_weight=0.5))
    added = (fitted.weights - plain.weights).toarray()
    row = int(np.flatnonzero(fitted.order == cold)[0])
    cosines = content.of_products(fitted.order) @ content.of_products(np.array([cold]))[0]
    whitened = content.whitened(0.25).of_products(fitted.order)
    mixed = (whitened @ whitened[row] > 0) & (np.arange(PRODUCTS) != row)
    np.testing.assert_allclose(added[:, row], np.where(mixed, 0.5 * np.maximum(cosines, 0), 0), atol=1e-6)
    assert added[:, row].any()
    added[:, row] = 0
    assert not added.any()
    np.testing.assert_array_equal(fitted.item_vectors, plain.item_vectors)


def test_products_without_text_and_buyers_have_no_vector() -> None:
    matrix = csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0]], dtype=np.float32))
    factors = fit(matrix, no_content(3), no_trend(3), Recipe(rank=2))
    assert factors.warm == len(factors.item_vectors) == 2
    assert factors.order.tolist()[2:] == [2]


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


def test_mixing_weights_are_cubed_cosines_of_whitened_texts() -> None:
    generator = np.random.default_rng(5)
    content = Content.of(generator.normal(size=(60, DIMS)).astype(np.float32), np.arange(60, dtype=np.int32))
    warm, cold = np.arange(59, dtype=np.int32), np.array([59], dtype=np.int32)
    mixing = mix_cold_products(cold, warm, content, lambda count: None).mixing.toarray()[0]
    whitened = content.whitened(WHITENING)
    cosine = np.maximum(whitened.of_products(warm) @ whitened.of_products(cold)[0], 0)
    cosine[np.argsort(-cosine)[NEAREST:]] = 0
    np.testing.assert_allclose(mixing[:59], cosine**3 / (cosine**3).sum(), rtol=1e-4)


def test_rare_product_without_text_is_fitted_to_its_few_buyers() -> None:
    """Products 10 and 11 are bought once, by a shopper of the first group.

    Only product 10 has a text, which it shares with product 9.
    """
    bought = np.kron(np.eye(2), np.ones((20, 5))).astype(np.float32)
    bought[np.random.default_rng(4).random(bought.shape) < 0.3] = 0
    bought = np.hstack([bought, np.zeros((40, 3), np.float32)])
    bought[0, [10, 11]] = 1
    texts = np.linalg.qr(np.random.default_rng(3).normal(size=(12, 12)))[0].astype(np.float32)
    content = Content.of(texts, np.array([*range(10), 9, -1, -1], dtype=np.int32))
    factors = fit(csr_array(bought), content, no_trend(13), Recipe(neighbours=12, rank=12, text_weight=0.1))
    row = np.argsort(factors.order)
    assert factors.warm == 10
    assert factors.order[10:].tolist() == [
        11,
        10,
        12,
    ]  # fitted, mixed, without buyers and text
    assert len(factors.item_vectors) == 12
    scores = factors.weights.toarray()
    first, second = row[:5], row[5:10]
    assert scores[first, row[11]].mean() > scores[second, row[11]].mean()
    assert scores[first, row[10]].mean() < scores[second, row[10]].mean()


def test_only_the_largest_mixed_weights_are_kept() -> None:
    mixing = GENERATOR.random(6).astype(np.float32)
    values = csr_array(GENERATOR.random((6, 6)).astype(np.float32))
    largest = mixed_rows(csr_array(mixing[None, :].astype(np.float32)), values, max_entries=2).toarray()[0]
    expected = mixing @ values.toarray()
    assert set(np.flatnonzero(largest)) == set(np.argsort(-np.abs(expected))[:2])


def test_whitening_equalises_variances_and_keeps_missing_text_at_zero() -> None:
    generator = np.random.default_rng(2)
    stretched = generator.normal(size=(4000, 3)).astype(np.float32) * np.array([4, 2, 1], dtype=np.float32)
    content = Content.of(stretched, np.append(np.arange(4000), -1).astype(np.int32))
    variances = []
    for exponent in (0.0, 0.25, 0.5):
        whitened = content.whitened(exponent)
        assert not whitened.of_products(np.array([4000])).any()
        np.testing.assert_allclose(np.linalg.norm(whitened.vectors[:-1], axis=1), 1, rtol=1e-5)
        covariance = np.linalg.eigvalsh(np.cov(whitened.vectors[:-1].T))
        variances.append(covariance.max() / covariance.min())
        if exponent == 0:  # a rotation: no cosine changes
            np.testing.assert_allclose(
                whitened.vectors[:9] @ whitened.vectors[:9].T,
                content.vectors[:9] @ content.vectors[:9].T,
                atol=1e-5,
            )
    assert variances[0] > 1.5 * variances[1] > 1.5**2 * variances[2]
    assert variances[2] < 2  # not 1: lengths are made equal once more


@pytest.mark.parametrize("texts", [0, 1, 2])
def test_whitening_of_few_texts_is_finite(texts: int) -> None:
    content = Content.of(np.eye(2, DIMS, dtype=np.float32)[:texts], np.arange(texts, dtype=np.int32))
    assert np.isfinite(content.whitened(0.5).vectors).all()


def test_cold_product_in_a_history_weighs_less_than_a_warm_one() -> None:
    """Product 12 has the text of product 0, and so mostly its weights."""
    generator = np.random.default_rng(3)
    texts = np.linalg.qr(generator.normal(size=(12, 12)))[0].astype(np.float32)
    content = Content.of(texts, np.append(np.arange(12), 0).astype(np.int32))
    bought = (generator.random((80, 13)) < 0.3).astype(np.float32)
    bought[:, 12] = 0
    factors = fit(csr_array(bought), content, no_trend(13), Recipe(neighbours=12, rank=12))
    warm, cold = (int(np.flatnonzero(factors.order == product)[0]) for product in (0, 12))
    others = [row for row in range(13) if row not in (warm, cold)]
    rows = factors.weights.toarray()
    np.testing.assert_allclose(rows[cold, others], COLD_HISTORY * rows[warm, others], rtol=1e-3, atol=1e-6)
    vectors = factors.query_vectors
    np.testing.assert_allclose(vectors[cold], COLD_HISTORY * vectors[warm], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("exact_texts", [0, 100], ids=["by Annoy", "exact"])
def test_products_with_a_shared_text_leave_room_for_other_texts(exact_texts: int) -> None:
    embeddings = np.random.default_rng(1).normal(size=(3, DIMS)).astype(np.float32)
    text_of = np.array([0] * 50 + [1, 2], dtype=np.int32)
    content = Content.of(embeddings, text_of)
    nearest = NearestProducts(content, np.arange(52, dtype=np.int32), 4, exact_texts)
    matches = nearest.search(np.array([2, 0, content.no_text]), 10)
    (other, products, nothing) = matches.products
    assert other[0] == 51
    assert products.tolist()[:4] == [0, 1, 2, 3]
    assert set(products.tolist()[4:]) == {50, 51}
    assert not len(nothing)
    assert matches.cosines(1, products)[0] == pytest.approx(1.0, abs=1e-5)


def test_exact_search_finds_the_largest_cosines() -> None:
    content, group = random_content(400), np.arange(0, 400, 2, dtype=np.int32)
    nearest = NearestProducts(content, group, per_text=4)
    matches = nearest.search(np.arange(400), 7)
    for text, products in enumerate(matches.products):
        cosines = content.vectors[group] @ content.vectors[text]
        assert products.tolist() == group[np.argsort(-cosines, kind="stable")[:7]].tolist()
        np.testing.assert_allclose(matches.cosines(text, group), cosines, atol=1e-6)
        assert not matches.cosines(text, group + 1).any()  # texts outside of the group are unknown


def test_embeddings_are_centred_by_the_catalog_mean() -> None:
    embeddings = np.random.default_rng(1).normal(size=(3, DIMS)).astype(np.float32) + 10
    content = Content.of(embeddings, np.array([0, 1, 1, 2, -1], dtype=np.int32))
    vectors = content.of_products(np.arange(5))
    np.testing.assert_allclose(np.linalg.norm(vectors[:4], axis=1), 1, rtol=1e-5)
    assert not vectors[4].any()
    centred = embeddings - embeddings[[0, 1, 1, 2]].mean(axis=0)
    assert vectors[0] @ centred[0] == pytest.approx(float(np.linalg.norm(centred[0])), rel=1e-4)
