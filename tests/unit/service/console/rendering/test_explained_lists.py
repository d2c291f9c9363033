"""Lists for pages."""

import json
from typing import cast

from recommender.entities import TermName
from service.console.facts.lists import ConsoleList
from service.console.rendering.explained_lists import SEVERAL_SCALES, explained
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
