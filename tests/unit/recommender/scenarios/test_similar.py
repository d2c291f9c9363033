"""Similar products: alternatives from the snapshot, then popular ones."""

import pytest

from recommender.entities import Filters, Query
from recommender.product_ids import short_hash
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.similar import similar
from recommender.snapshot.alternatives import Likeness
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_alternatives_come_first_and_say_how_they_are_alike() -> None:
    snapshot = snapshot_of(
        random_weights(9),
        categories=["Shop"] * 8 + ["Toys"],
        alternatives={4: [(8, 0.9, Likeness.BUYERS), (1, 0.8, Likeness.TEXT), (7, 0.1, 0), (2, 0, 3)]},
    )
    answer = similar(snapshot, unchanged(snapshot), 4, Query(6), STAGES)
    assert answer.strategy == "similar"
    assert [(item.product_id, item.reason.text) for item in answer.items] == [
        ("p8", "Often bought instead of Product p4"),
        ("p1", "Similar to Product p4"),
        ("p7", "Same category as Product p4"),
        ("p2", "Among the closest to Product p4"),
        ("p0", "Same category as Product p4"),
        ("p3", "Same category as Product p4"),
    ]
    assert {item.reason.because for item in answer.items} == {("p4",)}


def test_product_with_the_title_of_an_item_is_called_another() -> None:
    titles = ["Rye Bread", "Rye Bread", "Wheat Bread", "Rye Bread", "", ""]
    snapshot = snapshot_of(
        random_weights(6),
        titles=titles,
        categories=["Bread"] * 5 + ["Toys"],
        alternatives={0: [(1, 0.9, Likeness.BUYERS), (2, 0.8, Likeness.TEXT)], 4: [(5, 0.9, Likeness.TEXT)]},
    )

    def texts(row: int) -> list[str]:
        answer = similar(snapshot, unchanged(snapshot), row, Query(3), STAGES)
        return [item.reason.text for item in answer.items]

    assert texts(0) == [
        "Often bought instead of another Rye Bread",
        "Similar to Rye Bread",
        "Same category as another Rye Bread",
    ]
    assert texts(4)[0] == "Similar to another product"


def test_page_is_not_filled_by_one_text() -> None:
    snapshot = snapshot_of(
        random_weights(20),
        variants=[9] * 6 + [7] * 6 + list(range(10, 18)),
        alternatives={0: [(row, 1 - row / 99, 1) for row in range(1, 20)]},
    )
    answer = similar(snapshot, unchanged(snapshot), 0, Query(10), STAGES)
    rows = [int(item.product_id[1:]) for item in answer.items]
    assert rows == [1, 2, 3, 4, 5, 6, 7, 8, 12, 13]


@pytest.mark.parametrize(("model", "rows"), [(7, [1, 2, 5, 6, 7]), (9, [1, 2, 3, 4, 5])])
def test_page_has_two_colors_of_another_model_and_all_own_ones(model: int, rows: list[int]) -> None:
    around: list[tuple[int, float, int]] = [(row, 1 - row / 99, 1) for row in range(1, 8)]
    snapshot = snapshot_of(
        random_weights(8),
        variants=list(range(8)),
        models=[model, *[9] * 4, *[-1] * 3],
        alternatives={0: around},
        complements={0: [(row, score, 9) for row, score, _ in around]},
    )
    for ask in (similar, bought_together):
        answer = ask(snapshot, unchanged(snapshot), 0, Query(5), STAGES)
        assert [int(item.product_id[1:]) for item in answer.items] == rows


def test_product_without_a_vector_gets_popular_products() -> None:
    snapshot = snapshot_of(random_weights(5), extra=1)
    answer = similar(snapshot, unchanged(snapshot), 5, Query(3), STAGES)
    assert answer.strategy == "popular"
    assert len(answer.items) == 3


def test_popular_products_of_the_own_category_come_first() -> None:
    snapshot = snapshot_of(random_weights(5), extra=3, categories=["Garden"] * 5 + ["Food", "Food", "Garden"])
    answer = similar(snapshot, unchanged(snapshot), 5, Query(3), STAGES)
    assert [item.product_id for item in answer.items] == ["p6", "p0", "p1"]
    assert [item.reason.code for item in answer.items] == ["same_category", "popular", "popular"]


@pytest.mark.parametrize("limit", [1, 2, 7, 40])
@pytest.mark.parametrize("row", [0, 31])
def test_pages_around_a_product_cover_every_match(row: int, limit: int) -> None:
    shelves = [f"Shelf {number % 4}" for number in range(36)]
    snapshot = snapshot_of(
        random_weights(30, density=0.1),
        extra=6,
        categories=shelves,
        brands=["A", "B", "B"] * 12,
        alternatives={0: [(row, 1 / row, 1) for row in range(1, 20)]},
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
