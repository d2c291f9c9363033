"""Dense and sparse G against the full G."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Recipe, fit
from indexer.factorization.content import Content
from indexer.factorization.fit import item_weights
from indexer.factorization.gram import DenseGram, Gram, GramLimits, GramScale, product_counts
from indexer.factorization.sparse_gram import SparseGram
from tests.support.builders.evaluations.evaluation_tasks import no_progress

SHOPPERS, PRODUCTS, DIMS = 60, 25, 8
WARM = np.random.default_rng(9).permutation(PRODUCTS)[:21].astype(np.int32)
TEXT_WEIGHT = 2.5
LEVELS = {"binary": [1.0], "browsed too": [1.0, 0.5, 0.25]}


def matrix_of(levels: list[float], density: float = 0.3) -> csr_array:
    generator = np.random.default_rng(3)
    values = generator.choice(levels, size=(SHOPPERS, PRODUCTS))
    return csr_array((values * (generator.random((SHOPPERS, PRODUCTS)) < density)).astype(np.float32))


def random_content() -> Content:
    """Texts of which two are shared, and one product without text."""
    embeddings = np.random.default_rng(5).normal(size=(PRODUCTS - 3, DIMS)).astype(np.float32)
    return Content.of(embeddings, np.array([*range(PRODUCTS - 3), 0, 1, -1], dtype=np.int32))


def no_content() -> Content:
    return Content.of(np.empty((0, DIMS), np.float32), np.full(PRODUCTS, -1, dtype=np.int32))


def dense_gram(matrix: csr_array, content: Content, text_weight: float) -> NDArray[np.float64]:
    x = matrix.toarray().astype(np.float64)
    vectors = content.of_products(np.arange(PRODUCTS)).astype(np.float64)
    gram: NDArray[np.float64] = x.T @ x + text_weight * np.maximum(vectors @ vectors.T, 0) ** 2
    return gram


def both(matrix: csr_array, content: Content) -> dict[str, Gram]:
    scale = GramScale(product_counts(matrix), TEXT_WEIGHT)
    return {
        "dense": DenseGram(matrix, WARM, content, scale, no_progress, block=8),
        "sparse": SparseGram(matrix, WARM, content, scale, block=8),
    }


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("content", [random_content(), no_content()], ids=["with text", "without text"])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_submatrices_equal_those_of_the_full_gram(kind: str, content: Content, levels: list[float]) -> None:
    matrix = matrix_of(levels)
    gram = both(matrix, content)[kind]
    expected = dense_gram(matrix, content, TEXT_WEIGHT)
    for products in (WARM, WARM[[4, 0, 19, 7]], WARM[:1]):
        found = gram.submatrix(products)
        assert found.flags.f_contiguous  # required by LAPACK
        lower = np.tril(expected[np.ix_(products, products)])
        np.testing.assert_allclose(np.tril(found), lower, rtol=1e-5, atol=1e-5)
        found[:] = -1  # the caller may modify it
        np.testing.assert_allclose(np.tril(gram.submatrix(products)), lower, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("content", [random_content(), no_content()], ids=["with text", "without text"])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("count", [1, 12, 20, 100])
def test_neighbourhoods_have_the_largest_cosines(
    count: int, kind: str, content: Content, levels: list[float]
) -> None:
    matrix = matrix_of(levels, 0.5)
    expected = dense_gram(matrix, content, TEXT_WEIGHT)
    cosines = expected / np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    advanced: list[int] = []
    found = list(both(matrix, content)[kind].neighbourhoods(count, advanced.append))
    assert sorted(product for product, _ in found) == sorted(WARM.tolist())
    assert sum(advanced) == len(WARM)
    for product, neighbours in found:
        assert neighbours.tolist() == sorted(set(neighbours.tolist()))
        assert product not in neighbours
        assert set(neighbours.tolist()) <= set(WARM.tolist())
        # Compares cosines, because products with equal cosines are interchangeable.
        others = np.array([other for other in WARM if other != product and cosines[product, other] > 1e-12])
        best = np.sort(cosines[product, others])[::-1][:count]
        if kind == "dense" or count > 1:  # the preselection by purchases may miss the single best
            np.testing.assert_allclose(np.sort(cosines[product, neighbours])[::-1], best, rtol=1e-4)
        assert len(neighbours) == len(best)


def both_grams(matrix: csr_array, content: Content) -> list[Gram]:
    """G of all products with texts of weight 1, dense and sparse."""
    scale = GramScale(product_counts(matrix), 1.0)
    warm = np.arange(matrix.shape[1], dtype=np.int32)
    return [DenseGram(matrix, warm, content, scale, no_progress), SparseGram(matrix, warm, content, scale)]


def test_unrelated_products_are_no_neighbours() -> None:
    matrix = csr_array(np.kron(np.eye(2), np.ones((4, 3))).astype(np.float32))
    content = Content.of(np.empty((0, DIMS), np.float32), np.full(6, -1, dtype=np.int32))
    for gram in both_grams(matrix, content):
        found = {product: rows.tolist() for product, rows in gram.neighbourhoods(9, no_progress)}
        assert found == {0: [1, 2], 1: [0, 2], 2: [0, 1], 3: [4, 5], 4: [3, 5], 5: [3, 4]}


@pytest.mark.parametrize("count", [2, 9])
def test_opposite_texts_relate_no_products(count: int) -> None:
    """Centered texts of one subject oppose those of the other."""
    subjects = np.array([[1.0, 0.2], [1.0, -0.2], [-1.0, 0.2], [-1.0, -0.2]], dtype=np.float32)
    content = Content.of(subjects, np.arange(4, dtype=np.int32))
    matrix = csr_array(np.eye(4, dtype=np.float32))
    for gram in both_grams(matrix, content):
        found = {product: rows.tolist() for product, rows in gram.neighbourhoods(count, no_progress)}
        assert found == {0: [1], 1: [0], 2: [3], 3: [2]}
        assert not np.tril(gram.submatrix(np.arange(4)))[2:, :2].any()


def test_texts_of_another_subject_give_no_weight() -> None:
    subjects = np.array([[1.0, 0.2], [1.0, -0.2], [-1.0, 0.2], [-1.0, -0.2]], dtype=np.float32)
    content = Content.of(subjects, np.arange(4, dtype=np.int32))
    bought = np.array([[1, 1, 0, 0]] * 3 + [[0, 0, 1, 0]] * 3, dtype=np.float32)
    factors = fit(csr_array(bought), content, np.ones(4, dtype=np.float32), Recipe(minimum_buyers=2))
    subject = factors.order // 2
    other = subject[:, None] != subject
    np.testing.assert_array_equal(factors.weights.toarray()[other], 0)
    assert (factors.weights.toarray()[~other] > 0).any()


def test_dense_gram_groups_related_products() -> None:
    aisles = 4
    shoppers = [
        [product for product in range(12) if product % aisles == shopper] for shopper in range(aisles)
    ] * 3
    matrix = np.zeros((len(shoppers), 12), dtype=np.float32)
    for shopper, bought in enumerate(shoppers):
        matrix[shopper, bought] = 1
    content = Content.of(np.empty((0, DIMS), np.float32), np.full(12, -1, dtype=np.int32))
    scale = GramScale(product_counts(csr_array(matrix)), 1.0)
    gram = DenseGram(csr_array(matrix), np.arange(12, dtype=np.int32), content, scale, no_progress)
    order = [product % aisles for product, _ in gram.neighbourhoods(2, no_progress)]
    assert sum(one != other for one, other in pairwise(order)) == aisles - 1


def test_submatrices_do_not_depend_on_blocks_of_shoppers() -> None:
    matrix, content = matrix_of([1.0, 0.5]), random_content()
    scale = GramScale(product_counts(matrix), TEXT_WEIGHT)
    gram = SparseGram(matrix, WARM, content, scale, shoppers_at_once=7)
    expected = dense_gram(matrix, content, TEXT_WEIGHT)[np.ix_(WARM, WARM)]
    np.testing.assert_allclose(np.tril(gram.submatrix(WARM)), np.tril(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("idle", [0, 60_000], ids=["a table of shoppers", "many shoppers"])
def test_shoppers_of_one_product_count_on_the_diagonal(idle: int) -> None:
    bought = np.zeros((40, PRODUCTS), dtype=np.float32)
    bought[np.arange(40), np.arange(40) % PRODUCTS] = 1  # every shopper has one product
    bought[:6, :4] = 0.5
    matrix = csr_array(np.vstack([bought, np.zeros((idle, PRODUCTS), np.float32)]))
    gram = SparseGram(matrix, WARM, no_content(), GramScale(product_counts(matrix), TEXT_WEIGHT))
    expected = (bought.T @ bought)[np.ix_(WARM, WARM)]
    np.testing.assert_allclose(np.tril(gram.submatrix(WARM)), np.tril(expected), rtol=1e-6)


def test_counts_and_diagonal_equal_those_of_the_full_gram() -> None:
    matrix, content = matrix_of([1.0, 0.5]), random_content()
    np.testing.assert_allclose(product_counts(matrix), (matrix.toarray() ** 2).sum(axis=0), rtol=1e-6)
    scale = GramScale(product_counts(matrix), TEXT_WEIGHT)
    expected = np.diag(dense_gram(matrix, content, TEXT_WEIGHT))
    np.testing.assert_allclose(scale.diagonal(content), expected, rtol=1e-5)


@pytest.mark.parametrize("content", [random_content(), no_content()], ids=["with text", "without text"])
@pytest.mark.parametrize(
    "dense_products", [0, PRODUCTS - 1, PRODUCTS], ids=["sparse", "just too many", "dense"]
)
@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
def test_all_products_as_neighbours_give_the_closed_form(
    levels: list[float], dense_products: int, content: Content
) -> None:
    """The closed form is EASE.

    B = I − P diag(P)⁻¹ with P = (G + λ m I)⁻¹
    """
    matrix = matrix_of(levels, 0.7)  # dense enough that every pair was bought together
    recipe = Recipe(text_weight=0.4, ridge=6.0, neighbours=PRODUCTS, rank=PRODUCTS, minimum_buyers=1)
    trend, limits = np.ones(PRODUCTS, dtype=np.float32), GramLimits(dense_products)
    factors = fit(matrix, content, trend, recipe, limits=limits)
    mean = float(product_counts(matrix).mean())
    gram = dense_gram(matrix, content, 0.4 * mean)
    inverse = np.linalg.inv(gram + 6.0 * mean * np.eye(PRODUCTS))
    expected = (np.eye(PRODUCTS) - inverse / np.diag(inverse))[np.ix_(factors.order, factors.order)]
    np.testing.assert_allclose(factors.weights.toarray(), expected, atol=2e-5)


def test_few_products_are_fitted_over_more_neighbours() -> None:
    matrix, content = matrix_of([1.0], 0.5), random_content()
    warm = np.arange(PRODUCTS, dtype=np.int32)

    def neighbours(recipe: Recipe, dense_products: int) -> set[int]:
        limits = GramLimits(dense_products, dense_neighbours=6, sparse_neighbours=4)
        weights, _ = item_weights(matrix, warm, content, recipe, limits)
        return set(np.bincount(weights.indices, minlength=PRODUCTS).tolist())

    assert neighbours(Recipe(), PRODUCTS) == {6}
    assert neighbours(Recipe(neighbours=9), PRODUCTS) == {9}
    assert neighbours(Recipe(), PRODUCTS - 1) == {4}
    assert neighbours(Recipe(neighbours=9), PRODUCTS - 1) == {9}
    assert GramLimits() == GramLimits(16_384, 200, 100)


def test_product_without_purchases_and_text_has_no_neighbours() -> None:
    matrix = csr_array(np.zeros((4, 3), dtype=np.float32))
    content = Content.of(np.empty((0, DIMS), np.float32), np.full(3, -1, dtype=np.int32))
    scale = GramScale(product_counts(matrix), 1.0)
    gram = DenseGram(matrix, np.arange(3, dtype=np.int32), content, scale, no_progress)
    assert [rows.tolist() for _, rows in gram.neighbourhoods(2, no_progress)] == [[], [], []]
