"""Filters hold on every scenario, for products that changed since the snapshot too."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telemetry import SilentStages
from recommender.entities import Answer, Filters, Interaction, Profile, Query, Reason, Recommendation
from recommender.filtering import ItemFilter
from recommender.pages import pipeline
from recommender.pages.topping_up import topped_up
from recommender.scenarios import item_lists
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.overlay import Corrections, Overlay, ProductChange
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STAGES = SilentStages()
COUNT = 40
CATEGORIES = ("Pantry > A", "Pantry > B", "Bakery > A", "")
BRANDS = ("Acme", "Zest", "Ünique", "")


@dataclass(frozen=True)
class Thing:
    """A product as the catalog describes it now."""

    category: str
    brand: str
    price: float | None
    in_stock: bool
    deleted: bool = False

    def fulfils(self, filters: Filters) -> bool:
        """The filters, told without rows, masks and codes."""
        path = [part.strip().casefold() for part in self.category.split(">")]
        wanted = [[part.strip().casefold() for part in name.split(">")] for name in filters.categories]
        low, high = filters.price_min, filters.price_max
        priced = self.price is not None
        return (
            (not wanted or any(path[: len(parts)] == parts for parts in wanted))
            and (not filters.brands or self.brand.casefold() in {name.casefold() for name in filters.brands})
            and (low is None or (priced and (self.price or 0) >= low))
            and (high is None or (priced and (self.price or 0) <= high))
            and (self.in_stock or not filters.in_stock)
        )


THINGS = st.builds(
    Thing,
    category=st.sampled_from(CATEGORIES),
    brand=st.sampled_from(BRANDS),
    price=st.one_of(st.none(), st.sampled_from([0.0, 0.1, 5.0, 9.99, 10.0])),
    in_stock=st.booleans(),
)
NEWER = st.builds(
    Thing,
    category=st.sampled_from([*CATEGORIES, "Pantry > New", "Toys"]),
    brand=st.sampled_from([*BRANDS, "Newcomer"]),
    price=st.one_of(st.none(), st.sampled_from([0.0, 0.1, 5.0, 9.99, 10.0])),
    in_stock=st.booleans(),
    deleted=st.booleans(),
)
BOUND = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 5.0, 9.99, 10.0, 11.0]))
FILTERS = st.builds(
    Filters,
    categories=st.lists(st.sampled_from(["pantry", "Pantry>a", "Toys", "Bakery > A"]), max_size=2).map(tuple),
    in_stock=st.booleans(),
    exclude=st.frozensets(st.integers(0, COUNT - 1).map("p{}".format), max_size=5),
    brands=st.lists(st.sampled_from(["acme", "ünique", "Newcomer", "nobody"]), max_size=2).map(tuple),
    price_min=BOUND,
    price_max=BOUND,
)


def snapshot_from(things: list[Thing]) -> Snapshot:
    return snapshot_of(
        random_weights(30),
        extra=COUNT - 30,
        categories=[thing.category for thing in things],
        brands=[thing.brand for thing in things],
        prices=[np.nan if thing.price is None else thing.price for thing in things],
        in_stock=[thing.in_stock for thing in things],
        created_at=[float(row) if row % 3 else np.nan for row in range(COUNT)],
        trending=[row % 5 / 2 for row in range(COUNT)],
        complements={
            row: [((row + step) % COUNT, 9.0 - step, 3) for step in range(9)] for row in range(COUNT)
        },
        intervals=[7.0] * COUNT,
        parameters=ServingParameters(nearest=5, neighbours=5),
    )


def change_of(thing: Thing) -> ProductChange:
    return ProductChange(
        thing.in_stock, thing.deleted, b"{}", thing.price, thing.brand or None, thing.category or None
    )


HISTORY = ("p1", "p7", "p35")
PROFILE = Profile("u", tuple(Interaction(product, day * 86_400.0) for day, product in enumerate(HISTORY)))
Scenario = Callable[[Snapshot, Corrections, Query], Answer]
SCENARIOS: dict[str, tuple[Scenario, set[str]]] = {
    "for-you": (lambda s, c, q: pipeline.recommend(s, c, PROFILE, q, STAGES), set(HISTORY)),
    "stranger": (lambda s, c, q: pipeline.recommend(s, c, Profile("x"), q, STAGES), set()),
    "similar": (lambda s, c, q: pipeline.similar(s, c, 4, q, STAGES), {"p4"}),
    "similar to one without vector": (lambda s, c, q: pipeline.similar(s, c, 36, q, STAGES), {"p36"}),
    "bought-together": (lambda s, c, q: item_lists.bought_together(s, c, 4, q, STAGES), {"p4"}),
    "trending": (lambda s, c, q: item_lists.trending(s, c, q, STAGES), set()),
    "new": (lambda s, c, q: item_lists.new_arrivals(s, c, q, STAGES), set()),
    "buy-again": (lambda s, c, q: item_lists.buy_again(s, c, PROFILE, q, 10 * 86_400.0, STAGES), set()),
    "popular": (lambda s, c, q: pipeline.popular(s, c, q, STAGES), set()),
}
FILLED = {"for-you", "stranger", "popular", "trending"}
"""Scenarios whose pages are as long as the filters allow."""


@pytest.mark.parametrize("scene", SCENARIOS)
@settings(max_examples=60, deadline=None)
@given(
    things=st.lists(THINGS, min_size=COUNT, max_size=COUNT),
    newer=st.dictionaries(st.integers(0, COUNT - 1), NEWER, max_size=10),
    filters=FILTERS,
    limit=st.integers(1, COUNT),
    strict=st.booleans(),
)
def test_filters_hold(
    scene: str, things: list[Thing], newer: dict[int, Thing], filters: Filters, limit: int, strict: bool
) -> None:
    scenario, own = SCENARIOS[scene]
    snapshot = snapshot_from(things)
    overlay = Overlay({f"p{row}": change_of(thing) for row, thing in newer.items()})
    current = {f"p{row}": newer.get(row, thing) for row, thing in enumerate(things)}
    query = Query(limit, filters, strict_filtering=strict)
    items = scenario(snapshot, Corrections.of(overlay, snapshot), query).items
    shown = [item.product_id for item in items]
    presentable = {name for name, thing in current.items() if not thing.deleted} - filters.exclude - own
    matching = {name for name in presentable if current[name].fulfils(filters)}
    assert len(set(shown)) == len(shown) <= limit
    assert set(shown) <= presentable
    assert {item.product_id for item in items if not item.outside_filters} <= matching
    assert not {item.product_id for item in items if item.outside_filters} & matching
    if strict:
        assert not any(item.outside_filters for item in items)
    if scene in FILLED:
        assert len(shown) == min(limit, len(matching if strict else presentable))
        assert len(set(shown) & matching) == min(limit, len(matching))


def test_a_narrow_filter_fills_the_page_with_the_best_that_match() -> None:
    weights = random_weights(400, density=1.0)
    cheap = range(0, 400, 20)
    snapshot = snapshot_of(
        weights,
        rank=3,
        prices=[1.0 if row in cheap else 50.0 for row in range(400)],
        parameters=ServingParameters(nearest=5, neighbours=5),
    )
    corrections = Corrections.of(Overlay(), snapshot)
    profile = Profile("u", (Interaction("p1", 0.0),))
    answer = pipeline.recommend(snapshot, corrections, profile, Query(20, Filters(price_max=2)), STAGES)
    best = sorted(cheap, key=lambda row: -weights[1, row])
    assert [item.product_id for item in answer.items] == [f"p{row}" for row in best]


def test_a_page_is_topped_up_only_where_it_is_short() -> None:
    snapshot = snapshot_of(random_weights(6), brands=["a", "b", "a", "b", "a", "b"])
    corrections = Corrections.of(Overlay(), snapshot)
    query = Query(4, Filters(brands=("a",)), strict_filtering=False)
    answer = pipeline.popular(snapshot, corrections, query, STAGES)
    marks = [(item.product_id, item.outside_filters) for item in answer.items]
    assert marks == [("p0", False), ("p2", False), ("p4", False), ("p1", True)]
    full = pipeline.popular(snapshot, corrections, replace(query, limit=3), STAGES)
    assert full.items == answer.items[:3]
    assert full.more
    everything = replace(
        query, filters=Filters(exclude=frozenset({"p1", "p3", "p5"}), brands=("a",)), limit=3
    )
    assert not pipeline.popular(snapshot, corrections, everything, STAGES).more


def test_bounds_are_inclusive_and_no_price_is_in_no_range() -> None:
    snapshot = snapshot_of(random_weights(4), prices=[0.0, 19.99, 20.0, np.nan])
    corrections = Corrections.of(Overlay(), snapshot)
    rows = np.arange(4, dtype=np.int32)

    def allowed(filters: Filters) -> list[int]:
        mask = ItemFilter(snapshot, corrections, filters, rows[:0]).allows(rows)
        return np.flatnonzero(mask).tolist()

    assert allowed(Filters(price_max=19.99)) == [0, 1]
    assert allowed(Filters(price_min=19.99, price_max=20)) == [1, 2]
    assert allowed(Filters(price_min=0)) == [0, 1, 2]
    assert allowed(Filters()) == [0, 1, 2, 3]


def test_the_first_item_names_the_strategy_and_only_strangers_to_the_filters_are_marked() -> None:
    snapshot = snapshot_of(random_weights(3), brands=["a", "b", "a"])
    items = {name: Recommendation(name, 1.0, Reason("x", "y")) for name in ("p0", "p1", "p2")}

    def ask(query: Query) -> Answer:
        """Finds nothing by brand, so that what matches comes with the rest."""
        assert query.strict_filtering
        return Answer("inside", ()) if query.filters.brands else Answer("wider", (items["p0"], items["p1"]))

    query = Query(3, Filters(brands=("a",)), strict_filtering=False)
    answer = topped_up(snapshot, Corrections.of(Overlay(), snapshot), query, ask)
    assert answer.strategy == "wider"
    assert [item.outside_filters for item in answer.items] == [False, True]
