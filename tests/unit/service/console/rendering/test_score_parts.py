"""Scores and their parts as text."""

import pytest

from recommender.entities import TermName
from service.console.facts.product_lines import ProductLine
from service.console.rendering.score_parts import contributions, date_of, decimals_of, score_text, terms
from service.recommendations.responses import ContributionView, ItemView, ReasonView, TermView


def item(score: float, *values: tuple[TermName, float]) -> ItemView:
    shown = [TermView(*value) for value in values]
    return ItemView("p1", score, ReasonView("popular", "", ()), terms=shown)


@pytest.mark.parametrize(
    ("scores", "decimals"),
    [
        ([0.0349, 0.027], 4),
        ([1.77, 0.377], 2),
        ([150.0, 88.0], 0),
        ([123.4, 1.5], 0),
        ([1e-12], 6),
        ([0.0], 0),
        ([], 0),
    ],
)
def test_largest_score_of_a_list_has_three_digits(scores: list[float], decimals: int) -> None:
    assert decimals_of(scores) == decimals


def test_scores_of_a_list_have_equal_decimals() -> None:
    assert [score_text(score, 4) for score in (0.0349, 0.027, -0.001)] == ["0.0349", "0.0270", "−0.0010"]
    assert (score_text(1500, 0), score_text(-0.0004, 2)) == ("1,500", "0.00")


def test_terms_that_sum_to_the_score_have_its_decimals_and_shares() -> None:
    shown = terms(item(0.0349, ("factors", 0.0268), ("neighbour", 0.0081)), 4)
    assert [(part.shown, part.share) for part in shown] == [("0.0268", 77), ("0.0081", 23)]
    other = terms(item(0.5, ("trend", 1.2), ("popularity", 88.0)), 2)
    assert [(part.shown, part.share) for part in other] == [("1.20", None), ("88", None)]


def test_products_of_one_name_are_told_apart() -> None:
    names = {"p1": "Cheese", "p2": "Cheese", "p3": "Bread", "p4": "Milk", "p5": "Milk"}
    lines = {product_id: ProductLine(product_id, name) for product_id, name in names.items()}
    values = [ContributionView(0.1, product_id) for product_id in ("p2", "p3", "p4", "p5", None)]
    explained = ItemView("p1", 0.5, ReasonView("popular", "", ()), contributions=values)
    labels = [part.label for part in contributions(explained, lines, 2)]
    assert labels == ["Cheese #p2", "Bread", "Milk #p4", "Milk #p5", "All other products"]
    itself = ItemView("p1", 0.5, ReasonView("popular", "", ()), contributions=[ContributionView(0.5, "p1")])
    assert [part.label for part in contributions(itself, lines, 2)] == ["Cheese"]


def test_list_by_date_shows_days_instead_of_scores() -> None:
    newest = item(2e9, ("created_at", 1e9), ("preferred_category", 1e9))
    assert date_of(newest) == 1e9
    assert [(part.shown, part.value, part.share) for part in terms(newest, 0)] == [
        ("9 Sep 2001", 0.0, None),
        ("comes first", 0.0, None),
    ]
    assert date_of(item(0.5, ("trend", 1.2))) is None
