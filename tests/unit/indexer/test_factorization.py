"""The recipe against its closed forms."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases, Recipe, fit, interaction_matrix
from indexer.factorization.cold import borrow, mixed_rows
from indexer.factorization.content import Content, NearestProducts
from indexer.factorization.low_rank import residual, truncated_svd
from indexer.factorization.neighbours import GramScale
from indexer.factorization.weights import LocalRidge

GENERATOR = np.random.default_rng(11)
SHOPPERS, PRODUCTS, DIMS = 60, 25, 8


def matrix_of(shoppers: int = SHOPPERS, products: int = PRODUCTS, density: float = 0.3) -> csr_array:
    return csr_array((np.random.default_rng(3).random((shoppers, products)) < density).astype(np.float32))


def random_content(products: int = PRODUCTS) -> Content:
    embeddings = np.random.default_rng(5).normal(size=(products, DIMS)).astype(np.float32)
    return Content.of(embeddings, np.arange(products, dtype=np.int32))


def no_content(products: int = PRODUCTS) -> Content:
    return Content.of(np.empty((0, DIMS), np.float32), np.full(products, -1, dtype=np.int32))


def dense_gram(matrix: csr_array, content: Content, text_weight: float) -> NDArray[np.float64]:
    dense = matrix.toarray().astype(np.float64)
    kernel = content.of_products(np.arange(matrix.shape[1]))
    return dense.T @ dense + text_weight * (kernel @ kernel.T).astype(np.float64) ** 2


def closed_form(gram: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """EASE: B = I − P diag(P)⁻¹ with P = (G + λI)⁻¹; every column regressed on all the others."""
    inverse = np.linalg.inv(gram + ridge * np.eye(len(gram)))
    weights: NDArray[np.float64] = np.eye(len(gram)) - inverse / np.diag(inverse)
    return weights


@pytest.mark.parametrize("content", [random_content(), no_content()], ids=["with text", "without text"])
def test_with_all_products_as_neighbours_the_local_form_is_the_closed_form(content: Content) -> None:
    matrix = matrix_of(density=0.6)  # dense enough that every pair was bought together
    recipe = Recipe(text_weight=0.4, ridge=6.0, neighbours=PRODUCTS, rank=PRODUCTS, minimum_buyers=1)
    factors = fit(matrix, content, recipe)
    mean = float(matrix.sum() / PRODUCTS)
    expected = closed_form(dense_gram(matrix, content, 0.4 * mean), 6.0 * mean)
    order = factors.order
    np.testing.assert_allclose(factors.weights.toarray(), expected[order][:, order], atol=2e-5)
    assert factors.warm == PRODUCTS


def test_gram_is_the_same_in_blocks_of_shoppers(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, content = matrix_of(), random_content()
    counts = np.asarray(matrix.sum(axis=0), dtype=np.float32)
    ridge = LocalRidge(matrix, content, GramScale(counts, 2.0, 1.0))
    products = np.array([4, 0, 19, 7])
    whole = ridge.gram(products)
    np.testing.assert_allclose(whole, dense_gram(matrix, content, 2.0)[products][:, products], rtol=1e-5)
    monkeypatch.setattr("indexer.factorization.weights._SHOPPERS_AT_ONCE", 7)
    np.testing.assert_allclose(ridge.gram(products), whole, rtol=1e-5)


def test_low_rank_and_residual_give_back_the_weights() -> None:
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


def test_text_alone_links_products_that_were_never_bought_together() -> None:
    embeddings = np.eye(4, DIMS, dtype=np.float32)
    text_of = np.array([0, 0, 1, 2], dtype=np.int32)
    matrix = csr_array(np.array([[1, 0, 0, 1], [0, 1, 1, 0]] * 5, dtype=np.float32))
    factors = fit(matrix, Content.of(embeddings, text_of), Recipe(neighbours=3, rank=3))
    row = {int(product): place for place, product in enumerate(factors.order)}
    weights = factors.weights.toarray()
    assert weights[row[0], row[1]] > 0
    assert weights[row[0], row[1]] > weights[row[0], row[2]]


def test_cold_products_borrow_from_the_nearest_texts() -> None:
    generator = np.random.default_rng(2)
    centres = generator.normal(size=(2, DIMS)).astype(np.float32) * 4
    groups = np.array([0] * 6 + [1] * 6 + [0, 1])
    embeddings = centres[groups] + generator.normal(size=(14, DIMS)).astype(np.float32) * 0.1
    bought = np.zeros((40, 14), dtype=np.float32)
    for shopper in range(40):
        bought[shopper, generator.choice(6, 4, replace=False) + 6 * (shopper % 2)] = 1
    content = Content.of(embeddings, np.arange(14, dtype=np.int32))
    factors = fit(csr_array(bought), content, Recipe(neighbours=10, rank=8, minimum_buyers=3))
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


def test_products_without_text_and_buyers_stay_without_vector() -> None:
    matrix = csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0]], dtype=np.float32))
    factors = fit(matrix, no_content(3), Recipe(rank=2))
    assert factors.warm == len(factors.item_vectors) == 2
    assert factors.order.tolist()[2:] == [2]


def test_nothing_bought_at_all_still_fits() -> None:
    factors = fit(csr_array((0, 5), dtype=np.float32), random_content(5), Recipe())
    assert factors.warm == len(factors.item_vectors) == 0
    assert sorted(factors.order.tolist()) == list(range(5))


def test_mixing_weights_are_the_fourth_power_of_the_cosine() -> None:
    content = random_content(6)
    warm, cold = np.arange(5, dtype=np.int32), np.array([5], dtype=np.int32)
    mixing = borrow(cold, warm, content, lambda count: None).mixing.toarray()[0]
    cosine = np.maximum(content.of_products(warm) @ content.of_products(cold)[0], 0)
    np.testing.assert_allclose(mixing[:5], cosine**4 / (cosine**4).sum(), rtol=1e-4)
    values = csr_array(GENERATOR.random((6, 6)).astype(np.float32))
    largest = mixed_rows(csr_array(mixing[None, :].astype(np.float32)), values, most=2).toarray()[0]
    expected = mixing @ values.toarray()
    assert set(np.flatnonzero(largest)) == set(np.argsort(-np.abs(expected))[:2])


def test_products_that_share_a_text_do_not_crowd_out_other_texts() -> None:
    embeddings = np.random.default_rng(1).normal(size=(3, DIMS)).astype(np.float32)
    text_of = np.array([0] * 50 + [1, 2], dtype=np.int32)
    content = Content.of(embeddings, text_of)
    nearest = NearestProducts(content, np.arange(52, dtype=np.int32), per_text=4)
    products, cosines = nearest.of_text(0, 10)
    assert products.tolist()[:4] == [0, 1, 2, 3]
    assert set(products.tolist()[4:]) == {50, 51}
    assert cosines[0] == pytest.approx(1.0, abs=1e-5)


def test_the_mean_of_the_catalogue_is_taken_out_of_embeddings() -> None:
    embeddings = np.random.default_rng(1).normal(size=(3, DIMS)).astype(np.float32) + 10
    content = Content.of(embeddings, np.array([0, 1, 1, 2, -1], dtype=np.int32))
    vectors = content.of_products(np.arange(5))
    np.testing.assert_allclose(np.linalg.norm(vectors[:4], axis=1), 1, rtol=1e-5)
    assert not vectors[4].any()
    centred = embeddings - embeddings[[0, 1, 1, 2]].mean(axis=0)
    assert vectors[0] @ centred[0] == pytest.approx(float(np.linalg.norm(centred[0])), rel=1e-4)


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
