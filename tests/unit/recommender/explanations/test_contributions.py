"""Terms and contributions of products sum to the score, in every scenario."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import candidate_generation, explanations, profiles, ranking
from recommender.entities import (
    NO_FREQUENCY,
    Answer,
    Contribution,
    Interaction,
    Preferences,
    Profile,
    Query,
    Recommendation,
    SessionContext,
    Term,
)
from recommender.explanations.terms import MAX_CAUSES, MAX_CONTRIBUTIONS, largest_contributions
from recommender.scenarios.additions import alternatives_of_addition, complements_of_addition
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.buy_again import buy_again
from recommender.scenarios.for_you import for_you
from recommender.scenarios.new_arrivals import new_arrivals
from recommender.scenarios.popular import popular
from recommender.scenarios.similar import similar
from recommender.scenarios.trending import trending
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.core_requests import DAY, STAGES, bought, resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

INDEXED, PRODUCTS, WARM = 60, 70, 50
SESSION = SessionContext((Interaction("p3", 40 * DAY, "click"), Interaction("p9", 40 * DAY, "cart")))
BASKET = replace(SESSION, basket=("p9", "p4"))
ADDED = Overlay(
    additions={"n1": ProductChange(True, False, b'{"title": "New"}', category="B", created_at=2e9)}
)

Ask = Callable[[Snapshot, Corrections, Profile, Query], Answer]
SCENARIOS: dict[str, Ask] = {
    "for-you": lambda s, c, profile, query: for_you(s, c, profile, query, STAGES),
    "session": lambda s, c, profile, query: for_you(s, c, profile, query, STAGES, SESSION),
    "guest": lambda s, c, profile, query: for_you(s, c, Profile(""), query, STAGES, SESSION),
    "basket": lambda s, c, profile, query: for_you(s, c, profile, query, STAGES, BASKET),
    "buy-again": lambda s, c, profile, query: buy_again(s, c, profile, query, STAGES, now=120 * DAY),
    "new": lambda s, c, profile, query: new_arrivals(s, c, replace(query, viewer=profile), STAGES),
    "similar": lambda s, c, profile, query: similar(s, c, 6, query, STAGES),
    "bought-together": lambda s, c, profile, query: bought_together(s, c, 6, query, STAGES),
    "related": lambda s, c, profile, query: bought_together(s, c, 7, query, STAGES),
    "like an addition": lambda s, c, profile, query: alternatives_of_addition(
        s, c, c.additions.newest[0], query, STAGES
    ),
    "with an addition": lambda s, c, profile, query: complements_of_addition(
        s, c, c.additions.newest[0], query, STAGES
    ),
    "popular": lambda s, c, profile, query: popular(s, c, query, STAGES),
    "trending": lambda s, c, profile, query: trending(s, c, query, STAGES),
}
NAMES_PRODUCTS = {
    "for-you",
    "session",
    "guest",
    "basket",
    "buy-again",
    "similar",
    "bought-together",
    "related",
}


def shop(seed: int) -> Snapshot:
    """A random shop with cold products, trends and every kind of pairs."""
    random = np.random.default_rng(seed)

    def pairs(row: int, kinds: int) -> list[tuple[int, float, int]]:
        others = random.choice(PRODUCTS, size=8, replace=False).tolist()
        return [
            (other, 3.0 - place / 4, 1 + place % kinds) for place, other in enumerate(others) if other != row
        ]

    return snapshot_of(
        random_weights(INDEXED, seed, density=0.2),
        rank=6,
        extra=PRODUCTS - INDEXED,
        warm=WARM,
        trend=random.uniform(0.2, 3.0, INDEXED).tolist(),
        categories=[("A", "B", "C > D", "")[row % 4] for row in range(PRODUCTS)],
        created_at=random.uniform(1e9, 2e9, PRODUCTS).tolist(),
        intervals=[20.0] * PRODUCTS,
        trending=random.uniform(0.0, 4.0, PRODUCTS).tolist(),
        complements={6: pairs(6, 5)},
        alternatives={6: pairs(6, 3)},
        companions={row: [(other, score) for other, score, _ in pairs(row, 1)] for row in (4, 9)},
    )


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1000),
    rows=st.lists(st.integers(0, PRODUCTS - 1), max_size=25),
    include_purchased=st.booleans(),
    liked=st.sampled_from([(), ("A",)]),
)
def test_terms_and_contributions_sum_to_the_score(
    seed: int, rows: list[int], include_purchased: bool, liked: tuple[str, ...]
) -> None:
    snapshot = shop(seed)
    interactions = tuple(Interaction(f"p{row}", 86_400.0 * day) for day, row in enumerate(rows))
    profile = Profile("u", interactions, Preferences(liked_categories=liked))
    query = Query(30, include_purchased=include_purchased, explain=True)
    for name, ask in SCENARIOS.items():
        for item in ask(snapshot, Corrections.of(ADDED, snapshot), profile, query).items:
            check(name, item)


def check(scenario: str, item: Recommendation) -> None:
    """Checks the sums, and the order and number of the contributions."""
    assert sum(term.value for term in item.terms) == pytest.approx(item.score, rel=1e-4, abs=1e-9), scenario
    named = [each for each in item.contributions if each.product_id is not None]
    sizes = [abs(each.value) for each in named]
    assert len(named) <= MAX_CONTRIBUTIONS
    assert sizes == sorted(sizes, reverse=True)
    assert [*named, *item.contributions[len(named) :]] == list(item.contributions)
    assert len(item.contributions) <= len(named) + 1
    assert bool(named) == any(term.product_id for term in item.terms), (scenario, item)
    if named:
        assert sum(each.value for each in item.contributions) == pytest.approx(item.score, rel=1e-5, abs=1e-9)


def test_every_scenario_with_causes_names_them() -> None:
    snapshot, profile = shop(1), bought("p1", "p2", "p55")
    query = Query(5, include_purchased=True, explain=True)
    for name, ask in SCENARIOS.items():
        items = ask(snapshot, Corrections.of(ADDED, snapshot), profile, query).items
        assert items, name
        assert bool(items[0].contributions) == (name in NAMES_PRODUCTS), name
    assert not any(
        item.contributions for item in for_you(snapshot, unchanged(snapshot), profile, Query(5), STAGES).items
    )


@pytest.mark.parametrize("warm", [40, 9])
def test_contributions_are_those_of_the_history(warm: int) -> None:
    """The history has more products than have terms."""
    snapshot = snapshot_of(
        random_weights(40, density=0.1), rank=3, warm=warm, trend=[0.5 + row / 20 for row in range(40)]
    )
    profile = bought(*(f"p{row}" for row in range(20)))
    history = profiles.history_of(profile.interactions, snapshot, resolved(snapshot))
    items = for_you(snapshot, unchanged(snapshot), profile, Query(10, explain=True), STAGES).items
    rows = snapshot.lookup.find([item.product_id for item in items])
    exact = np.add(*explanations.split_contributions(snapshot, history, rows))
    scores = ranking.score_rows(
        snapshot, candidate_generation.query_vector(snapshot, history), history, NO_FREQUENCY, rows
    )
    for item, shares, score in zip(items, exact, scores, strict=True):
        largest = np.argsort(-np.abs(shares), kind="stable")[:MAX_CONTRIBUTIONS]
        found = {each.product_id: each.value for each in item.contributions}
        others = found.pop(None, 0.0)
        expected = {snapshot.product_id(int(history.rows[at])): shares[at] for at in largest if shares[at]}
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)
        assert others == pytest.approx(score - shares[largest].sum(), abs=1e-5)


def test_product_bought_before_contributes_by_frequency_and_history() -> None:
    """Its part of the history counts, however small it is."""
    snapshot = snapshot_of(random_weights(40))
    profile = bought(*(f"p{row}" for row in range(20)))
    items = for_you(
        snapshot, unchanged(snapshot), profile, Query(20, include_purchased=True, explain=True), STAGES
    ).items
    again = [item for item in items if any(term.name == "frequency" for term in item.terms)]
    assert sum(item.product_id in dict(item.contributions) for item in again) > 2
    for item in again:
        own = [term for term in item.terms if term.product_id == item.product_id]
        assert {term.name for term in own} >= {"frequency", "factors"}
        assert sum(term.name == "factors" for term in item.terms if term.product_id) == MAX_CAUSES
        named = [each for each in item.contributions if each.product_id == item.product_id]
        assert all(each.value == pytest.approx(sum(term.value for term in own)) for each in named)


def test_contributions_of_terms_without_products() -> None:
    assert largest_contributions([Term("popularity", 3.0)], 1.0, 3.0) == ()
    one = [Term("factors", 2.0, "a"), Term("trend", 2.0)]
    assert largest_contributions(one, 2.0, 4.0) == (Contribution("a", 4.0),)
