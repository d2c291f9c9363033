"""One pass per request: candidates once, scores once, each id once."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from recommender.arrays import FloatVector, Rows
from recommender.entities import Answer, Filters, Interaction, Preferences, Profile, Query, SessionContext
from recommender.pages.kept_states import KeptStates
from recommender.ports import ItemIndex
from recommender.product_ids import IdLookup, short_hash
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.buy_again import buy_again
from recommender.scenarios.for_you import for_you
from recommender.scenarios.new_arrivals import new_arrivals
from recommender.scenarios.popular import popular
from recommender.scenarios.rankings import rank
from recommender.scenarios.similar import similar
from recommender.scenarios.trending import trending
from recommender.snapshot import ServingParameters, Snapshot
from tests.support.builders.core_requests import DAY, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 90
PROFILE = Profile(
    "u",
    (
        *(Interaction(f"p{row}", row * DAY) for row in range(8)),
        *(Interaction(f"p{row}", row * DAY, "view") for row in range(5, 12)),
        *(Interaction("p40", DAY + second, "impression") for second in range(6)),
        Interaction("p41", DAY, "hide"),
        Interaction("gone", DAY),
    ),
)
SESSION = SessionContext(
    (Interaction("p3", DAY, "view"), Interaction("p50", DAY, "cart"), Interaction("nowhere", DAY, "view"))
)
BASKET = replace(SESSION, basket=("p50", "nowhere"))
LIKES = Preferences(("Shelf 1",), ("Shelf 2",), ("b",), ("c",), hidden_products=("p42", "p3"))
NARROW = Filters(categories=("Shelf 3",), exclude=frozenset({"p3", "p60", "p70"}))
QUERIES = {
    "plain": Query(20),
    "filtered": Query(20, NARROW),
    "filled up": Query(20, NARROW, strict_filtering=False),
    "diverse": Query(20, NARROW, strict_filtering=False, diversity=0.5, explain=True),
    "with purchases": Query(20, NARROW, include_purchased=True, strict_filtering=False),
    "second page": Query(20, shown=tuple(short_hash(f"p{row}") for row in range(20, 40))),
}


@dataclass(frozen=True)
class CountingLookup(IdLookup):
    """Counts how often each id, and each packed lookup, is looked up."""

    counts: Counter[str] = field(default_factory=Counter)
    packed: Counter[IdLookup] = field(default_factory=Counter)

    def find(self, product_ids: Sequence[str]) -> Rows:
        """See `IdLookup.find`."""
        self.counts.update(product_ids)
        return IdLookup.find(self, product_ids)

    def find_all(self, others: IdLookup) -> Rows:
        """See `IdLookup.find_all`."""
        self.packed[others] += 1
        return IdLookup.find_all(self, others)


@dataclass
class CountingIndex:
    """Counts searches of the item index."""

    index: ItemIndex
    searches: int = 0

    def nearest(self, query_vector: FloatVector, count: int, search_k: int) -> Rows:
        """See `ItemIndex.nearest`."""
        self.searches += 1
        return self.index.nearest(query_vector, count, search_k)


class CountingStages:
    """Counts stages by name."""

    def __init__(self) -> None:
        """Starts at zero."""
        self.counts: Counter[str] = Counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """See `StageObserver.stage`."""
        self.counts[name] += 1
        yield

    def candidates(self, stage: str, count: int) -> None:
        """Does nothing."""

    def items(self, kind: str, count: int) -> None:
        """Does nothing."""


@dataclass
class Counted:
    """A snapshot with counted lookups and searches, and an observer that counts stages."""

    snapshot: Snapshot
    lookup: CountingLookup
    index: CountingIndex
    stages: CountingStages


@pytest.fixture
def counted() -> Counted:
    snapshot = snapshot_of(
        random_weights(80),
        extra=PRODUCTS - 80,
        categories=[f"Shelf {row % 5}" for row in range(PRODUCTS)],
        brands=["a", "b", "c"] * (PRODUCTS // 3),
        created_at=[float(row) for row in range(PRODUCTS)],
        trending=[row % 4 for row in range(PRODUCTS)],
        intervals=[5.0] * PRODUCTS,
        complements={row: [(row + 1, 3.0, 5)] for row in range(PRODUCTS - 1)},
        parameters=ServingParameters(nearest=80, neighbours=80),
    )
    lookup = CountingLookup(snapshot.lookup.hashes, snapshot.lookup.rows, snapshot.lookup.ids)
    index = CountingIndex(snapshot.index)
    return Counted(replace(snapshot, lookup=lookup, index=index), lookup, index, CountingStages())


Scenario = Callable[[Counted, Profile, Query], Answer]
PERSONAL: dict[str, Scenario] = {
    "for-you": lambda c, p, q: for_you(c.snapshot, unchanged(c.snapshot), p, q, c.stages),
    "session": lambda c, p, q: for_you(c.snapshot, unchanged(c.snapshot), p, q, c.stages, SESSION),
    "basket": lambda c, p, q: for_you(c.snapshot, unchanged(c.snapshot), p, q, c.stages, BASKET),
}
OTHERS: dict[str, Scenario] = {
    "similar": lambda c, p, q: similar(c.snapshot, unchanged(c.snapshot), 4, q, c.stages),
    "bought-together": lambda c, p, q: bought_together(c.snapshot, unchanged(c.snapshot), 4, q, c.stages),
    "buy-again": lambda c, p, q: buy_again(c.snapshot, unchanged(c.snapshot), p, q, c.stages, now=12 * DAY),
    "new-arrivals": lambda c, p, q: new_arrivals(
        c.snapshot, unchanged(c.snapshot), replace(q, viewer=p), c.stages
    ),
    "popular": lambda c, p, q: popular(c.snapshot, unchanged(c.snapshot), q, c.stages),
    "trending": lambda c, p, q: trending(c.snapshot, unchanged(c.snapshot), q, c.stages),
}


@pytest.mark.parametrize("preferences", [Preferences(), LIKES], ids=["neutral", "with preferences"])
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("scenario", [*PERSONAL, *OTHERS])
def test_request_makes_one_pass(
    counted: Counted, scenario: str, query: Query, preferences: Preferences
) -> None:
    profile = replace(PROFILE, preferences=preferences)
    answer = (PERSONAL | OTHERS)[scenario](counted, profile, query)
    assert answer.items or scenario == "buy-again"
    assert max(counted.lookup.counts.values(), default=0) <= 1
    assert counted.index.searches <= 1
    assert counted.stages.counts["candidate_generation"] == counted.index.searches
    assert counted.stages.counts["explanations"] == 1
    if scenario in PERSONAL:
        assert counted.index.searches == 1
        assert counted.stages.counts["profile"] == 1


@pytest.mark.parametrize("preferences", [Preferences(), LIKES], ids=["neutral", "with preferences"])
def test_kept_states_change_no_answer(counted: Counted, preferences: Preferences) -> None:
    profile, kept = replace(PROFILE, preferences=preferences), KeptStates()

    def answer(query: Query, kept: KeptStates | None = None) -> Answer:
        corrections = unchanged(counted.snapshot)
        return for_you(counted.snapshot, corrections, profile, query, counted.stages, kept=kept)

    queries = [replace(query, limit=limit) for query in QUERIES.values() for limit in (20, 3)]
    first = [answer(query, kept) for query in queries]
    searches = counted.index.searches
    assert searches == len(
        {query.include_purchased for query in queries}
    )  # pages of the first 100 items share them
    assert kept.nbytes() > 1000
    assert [answer(query, kept) for query in reversed(queries)] == first[::-1]
    assert counted.index.searches == searches, "nothing is searched again"
    assert [answer(query) for query in queries] == first
    asked, made = (
        (counted.snapshot, unchanged(counted.snapshot), profile, Query(5), counted.stages),
        kept.made,
    )
    assert for_you(*asked, SESSION, kept=kept) == for_you(*asked, SESSION), "a session has its own state"
    assert kept.made == made


@pytest.mark.parametrize("scenario", PERSONAL)
def test_preferences_and_wider_filters_do_not_score_again(counted: Counted, scenario: str) -> None:
    profile = replace(PROFILE, preferences=LIKES)
    query = Query(10, Filters(brands=("a", "b", "c")), strict_filtering=False)
    assert len(PERSONAL[scenario](counted, profile, query).items) == 10
    assert counted.stages.counts["ranking"] == 1


def test_looked_up_ids_are_those_of_the_request(counted: Counted) -> None:
    profile = replace(PROFILE, preferences=LIKES)
    for_you(
        counted.snapshot, unchanged(counted.snapshot), profile, Query(10, NARROW), counted.stages, SESSION
    )
    named = {one.product_id for one in (*PROFILE.interactions, *SESSION.interactions)}
    packed = {lookup.ids.text(row) for lookup in counted.lookup.packed for row in range(len(lookup.ids))}
    assert packed | set(counted.lookup.counts) == named | NARROW.exclude | set(LIKES.hidden_products)


def test_ranking_looks_up_each_id_once(counted: Counted) -> None:
    ranked = ["p3", "p50", "p60", "nothing"]
    rank(counted.snapshot, unchanged(counted.snapshot), PROFILE, ranked, counted.stages, SESSION)
    assert set(counted.lookup.counts.values()) == set(counted.lookup.packed.values()) == {1}
