"""Filters, corrections and bans hold in every scenario."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import (
    Answer,
    Filters,
    Interaction,
    Profile,
    Query,
)
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.buy_again import buy_again
from recommender.scenarios.for_you import for_you
from recommender.scenarios.new_arrivals import new_arrivals
from recommender.scenarios.popular import popular
from recommender.scenarios.similar import similar
from recommender.scenarios.trending import trending
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.core_requests import STAGES, ids
from tests.support.builders.small_snapshots import random_weights, snapshot_of

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

    def fulfills(self, filters: Filters) -> bool:
        """The filters, implemented without rows, masks and codes."""
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
    "for-you": (lambda s, c, q: for_you(s, c, PROFILE, q, STAGES), set(HISTORY)),
    "stranger": (lambda s, c, q: for_you(s, c, Profile("x"), q, STAGES), set()),
    "similar": (lambda s, c, q: similar(s, c, 4, q, STAGES), {"p4"}),
    "similar to one without vector": (lambda s, c, q: similar(s, c, 36, q, STAGES), {"p36"}),
    "bought-together": (lambda s, c, q: bought_together(s, c, 4, q, STAGES), {"p4"}),
    "trending": (lambda s, c, q: trending(s, c, q, STAGES), set()),
    "new": (lambda s, c, q: new_arrivals(s, c, q, STAGES), set()),
    "buy-again": (lambda s, c, q: buy_again(s, c, PROFILE, q, STAGES, now=10 * 86_400.0), set()),
    "popular": (lambda s, c, q: popular(s, c, q, STAGES), set()),
}


FILLED = {"for-you", "stranger", "popular", "trending"}


@settings(max_examples=60, deadline=None)
@given(
    things=st.lists(THINGS, min_size=COUNT, max_size=COUNT),
    newer=st.dictionaries(st.integers(0, COUNT - 1), NEWER, max_size=10),
    filters=FILTERS,
    limit=st.integers(1, COUNT),
    strict=st.booleans(),
)
def test_filters_hold_in_every_scenario(
    things: list[Thing], newer: dict[int, Thing], filters: Filters, limit: int, strict: bool
) -> None:
    snapshot = snapshot_from(things)
    corrections = Corrections.of(
        Overlay({f"p{row}": change_of(thing) for row, thing in newer.items()}), snapshot
    )
    current = {f"p{row}": newer.get(row, thing) for row, thing in enumerate(things)}
    query = Query(limit, filters, strict_filtering=strict)
    for scene, (scenario, own) in SCENARIOS.items():
        items = scenario(snapshot, corrections, query).items
        shown = [item.product_id for item in items]
        presentable = {name for name, thing in current.items() if not thing.deleted} - filters.exclude - own
        matching = {name for name in presentable if current[name].fulfills(filters)}
        assert len(set(shown)) == len(shown) <= limit, scene
        assert set(shown) <= presentable, scene
        assert {item.product_id for item in items if not item.outside_filters} <= matching, scene
        assert not {item.product_id for item in items if item.outside_filters} & matching, scene
        if strict:
            assert not any(item.outside_filters for item in items), scene
        if scene in FILLED:
            assert len(shown) == min(limit, len(matching if strict else presentable)), scene
            assert len(set(shown) & matching) == min(limit, len(matching)), scene


def test_lists_respect_overlay_corrections() -> None:
    snapshot = snapshot_of(
        random_weights(4),
        created_at=[4.0, 3.0, 2.0, 1.0],
        trending=[5.0, 4.0, 3.0, 2.0],
        complements={3: [(0, 9, 3), (1, 8, 3), (2, 7, 3)]},
    )
    changes = {"p0": ProductChange(True, True, b"{}"), "p1": ProductChange(False, False, b"{}")}
    corrections = Corrections.of(Overlay(changes), snapshot)
    query = Query(2, Filters(in_stock=True))
    assert ids(new_arrivals(snapshot, corrections, query, STAGES)) == ["p2", "p3"]
    assert ids(trending(snapshot, corrections, query, STAGES)) == ["p2", "p3"]
    one = replace(query, limit=1)
    assert ids(bought_together(snapshot, corrections, 3, one, STAGES)) == ["p2"]
