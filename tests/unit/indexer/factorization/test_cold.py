"""Products with too few buyers get their vectors from texts or from these buyers."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from indexer.factorization import Recipe, fit
from indexer.factorization.cold import NEAREST, WHITENING, mix_cold_products, mixed_rows
from indexer.factorization.content import Content
from indexer.factorization.fit import COLD_HISTORY
from tests.support.builders.shops.random_purchases import (
    DIMS,
    PRODUCTS,
    matrix_of,
    no_content,
    no_trend,
    random_content,
)

GENERATOR = np.random.default_rng(11)


def test_cold_products_resemble_products_with_the_nearest_texts() -> None:
    generator = np.random.default_rng(2)
    centers = generator.normal(size=(2, DIMS)).astype(np.float32) * 4
    groups = np.array([0] * 6 + [1] * 6 + [0, 1])
    embeddings = centers[groups] + generator.normal(size=(14, DIMS)).astype(np.float32) * 0.1
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
