"""Filters as masks over rows."""

import numpy as np

from recommender.entities import (
    Filters,
    Interaction,
    Profile,
    Query,
)
from recommender.filtering import ItemFilter
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_narrow_filter_fills_the_page_with_the_best_matches() -> None:
    weights = random_weights(400, density=1.0)
    cheap = range(0, 400, 20)
    snapshot = snapshot_of(
        weights,
        rank=3,
        prices=[1.0 if row in cheap else 50.0 for row in range(400)],
        parameters=ServingParameters(nearest=5, neighbours=5),
    )
    corrections = unchanged(snapshot)
    profile = Profile("u", (Interaction("p1", 0.0),))
    answer = for_you(snapshot, corrections, profile, Query(20, Filters(price_max=2)), STAGES)
    best = sorted(cheap, key=lambda row: -weights[1, row])
    assert [item.product_id for item in answer.items] == [f"p{row}" for row in best]


def test_price_bounds_are_inclusive_and_exclude_missing_prices() -> None:
    snapshot = snapshot_of(random_weights(4), prices=[0.0, 19.99, 20.0, np.nan])
    corrections = unchanged(snapshot)
    rows = np.arange(4, dtype=np.int32)

    def allowed(filters: Filters) -> list[int]:
        mask = ItemFilter.of(snapshot, corrections, filters, rows[:0]).allows(rows)
        return np.flatnonzero(mask).tolist()

    assert allowed(Filters(price_max=19.99)) == [0, 1]
    assert allowed(Filters(price_min=19.99, price_max=20)) == [1, 2]
    assert allowed(Filters(price_min=0)) == [0, 1, 2]
    assert allowed(Filters()) == [0, 1, 2, 3]


def test_accepted_rows_are_those_that_are_allowed() -> None:
    snapshot = snapshot_of(random_weights(60), extra=10, categories=["A", "A > B", "C", "", "A > B > D"] * 14)
    changes = {
        "p2": ProductChange(in_stock=True, deleted=False, document=None, category="A > New"),
        "p5": ProductChange(in_stock=True, deleted=False, document=None, category="C"),
        "p6": ProductChange(in_stock=True, deleted=True, document=None, category="A > B"),
        "p69": ProductChange(in_stock=True, deleted=False, document=None, category="A"),
    }
    rows, some = np.arange(60, dtype=np.int32), np.array([10, 11, 15], np.int32)
    for corrections in (unchanged(snapshot), Corrections.of(Overlay(changes), snapshot)):
        for filters in (
            Filters(("A",)),
            Filters(("A > B", "C"), in_stock=True),
            Filters(in_stock=True),
            Filters(),
        ):
            item_filter = ItemFilter.of(snapshot, corrections, filters, [some[:2]], [some[2:]])
            allowed = item_filter.allows(rows)
            assert item_filter.accepted(60).tolist() == np.flatnonzero(allowed).tolist()
            assert not allowed[some].any()
            others = np.delete(rows, 15)
            assert item_filter.allows_candidates(others).tolist() == allowed[others].tolist()
