"""Bought together, due again, trending and new, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telemetry import SilentStages
from recommender.entities import Answer, Filters, Interaction, Preferences, Profile, Query
from recommender.profiles import due_again
from recommender.scenarios import item_lists
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections, Overlay, ProductChange
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STAGES = SilentStages()
DAY = 86_400.0
NOW = 20_000 * DAY + DAY / 2
AISLES = ["A", "B"] * 5


def unchanged(snapshot: Snapshot) -> Corrections:
    return Corrections.of(Overlay(), snapshot)


def ids(answer: Answer) -> list[str]:
    return [item.product_id for item in answer.items]


def together(snapshot: Snapshot, row: int, query: Query) -> Answer:
    return item_lists.bought_together(snapshot, unchanged(snapshot), row, query, STAGES)


def test_complements_come_first_with_the_share_of_buyers() -> None:
    snapshot = snapshot_of(
        random_weights(10, density=1.0), complements={0: [(4, 3.5, 7), (9, 2.5, 4)]}, buyers=[10] * 10
    )
    answer = together(snapshot, 0, Query(2))
    assert (answer.strategy, ids(answer)) == ("bought-together", ["p4", "p9"])
    first = answer.items[0]
    assert (first.score, first.reason.code, first.reason.because) == (3.5, "bought_together", ("p0",))
    assert first.reason.text == "7 of 10 who bought Product p0 also bought this with it"


def test_a_short_list_is_filled_up_with_similar_products_of_other_categories() -> None:
    weights = random_weights(10, density=1.0)
    snapshot = snapshot_of(weights, rank=9, categories=AISLES, complements={0: [(2, 3.5, 7)]})
    answer = together(snapshot, 0, Query(4))
    others = sorted((row for row in range(10) if AISLES[row] == "B"), key=lambda row: -weights[0, row])
    assert answer.strategy == "bought-together"
    assert ids(answer) == ["p2", *(f"p{row}" for row in others[:3])]
    assert [item.reason.code for item in answer.items] == ["bought_together", *["similar_to"] * 3]


def test_without_complements_the_strategy_says_what_is_shown_instead() -> None:
    known = snapshot_of(random_weights(10, density=1.0), rank=9, categories=AISLES)
    assert together(known, 0, Query(4)).strategy == "similar"
    unknown = snapshot_of(random_weights(4), extra=1)
    answer = together(unknown, 4, Query(9))
    assert (answer.strategy, set(ids(answer))) == ("popular", {"p0", "p1", "p2", "p3"})


def shopper(**days_ago: list[float]) -> Profile:
    """A shopper who bought each product so many days ago."""
    return Profile(
        "u",
        tuple(Interaction(name, NOW - ago * DAY) for name, all_ago in days_ago.items() for ago in all_ago),
    )


def due(profile: Profile, intervals: list[float] | None = None, query: Query | None = None) -> Answer:
    snapshot = snapshot_of(random_weights(5), intervals=intervals)
    return item_lists.buy_again(snapshot, unchanged(snapshot), profile, query or Query(5), NOW, STAGES)


def test_only_what_is_due_is_listed_most_overdue_first() -> None:
    profile = shopper(p0=[10, 20, 30], p1=[29, 39, 49], p2=[6.9, 16.9, 26.9], p3=[31, 41, 51], p4=[8, 18, 28])
    answer = due(profile)
    assert (answer.strategy, ids(answer)) == ("buy-again", ["p1", "p0", "p4"])
    assert [round(item.score, 4) for item in answer.items] == [2.9, 1.0, 0.8]
    assert answer.items[1].reason.code == "due_again"
    assert answer.items[1].reason.because == ("p0",)
    assert answer.items[1].reason.text == "You buy this about every 10 days, the last time 10 days ago"


@pytest.mark.parametrize(("ago", "listed"), [(6.99, False), (7.01, True), (29.99, True), (30.01, False)])
def test_the_window_is_from_seven_tenths_to_three_intervals(ago: float, listed: bool) -> None:
    assert bool(due(shopper(p0=[ago, ago + 10, ago + 20])).items) is listed


def test_the_products_median_counts_until_the_own_rhythm_is_known() -> None:
    usual = [5.0, 5.0, np.nan, np.nan, 5.0]
    answer = due(shopper(p0=[6], p1=[6, 46], p2=[30, 60], p3=[6], p4=[6, 46, 86]), usual)
    assert ids(answer) == ["p1", "p0", "p2"]
    text = "Usually bought again after 5 days; you bought it 6 days ago"
    assert answer.items[0].reason.text == text
    assert answer.items[2].score == pytest.approx(1.0)


def test_the_more_frequent_of_two_that_are_as_due_comes_first() -> None:
    assert ids(due(shopper(p0=[10, 20, 30], p1=[10, 20, 30, 40]))) == ["p1", "p0"]


@pytest.mark.parametrize("strict", [True, False])
def test_what_is_hidden_is_not_due(strict: bool) -> None:
    profile = shopper(p0=[10, 20, 30], p1=[10, 20, 30], p2=[10, 20, 30])
    hidden = replace(
        profile,
        interactions=(*profile.interactions, Interaction("p0", NOW, "hide")),
        preferences=Preferences(hidden_products=("p1",)),
    )
    query = Query(5, Filters(brands=() if strict else ("x",)), strict_filtering=strict)
    assert ids(due(hidden, query=query)) == ["p2"]


def test_nothing_due_is_an_empty_list() -> None:
    assert due(Profile("stranger")) == Answer("buy-again", ())
    assert due(shopper(p0=[1, 11, 21], gone=[10, 20, 30])).items == ()
    topped = due(shopper(p0=[10, 20, 30]), query=Query(5, Filters(brands=("x",)), strict_filtering=False))
    assert [(item.product_id, item.outside_filters) for item in topped.items] == [("p0", True)]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60)), max_size=40),
    st.lists(st.sampled_from([np.nan, 1.0, 7.0, 20.0]), min_size=5, max_size=5),
)
def test_due_products_are_those_of_the_formula(bought: list[tuple[int, int]], usual: list[float]) -> None:
    snapshot = snapshot_of(random_weights(5), intervals=usual)
    profile = Profile("u", tuple(Interaction(f"p{row}", NOW - ago * DAY) for row, ago in bought))
    expected = {}
    for row in range(5):
        days = sorted({ago for other, ago in bought if other == row})
        if not days:
            continue
        steps = np.diff(days)
        known = len(steps) >= 2 or (np.isnan(usual[row]) and len(steps) == 1)
        interval = float(np.median(steps)) if known else usual[row]
        if 0.7 <= days[0] / interval <= 3:
            expected[row] = days[0] / interval
    found = due_again(profile, snapshot, NOW)
    ratios = found.elapsed_days / found.interval_days
    assert (np.diff(ratios) <= 0).all()
    assert dict(zip(found.rows.tolist(), ratios, strict=True)) == pytest.approx(expected)


def test_trending_products_are_followed_by_popular_ones() -> None:
    snapshot = snapshot_of(random_weights(5), trending=[0, 1.5, 0.9, 3.2, 1.0], buyers=[9, 8, 7, 6, 5])
    answer = item_lists.trending(snapshot, unchanged(snapshot), Query(4), STAGES)
    assert (answer.strategy, ids(answer)) == ("trending", ["p3", "p1", "p0", "p2"])
    assert [item.reason.code for item in answer.items] == ["trending", "trending", "popular", "popular"]
    assert answer.items[0].reason.text == "Sells 3.2 times as well as usual"
    quiet = snapshot_of(random_weights(5))
    assert item_lists.trending(quiet, unchanged(quiet), Query(4), STAGES).strategy == "popular"


def test_new_products_come_newest_first_and_nothing_else() -> None:
    snapshot = snapshot_of(random_weights(4), created_at=[1e9, np.nan, 1.7e9, 1.6e9])
    answer = item_lists.new_arrivals(snapshot, unchanged(snapshot), Query(9), STAGES)
    assert (answer.strategy, ids(answer)) == ("new", ["p2", "p3", "p0"])
    assert answer.items[0].reason.text == "New since 2023-11-14"
    assert answer.items[0].score == 1.7e9


def test_a_shopper_s_own_categories_come_first_among_the_new() -> None:
    snapshot = snapshot_of(
        random_weights(6),
        categories=["A", "B", "C > D", "A", "B", "C > D"],
        created_at=[6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
    )
    corrections = unchanged(snapshot)

    def new(profile: Profile, query: Query | None = None) -> Answer:
        return item_lists.new_arrivals(snapshot, corrections, query or Query(9), STAGES, profile)

    bought = (Interaction("p4", NOW), Interaction("p0", NOW, "view"))
    assert ids(new(Profile("u", bought))) == ["p1", "p4", "p0", "p2", "p3", "p5"]
    likes = Preferences(liked_categories=("c",), disliked_categories=("B",), hidden_products=("p2", "p3"))
    answer = new(Profile("u", bought, likes), Query(9, explain=True))
    assert ids(answer) == ["p5", "p0", "p1", "p4"]
    assert [item.score for item in answer.items] == [7.0, 6.0, 5.0, 2.0]
    assert [[term.name for term in item.terms] for item in answer.items] == [
        ["created_at", "preferred_category"],
        *[["created_at"]] * 3,
    ]
    assert all(sum(term.value for term in item.terms) == item.score for item in answer.items)
    page = new(Profile("u", bought), Query(3))
    assert (ids(page), page.more) == (["p1", "p4", "p0"], True)
    narrow = Filters(categories=("C",))
    assert ids(new(Profile("u", bought), Query(9, narrow))) == ["p2", "p5"]
    widened = new(Profile("u", bought), Query(4, narrow, strict_filtering=False))
    assert ids(widened) == ["p2", "p5", "p1", "p4"]


@given(
    st.lists(st.sampled_from(["", "A", "A > B", "C"]), min_size=8, max_size=8),
    st.lists(st.one_of(st.just(np.nan), st.floats(1, 1e9)), min_size=8, max_size=8),
    st.sets(st.integers(0, 7)),
    st.integers(1, 9),
)
def test_the_order_of_new_products_is_that_of_their_scores(
    categories: list[str], created: list[float], bought: set[int], limit: int
) -> None:
    snapshot = snapshot_of(random_weights(8), categories=categories, created_at=created)
    profile = Profile("u", tuple(Interaction(f"p{row}", NOW) for row in bought))
    answer = item_lists.new_arrivals(snapshot, unchanged(snapshot), Query(limit), STAGES, profile)
    scores = [item.score for item in answer.items]
    assert scores == sorted(scores, reverse=True)
    own = {categories[row] for row in bought} - {""}
    shown = [int(item.product_id[1:]) for item in answer.items]
    aged = [row for row in range(8) if not np.isnan(created[row])]
    assert [categories[row] in own for row in shown] == sorted(
        (categories[row] in own for row in aged), reverse=True
    )[:limit]
    assert answer.more == (len(aged) > limit)


def test_lists_keep_to_what_the_overlay_says() -> None:
    snapshot = snapshot_of(
        random_weights(4),
        created_at=[4.0, 3.0, 2.0, 1.0],
        trending=[5.0, 4.0, 3.0, 2.0],
        complements={3: [(0, 9, 3), (1, 8, 3), (2, 7, 3)]},
    )
    changes = {"p0": ProductChange(True, True, b"{}"), "p1": ProductChange(False, False, b"{}")}
    corrections = Corrections.of(Overlay(changes), snapshot)
    query = Query(2, Filters(in_stock=True))
    assert ids(item_lists.new_arrivals(snapshot, corrections, query, STAGES)) == ["p2", "p3"]
    assert ids(item_lists.trending(snapshot, corrections, query, STAGES)) == ["p2", "p3"]
    one = replace(query, limit=1)
    assert ids(item_lists.bought_together(snapshot, corrections, 3, one, STAGES)) == ["p2"]
