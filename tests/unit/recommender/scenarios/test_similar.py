"""Similar products, against scores computed by hand from the weights."""

import pytest

from recommender.entities import Filters, Query
from recommender.product_ids import short_hash
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.similar import similar
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_similar_products_exclude_the_product_itself() -> None:
    weights = random_weights(30, density=1.0)
    snapshot = snapshot_of(weights, rank=3)
    answer = similar(snapshot, unchanged(snapshot), 4, Query(5), STAGES)
    assert answer.strategy == "similar"
    best = sorted(set(range(30)) - {4}, key=lambda row: -weights[4, row])[:5]
    assert [item.product_id for item in answer.items] == [f"p{row}" for row in best]
    assert answer.items[0].reason.text == "Similar to Product p4"
    assert answer.items[0].reason.because == ("p4",)


def test_product_without_a_vector_gets_popular_products() -> None:
    snapshot = snapshot_of(random_weights(5), extra=1)
    answer = similar(snapshot, unchanged(snapshot), 5, Query(3), STAGES)
    assert answer.strategy == "popular"
    assert len(answer.items) == 3


def test_popular_products_of_the_own_category_come_first() -> None:
    snapshot = snapshot_of(random_weights(5), extra=3, categories=["Garden"] * 5 + ["Food", "Food", "Garden"])
    answer = similar(snapshot, unchanged(snapshot), 5, Query(3), STAGES)
    assert [item.product_id for item in answer.items] == ["p6", "p0", "p1"]


@pytest.mark.parametrize("limit", [1, 2, 7, 40])
@pytest.mark.parametrize("row", [0, 31])
def test_pages_around_a_product_cover_every_match(row: int, limit: int) -> None:
    shelves = [f"Shelf {number % 4}" for number in range(36)]
    snapshot = snapshot_of(
        random_weights(30, density=0.1), extra=6, categories=shelves, brands=["A", "B", "B"] * 12
    )
    matching = {f"p{number}" for number in range(36) if number % 3 and number != row}
    for ask in (similar, bought_together):
        found: list[str] = []
        more = True
        while more:
            query = Query(limit, Filters(brands=("B",)), shown=tuple(map(short_hash, found)))
            answer = ask(snapshot, unchanged(snapshot), row, query, STAGES)
            assert answer.items
            found += [item.product_id for item in answer.items]
            more = answer.more
        assert len(found) == len(set(found))
        assert set(found) == matching
