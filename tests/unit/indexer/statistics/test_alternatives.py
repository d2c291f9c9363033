"""Alternatives in small shops whose right lists are obvious."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization.content import Content
from indexer.statistics.alternatives import MAX_OF_TEXT, TEXT_WEIGHT, AlternativeInputs, find_alternatives
from recommender.snapshot.alternatives import Alternatives, Likeness

SHAMPOOS = [
    "herbal shampoo dry hair",
    "herbal shampoo oily hair",
    "anti dandruff shampoo",
    "baby shampoo mild",
]
PASTA = ["canned pasta rings", "canned pasta shells", "pasta penne", "pasta spaghetti", "pasta fusilli"]


def find(
    texts: Sequence[str],
    categories: Sequence[str],
    baskets: Sequence[Sequence[int]],
    *,
    prices: Sequence[float] | None = None,
    weights: csr_array | None = None,
    wanted: Sequence[int] | None = None,
    cells_at_once: int = 1 << 22,
    text_weight: float = TEXT_WEIGHT,
) -> Alternatives:
    """Alternatives of products with bag-of-words vectors. Each basket is one shopper's."""
    words = sorted({word for text in texts for word in text.split()})
    embeddings = np.array([[text.split().count(word) for word in words] for text in texts], dtype=np.float32)
    embeddings = embeddings.reshape(len(texts), len(words))
    numbers = np.array([texts.index(text) if text else -1 for text in texts], dtype=np.int32)
    names = sorted(set(categories) - {""})
    bought = np.zeros((len(baskets), len(texts)), dtype=np.float32)
    for shopper, basket in enumerate(baskets):
        bought[shopper, list(basket)] = 1
    return find_alternatives(
        AlternativeInputs(
            np.array([names.index(name) if name else -1 for name in categories], dtype=np.int32),
            np.array(prices or [np.nan] * len(texts)),
            csr_array(bought),
            Content.of(embeddings, numbers),
            np.arange(len(texts), dtype=np.int32),
            csr_array((len(texts), len(texts)), dtype=np.float32) if weights is None else weights,
            None if wanted is None else np.array(wanted, dtype=np.int32),
            text_weight,
        ),
        cells_at_once,
    )


def of(found: Alternatives, row: int) -> tuple[list[int], list[int]]:
    """Rows and kinds of one product."""
    places = found.places(row)
    return found.rows[places].tolist(), found.kinds[places].tolist()


def test_shampoo_is_replaced_by_shampoo_though_pasta_shares_its_baskets() -> None:
    baskets = [*[[0, 4, 5, 6]] * 30, *[[0, 2, 4]] * 4]
    found = find(SHAMPOOS + PASTA, ["Care"] * 4 + ["Pantry"] * 5, baskets)
    rows, kinds = of(found, 0)
    assert rows[:3] == [2, 1, 3]
    assert kinds[:3] == [Likeness.BUYERS, Likeness.TEXT, Likeness.CATEGORY]
    scores = found.scores[found.places(0)]
    assert (np.diff(scores) <= 0).all()


def test_texts_decide_with_a_large_weight() -> None:
    baskets = [*[[0, 4, 5, 6]] * 30, *[[0, 2, 4]] * 4]
    found = find(SHAMPOOS + PASTA, ["Care"] * 4 + ["Pantry"] * 5, baskets, text_weight=5.0)
    assert of(found, 0)[0][0] == 1


@pytest.mark.parametrize(("buyers", "first"), [(1, [1, 2, 3]), (9, [3, 1, 2])])
def test_single_shared_buyer_weighs_less_than_a_twin(buyers: int, first: list[int]) -> None:
    twins = [f"light touring bike with aluminum frame size {size}" for size in (44, 54, 62)]
    found = find([*twins, "racing bike", *PASTA], ["Bikes"] * 4 + ["Pantry"] * 5, [[0, 3]] * buyers)
    assert of(found, 0)[0][:3] == first


def test_best_seller_of_a_category_does_not_lead_every_list() -> None:
    baskets = [*[[3]] * 400, *[[0, 3]] * 6, *[[0, 2]] * 5, [2]]
    assert of(find([""] * 6, ["Care"] * 4 + ["Pantry"] * 2, baskets), 0)[0] == [2, 3, 1]


def test_price_orders_products_that_are_alike_otherwise() -> None:
    prices = [10.0, 30.0, np.nan, 11.0, 0.0, 10.0]
    assert of(find([""] * 6, ["Care"] * 5 + ["Pantry"], [], prices=prices), 0)[0][:4] == [3, 1, 2, 4]


def test_unsold_products_without_a_category_find_each_other_by_text() -> None:
    texts = [f"{kind} drill" for kind in ("cordless", "hammer", "impact", "bench", "rotary")] + PASTA
    found = find(texts, [""] * 10, [[5, 6], [6, 7], [5, 9]] * 9)
    for row in range(5):
        assert set(of(found, row)[0][:4]) == set(range(5)) - {row}


def test_without_categories_purchases_and_prices_choose_among_alike_texts() -> None:
    texts = ["red mug", "blue mug", "green mug", "white mug", *(f"{word} {word}s" for word in "abcdefghij")]
    weights = np.zeros((14, 14), dtype=np.float32)
    weights[0, 3], weights[0, 4] = 0.2, 0.1
    prices = [5.0, 9.0, *[5.0] * 12]
    rows, kinds = of(find(texts, [""] * 14, [], prices=prices, weights=csr_array(weights)), 0)
    assert rows == [3, 2, 1]  # product 4 is bought with it a little, and unlike it
    assert kinds[-1] == Likeness.CLOSEST


def test_small_category_is_followed_by_the_closest_products_of_others() -> None:
    found = find([*SHAMPOOS, *PASTA, "shampoo travel size"], ["Care"] * 4 + ["Pantry"] * 5 + ["Travel"], [])
    assert set(of(found, 0)[0][:3]) == {1, 2, 3}
    assert of(found, 0)[0][3] == 9
    assert set(of(found, 9)[0]) == {0, 1, 2, 3}


@pytest.mark.parametrize("alike", [12, 300])
def test_list_is_not_filled_by_one_text(alike: int) -> None:
    others = ["pasta", *(f"rice {number}" for number in range(alike))]
    categories = ["Dairy"] * (alike + 1) + ["Pantry"] * len(others)
    found = find(["yogurt"] * alike + ["quark", *others], categories, [], wanted=[0])
    assert of(found, 0)[0][MAX_OF_TEXT] == alike
    assert len(of(found, 0)[0]) == MAX_OF_TEXT + 1


def test_category_of_nearly_all_products_does_not_choose() -> None:
    baskets = [[0, 4, 5, 6]] * 30
    for others in ([], ["Care"]):
        found = find(SHAMPOOS + PASTA * 2, ["Office"] * (14 - len(others)) + others, baskets)
        rows, kinds = of(found, 0)
        assert set(rows[:3]) == {1, 2, 3}
        assert Likeness.CATEGORY not in kinds
    found = find(SHAMPOOS + PASTA * 2, ["Office"] * 12 + ["Care"] * 2, baskets)
    assert set(of(found, 0)[0][:3]) == {4, 5, 6}  # six of seven products are not nearly all


@pytest.mark.parametrize("count", [0, 1])
def test_shops_without_alternatives_have_empty_lists(count: int) -> None:
    found = find(["a"] * count, ["A"] * count, [])
    assert (found.indptr.tolist(), len(found.rows)) == ([0] * (count + 1), 0)


def test_blocks_of_a_large_category_equal_the_whole() -> None:
    generator = np.random.default_rng(3)
    baskets = [np.flatnonzero(generator.random(40) < 0.2).tolist() for _ in range(50)]
    whole = find([""] * 40, ["Care"] * 40, baskets)
    in_blocks = find([""] * 40, ["Care"] * 40, baskets, cells_at_once=100)
    np.testing.assert_array_equal(whole.rows, in_blocks.rows)


def test_only_wanted_products_get_alternatives() -> None:
    texts, categories = SHAMPOOS + PASTA, ["Care"] * 4 + [""] * 5
    every, some = find(texts, categories, []), find(texts, categories, [], wanted=[1, 6])
    assert [row for row in range(9) if of(some, row)[0]] == [1, 6]
    for row in (1, 6):
        assert sorted(of(some, row)[0]) == sorted(of(every, row)[0])


def test_views_do_not_count_and_stay_in_the_matrix() -> None:
    views = csr_array(np.array([[1, 0.2, 1, 0], [0.2, 1, 0.2, 0]], dtype=np.float32))
    before = views.copy()
    inputs = AlternativeInputs(
        np.array([0, 0, 0, 1], dtype=np.int32),
        np.full(4, np.nan),
        views,
        Content.of(np.eye(4, dtype=np.float32), np.arange(4, dtype=np.int32)),
        np.arange(4, dtype=np.int32),
        csr_array((4, 4), dtype=np.float32),
    )
    assert of(find_alternatives(inputs), 0)[0] == [2, 1]
    for changed, kept in (
        (views.data, before.data),
        (views.indices, before.indices),
        (views.indptr, before.indptr),
    ):
        np.testing.assert_array_equal(changed, kept)
