"""Trending products."""

from recommender.entities import Query
from recommender.scenarios.trending import trending
from tests.support.builders.core_requests import STAGES, ids, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_trending_products_are_followed_by_popular_ones() -> None:
    snapshot = snapshot_of(random_weights(5), trending=[0, 1.5, 0.9, 3.0, 1.0], buyers=[9, 8, 7, 6, 5])
    answer = trending(snapshot, unchanged(snapshot), Query(4), STAGES)
    assert (answer.strategy, ids(answer)) == ("trending", ["p3", "p1", "p0", "p2"])
    assert [item.reason.code for item in answer.items] == ["trending", "trending", "popular", "popular"]
    assert answer.items[0].reason.text == "Sells 3 times as well as usual"
    for quiet in (snapshot_of(random_weights(5)), snapshot_of(random_weights(5), trending=[1.19] * 5)):
        assert trending(quiet, unchanged(quiet), Query(4), STAGES).strategy == "popular"


def test_sizes_of_a_trending_product_do_not_fill_the_list() -> None:
    snapshot = snapshot_of(random_weights(6), variants=[7, 7, 7, 1, 2, 3], trending=[6, 5, 4, 3, 2, 0])
    assert ids(trending(snapshot, unchanged(snapshot), Query(3), STAGES)) == ["p0", "p3", "p4"]
    assert ids(trending(snapshot, unchanged(snapshot), Query(5), STAGES)) == ["p0", "p1", "p2", "p3", "p4"]
