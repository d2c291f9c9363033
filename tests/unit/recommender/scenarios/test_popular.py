"""Popular products."""

from dataclasses import replace

import numpy as np

from recommender.entities import (
    Filters,
    Query,
)
from recommender.scenarios.popular import popular
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_reason_states_that_nobody_bought_the_product() -> None:
    snapshot = snapshot_of(random_weights(3), buyers=[0, 0, 1])
    answer = popular(snapshot, unchanged(snapshot), Query(3), STAGES)
    assert [item.reason.text for item in answer.items] == [
        "Sold before",
        "Not bought by anyone yet",
        "Not bought by anyone yet",
    ]


def test_reason_of_a_quiet_window_names_a_wider_one() -> None:
    snapshot = snapshot_of(random_weights(5), buyers=[9, 7, 5, 4, 1])
    week = replace(snapshot.windows, buyers_7d=np.array([6, 4, 4, 1, 1], dtype=np.int32))
    recent = replace(snapshot.columns, recent_buyers=np.array([7, 5, 4, 2, 1], dtype=np.int32))
    quiet = replace(snapshot, windows=week, columns=recent)
    answer = popular(quiet, unchanged(quiet), Query(5, window="7d"), STAGES)
    assert [item.reason.text for item in answer.items] == [
        "Bought by 6 shoppers in 7 days",
        "Bought by 5 shoppers in 90 days",
        "Bought by 5 shoppers",
        "Bought by a few shoppers",
        "Sold before",
    ]


def test_products_outside_the_filters_fill_up_short_pages_alone() -> None:
    snapshot = snapshot_of(random_weights(6), brands=["a", "b", "a", "b", "a", "b"])
    corrections = unchanged(snapshot)
    query = Query(4, Filters(brands=("a",)), strict_filtering=False)
    answer = popular(snapshot, corrections, query, STAGES)
    marks = [(item.product_id, item.outside_filters) for item in answer.items]
    assert marks == [("p0", False), ("p2", False), ("p4", False), ("p1", True)]
    full = popular(snapshot, corrections, replace(query, limit=3), STAGES)
    assert full.items == answer.items[:3]
    assert full.more
    everything = replace(
        query, filters=Filters(exclude=frozenset({"p1", "p3", "p5"}), brands=("a",)), limit=3
    )
    assert not popular(snapshot, corrections, everything, STAGES).more
