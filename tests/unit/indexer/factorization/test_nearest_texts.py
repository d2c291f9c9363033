"""Products with the nearest texts, by Annoy and by exact search."""

import numpy as np
import pytest

from indexer.factorization.content import Content
from indexer.factorization.nearest_texts import NearestProducts
from tests.support.builders.shops.random_purchases import DIMS, random_content


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
