"""Products bought together."""

import numpy as np
import pytest

from recommender.entities import Answer, Query
from recommender.scenarios.bought_together import bought_together
from recommender.snapshot import Snapshot
from recommender.snapshot.alternatives import Likeness
from tests.support.builders.core_requests import STAGES, ids, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

AISLES = ["A", "B"] * 5
JOINED = {0: [(row, 0.1) for row in range(1, 10)]}


def together(snapshot: Snapshot, row: int, query: Query) -> Answer:
    return bought_together(snapshot, unchanged(snapshot), row, query, STAGES)


def test_complements_come_first_and_name_the_share_of_buyers() -> None:
    snapshot = snapshot_of(
        random_weights(10, density=1.0), complements={0: [(4, 3.5, 7), (9, 2.5, 4)]}, buyers=[10] * 10
    )
    answer = together(snapshot, 0, Query(2))
    assert (answer.strategy, ids(answer)) == ("bought-together", ["p4", "p9"])
    first = answer.items[0]
    assert (first.score, first.reason.code, first.reason.because) == (3.5, "bought_together", ("p0",))
    assert first.reason.text == "7 of 10 who bought Product p0 also bought this with it"


@pytest.mark.parametrize(
    ("buyers", "text"),
    [
        (400, "4 of 400 who bought Product p0 also bought this with it"),
        (1790, "Bought together with Product p0 by 4 shoppers"),
    ],
)
def test_reason_names_a_share_of_one_percent_or_more(buyers: int, text: str) -> None:
    snapshot = snapshot_of(random_weights(10), complements={0: [(4, 3.5, 4)]}, buyers=[buyers] * 10)
    assert together(snapshot, 0, Query(1)).items[0].reason.text == text


@pytest.mark.parametrize(("own", "shown"), [(0, ["p1", "p4", "p5"]), (1, ["p1", "p2", "p4"])])
def test_text_takes_as_many_places_as_among_similar_products(own: int, shown: list[str]) -> None:
    snapshot = snapshot_of(
        random_weights(10),
        complements={0: [(1, 3.5, 7), (2, 3.4, 6), (3, 3.3, 6), (4, 2.0, 4), (5, 1.0, 4)]},
        variants=[own, 1, 1, 1, *range(2, 8)],
    )
    assert ids(together(snapshot, 0, Query(3))) == shown


def test_product_with_the_title_of_an_item_is_called_another() -> None:
    snapshot = snapshot_of(
        random_weights(10, density=1.0),
        rank=9,
        categories=AISLES,
        titles=["Cat Food"] * 10,
        complements={0: [(2, 3.5, 7)]},
        companions=JOINED,
        buyers=[10] * 10,
    )
    first, second = together(snapshot, 0, Query(2)).items
    assert first.reason.text == "7 of 10 who bought another Cat Food also bought this with it"
    assert second.reason.text == "Also bought by those who bought another Cat Food"


def test_related_products_of_other_categories_fill_up_a_short_list() -> None:
    weights = random_weights(10, density=1.0)
    complements = {0: [(2, 3.5, 7)]}
    snapshot = snapshot_of(weights, rank=9, categories=AISLES, complements=complements, companions=JOINED)
    answer = together(snapshot, 0, Query(4))
    others = sorted((row for row in range(10) if AISLES[row] == "B"), key=lambda row: -weights[0, row])
    assert answer.strategy == "bought-together"
    assert ids(answer) == ["p2", *(f"p{row}" for row in others[:3])]
    assert [item.reason.code for item in answer.items] == ["bought_together", *["same_shoppers"] * 3]
    assert answer.items[1].reason.text == "Also bought by those who bought Product p0"


def test_category_of_the_whole_shop_leaves_no_related_product_out() -> None:
    snapshot = snapshot_of(
        random_weights(10, density=1.0), rank=9, categories=["Office"] * 10, companions=JOINED
    )
    answer = together(snapshot, 0, Query(4))
    assert answer.strategy == "related"
    assert {item.reason.code for item in answer.items} == {"same_shoppers"}


def test_weakly_related_products_do_not_displace_popular_ones() -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 1:] = [0.001, 0.02, 0.5, 9.0]
    snapshot = snapshot_of(weights, rank=4, categories=list("ABCDA"), buyers=[9, 8, 1, 2, 1])
    answer = together(snapshot, 0, Query(3))
    assert (answer.strategy, ids(answer)) == ("related", ["p3", "p1", "p2"])
    assert [item.score for item in answer.items[1:]] == [8, 1]


def test_broad_category_leaves_no_related_product_out() -> None:
    weights = random_weights(90, density=1.0)
    snapshot = snapshot_of(weights, rank=89, categories=["Gifts"] * 60 + ["Cards"] * 30)
    best = np.argsort(-weights[0], kind="stable")[:4]
    assert ids(together(snapshot, 0, Query(4))) == [f"p{row}" for row in best]
    assert any(row < 60 for row in best)


def test_related_products_without_joint_orders_name_their_likeness_or_demand() -> None:
    snapshot = snapshot_of(
        random_weights(10, density=1.0),
        rank=9,
        categories=AISLES,
        complements={5: [(0, 3.5, 7)]},
        companions={0: [(7, 0.1)]},
        alternatives={0: [(1, 0.9, Likeness.TEXT), (3, 0.8, Likeness.CLOSEST), (5, 0.7, Likeness.BUYERS)]},
    )
    found = {item.product_id: item.reason.code for item in together(snapshot, 0, Query(5)).items}
    assert found == {
        "p1": "similar_to",
        "p3": "popular",
        "p5": "same_shoppers",
        "p7": "same_shoppers",
        "p9": "popular",
    }


def test_strategy_without_complements_is_related_or_popular() -> None:
    known = snapshot_of(random_weights(10, density=1.0), rank=9, categories=AISLES)
    assert together(known, 0, Query(4)).strategy == "related"
    unknown = snapshot_of(random_weights(4), extra=1)
    answer = together(unknown, 4, Query(9))
    assert (answer.strategy, set(ids(answer))) == ("popular", {"p0", "p1", "p2", "p3"})


def test_borrowed_weights_are_no_evidence_of_complements() -> None:
    snapshot = snapshot_of(random_weights(10, density=1.0), rank=9, warm=6, categories=AISLES)
    assert together(snapshot, 8, Query(4)).strategy == "popular"
    assert {"p6", "p7", "p8", "p9"}.isdisjoint(ids(together(snapshot, 0, Query(3))))


def test_new_product_gets_the_complements_of_the_alternative_most_like_it() -> None:
    snapshot = snapshot_of(
        random_weights(6),
        extra=1,
        complements={2: [(4, 3.5, 7)]},
        alternatives={6: [(1, 0.9, Likeness.TEXT), (2, 0.8, Likeness.TEXT)]},
    )
    first = together(snapshot, 6, Query(2)).items[0]
    assert (first.product_id, first.reason.code, first.reason.because) == ("p4", "bought_together", ("p2",))


def test_related_products_of_the_trend_name_the_demand() -> None:
    snapshot = snapshot_of(
        random_weights(10, density=1.0),
        rank=9,
        categories=AISLES,
        companions=JOINED,
        trend=[4.0 if row == 3 else 1.0 for row in range(10)],
        trending=[4.2 if row == 3 else 0.0 for row in range(10)],
    )
    found = {item.product_id: item.reason.code for item in together(snapshot, 0, Query(3)).items}
    assert found.pop("p3") == "trending"
    assert set(found.values()) == {"same_shoppers"}
