"""Pages filled up with products outside the query's filters."""

import numpy as np

from recommender.entities import Filters, Query
from recommender.pages.backfill import fill_page
from recommender.pages.page import Page, PageSpec, Source
from tests.support.builders.core_requests import resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

SNAPSHOT = snapshot_of(random_weights(3), brands=["a", "b", "a"])


def test_added_rows_name_the_strategy_of_an_empty_page_and_are_marked() -> None:
    query = Query(3, Filters(brands=("a",)), strict_filtering=False)
    spec = PageSpec.of(SNAPSHOT, unchanged(SNAPSHOT), query, resolved(SNAPSHOT))
    specs: list[PageSpec] = []

    def make_page(spec: PageSpec) -> Page:
        """Finds nothing within the filters, and a row that fulfills them without."""
        specs.append(spec)
        if spec.item_filter.conditions:
            return Page.empty("inside")
        return Page.of("wider", np.array([0, 1], np.int32), np.ones(2), Source.POPULAR)

    page = fill_page(make_page(spec), query, spec, make_page)
    assert page.strategy == "wider"
    assert page.outside.tolist() == [False, True]
    assert [len(each.item_filter.conditions) for each in specs] == [1, 0]


def test_strict_page_is_not_filled_up() -> None:
    query = Query(3, Filters(brands=("a",)))
    spec = PageSpec.of(SNAPSHOT, unchanged(SNAPSHOT), query, resolved(SNAPSHOT))
    assert len(fill_page(Page.empty("inside"), query, spec, lambda spec: Page.empty("wider"))) == 0
