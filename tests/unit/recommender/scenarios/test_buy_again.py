"""Repeat purchases that are due."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.entities import (
    Answer,
    Filters,
    Interaction,
    Preferences,
    Profile,
    Query,
)
from recommender.scenarios.buy_again import buy_again
from tests.support.builders.core_requests import DAY, STAGES, ids, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOW = 20_000 * DAY + DAY / 2


def shopper(**days_ago: list[float]) -> Profile:
    """A shopper who bought each product so many days ago."""
    return Profile(
        "u",
        tuple(Interaction(name, NOW - ago * DAY) for name, all_ago in days_ago.items() for ago in all_ago),
    )


def due(profile: Profile, intervals: list[float] | None = None, query: Query | None = None) -> Answer:
    snapshot = snapshot_of(random_weights(5), intervals=intervals or [np.nan] * 5)
    return buy_again(snapshot, unchanged(snapshot), profile, query or Query(5), NOW, STAGES)


def test_due_products_are_listed_most_overdue_first() -> None:
    profile = shopper(p0=[10, 20, 30], p1=[29, 39, 49], p2=[6.9, 16.9, 26.9], p3=[31, 41, 51], p4=[8, 18, 28])
    answer = due(profile)
    assert (answer.strategy, ids(answer)) == ("buy-again", ["p1", "p0", "p4"])
    assert [round(item.score, 4) for item in answer.items] == [2.9, 1.0, 0.8]
    assert answer.items[1].reason.code == "due_again"
    assert answer.items[1].reason.because == ("p0",)
    assert answer.items[1].reason.text == "You buy this about every 10 days, the last time 10 days ago"


@pytest.mark.parametrize(("ago", "listed"), [(6.99, False), (7.01, True), (29.99, True), (30.01, False)])
def test_products_are_due_from_seven_tenths_to_three_intervals(ago: float, listed: bool) -> None:
    assert bool(due(shopper(p0=[ago, ago + 10, ago + 20])).items) is listed


def test_products_median_applies_until_own_intervals_are_known() -> None:
    usual = [5.0, 5.0, np.nan, np.nan, 5.0]
    answer = due(shopper(p0=[6], p1=[6, 46], p2=[30, 60], p3=[6], p4=[6, 46, 86]), usual)
    assert ids(answer) == ["p1", "p0", "p2"]
    text = "Usually bought again after 5 days; you bought it 6 days ago"
    assert answer.items[0].reason.text == text
    assert answer.items[2].score == pytest.approx(1.0)


def test_more_frequent_of_two_equally_due_products_comes_first() -> None:
    assert ids(due(shopper(p0=[10, 20, 30], p1=[10, 20, 30, 40]))) == ["p1", "p0"]


@pytest.mark.parametrize("strict", [True, False])
def test_hidden_products_are_not_due(strict: bool) -> None:
    profile = shopper(p0=[10, 20, 30], p1=[10, 20, 30], p2=[10, 20, 30])
    hidden = replace(
        profile,
        interactions=(*profile.interactions, Interaction("p0", NOW, "hide")),
        preferences=Preferences(hidden_products=("p1",)),
    )
    query = Query(5, Filters(brands=() if strict else ("x",)), strict_filtering=strict)
    assert ids(due(hidden, query=query)) == ["p2"]


def test_list_is_empty_if_nothing_is_due() -> None:
    assert due(Profile("stranger")) == Answer("buy-again", ())
    assert due(shopper(p0=[1, 11, 21], gone=[10, 20, 30])).items == ()
    topped = due(shopper(p0=[10, 20, 30]), query=Query(5, Filters(brands=("x",)), strict_filtering=False))
    assert [(item.product_id, item.outside_filters) for item in topped.items] == [("p0", True)]
