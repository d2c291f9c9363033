"""Lists for pages."""

import json
from typing import cast

import pytest

from recommender.entities import TermName
from service.console.facts.lists import ConsoleList
from service.console.rendering.explained_lists import SEVERAL_SCALES, explained
from service.recommendations.names import Scenario
from service.recommendations.responses import ItemView, ReasonView, TermView
from service.snapshots.live import Serving


class ListedProducts:
    """Products of a snapshot, titled by their ids."""

    def unknown(self, _: list[str]) -> list[str]:
        return []

    def document(self, product_id: str) -> bytes:
        return json.dumps({"title": f"Title of {product_id}"}).encode()


def item(product_id: str, *terms: tuple[TermName, float]) -> ItemView:
    views = [TermView(*term) for term in terms]
    score = sum(view.value for view in views)
    return ItemView(product_id, score, ReasonView("popular", "", ()), terms=views)


def test_scores_of_different_kinds_have_bars_and_decimals_of_their_own() -> None:
    items = [
        item("p1", ("factors", 0.2), ("neighbour", 0.1)),
        item("p2", ("neighbour", 0.15)),
        item("p3", ("popularity", 321.0)),
    ]
    listed = [ConsoleList("for-you", "personalised", "1", shown) for shown in (items, items[:2])]
    mixed, plain = explained(cast(Serving, ListedProducts()), listed)
    assert [(each.shown, each.longest) for each in mixed.items] == [
        ("0.300", items[0].score), ("0.150", items[0].score), ("321", 321.0)
    ]  # fmt: skip
    assert (SEVERAL_SCALES in mixed.about, SEVERAL_SCALES in plain.about) == (True, False)


@pytest.mark.parametrize(
    ("scenario", "degraded", "words"),
    [
        ("for-you", (), "popular products, because too little is known"),
        ("for-you", ("catalog", "redis"), "popular products, while data is missing (catalog, redis)"),
        ("popular", (), ""),
    ],
)
def test_popular_products_have_the_cause_for_which_they_stand_in(
    scenario: Scenario, degraded: tuple[str, ...], words: str
) -> None:
    listed = [ConsoleList(scenario, "popular", "1", [])]
    (shown,) = explained(cast(Serving, ListedProducts()), listed, degraded)
    assert shown.strategy == words
