"""Repeat purchases that are due."""

from dataclasses import replace
from typing import Unpack

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
from tests.support.builders.small_snapshots import Given, random_weights, snapshot_of

NOW = 20_000 * DAY + DAY / 2


def shopper(**days_ago: list[float]) -> Profile:
    """A shopper who bought each product so many days ago."""
    return Profile(
        "u",
        tuple(Interaction(name, NOW - ago * DAY) for name, all_ago in days_ago.items() for ago in all_ago),
    )


def due(profile: Profile, query: Query | None = None, **given: Unpack[Given]) -> Answer:
    snapshot = snapshot_of(random_weights(5), **given)
    return buy_again(snapshot, unchanged(snapshot), profile, query or Query(5), STAGES, now=NOW)


def test_product_bought_often_and_lately_comes_first() -> None:
    profile = shopper(p0=[300, 310, 320], p1=[8, 18, 28], p2=[8, 18], p3=[100], p4=[38, 48, 58])
    answer = due(profile)
    assert (answer.strategy, ids(answer)) == ("buy-again", ["p1", "p4", "p2", "p3", "p0"])
    assert answer.items[0].score == pytest.approx(0.5**0.5 * (1 + 0.5 ** (10 / 60) + 0.5 ** (20 / 60)))
    assert answer.items[0].reason.code == "due_again"
    assert answer.items[0].reason.because == ("p1",)


def test_product_that_others_buy_again_comes_first() -> None:
    assert ids(due(shopper(p0=[9], p1=[10], p2=[8]), repeat_rates=[0.01, 0.6, 0.0, 0.5, 0.5])) == ["p1", "p0"]


@pytest.mark.parametrize(
    ("ago", "interval", "listed"),
    [(0.6, np.nan, True), (0.4, np.nan, False), (0.6, 30.0, False), (1.6, 30.0, True), (1.4, 30.0, False)],
)
def test_product_that_was_just_bought_is_not_due(ago: float, interval: float, listed: bool) -> None:
    assert bool(due(shopper(p0=[ago]), intervals=[interval] * 5).items) is listed


@pytest.mark.parametrize(
    ("days_ago", "interval", "text"),
    [
        ([10, 20, 30], 5.0, "You buy this about every 10 days, the last time 10 days ago"),
        ([6, 46], 5.0, "Usually bought again after 5 days; you bought it 6 days ago"),
        ([30, 60], np.nan, "You buy this about every 30 days, the last time 30 days ago"),
        ([1.2], np.nan, "You bought this 1 day ago"),
        ([178, 180, 182], np.nan, "You bought this 178 days ago"),
        ([41], 10.0, "You bought this 41 days ago"),
        ([39], 10.0, "Usually bought again after 10 days; you bought it 39 days ago"),
    ],
)
def test_reason_names_the_interval_that_is_known_and_not_long_past(
    days_ago: list[float], interval: float, text: str
) -> None:
    answer = due(shopper(p0=days_ago), intervals=[interval] * 5)
    assert [item.reason.text for item in answer.items] == [text]


@pytest.mark.parametrize("strict", [True, False])
def test_hidden_products_are_not_due(strict: bool) -> None:
    profile = shopper(p0=[10, 20, 30], p1=[10, 20, 30], p2=[10, 20, 30])
    hidden = replace(
        profile,
        interactions=(*profile.interactions, Interaction("p0", NOW, "hide")),
        preferences=Preferences(hidden_products=("p1",)),
    )
    query = Query(5, Filters(brands=() if strict else ("x",)), strict_filtering=strict)
    assert ids(due(hidden, query)) == ["p2"]


def test_list_is_empty_if_nothing_is_due() -> None:
    assert due(Profile("stranger")) == Answer("buy-again", ())
    assert due(shopper(p0=[0.1, 10, 20], gone=[10, 20, 30])).items == ()
    topped = due(shopper(p0=[10, 20, 30]), Query(5, Filters(brands=("x",)), strict_filtering=False))
    assert [(item.product_id, item.outside_filters) for item in topped.items] == [("p0", True)]
