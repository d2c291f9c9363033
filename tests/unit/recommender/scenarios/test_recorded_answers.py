"""Answers of every scenario equal the recorded ones.

`python -m tests.unit.recommender.scenarios.test_recorded_answers` records them again. A difference is a change of
behavior: review it before it is committed.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from recommender.entities import Answer, Filters, Interaction, Preferences, Profile, Query, SessionContext
from recommender.product_ids import short_hash
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
from tests.support.builders.core_requests import DAY, STAGES
from tests.support.builders.small_snapshots import random_weights, snapshot_of

RECORD = Path(__file__).with_name("recorded_answers.json")
INDEXED, PRODUCTS = 140, 160
LEAVES = ["Pantry > Pasta", "Pantry > Sauce", "Pets > Cat", "Pets > Dog", "Home", ""]

SNAPSHOT = snapshot_of(
    random_weights(INDEXED, density=0.15),
    rank=12,
    extra=PRODUCTS - INDEXED,
    warm=125,
    trend=[0.7 + row % 7 / 8 for row in range(INDEXED)],
    categories=[LEAVES[row * 5 % 11 % 6] for row in range(PRODUCTS)],
    brands=[("", "Acme", "Barilla")[row % 3] for row in range(PRODUCTS)],
    prices=[np.nan if row % 13 == 0 else row * 7 % 30 + 0.5 for row in range(PRODUCTS)],
    in_stock=[row % 8 != 0 for row in range(PRODUCTS)],
    variants=[row // 2 if row % 4 < 2 else 1000 + row for row in range(PRODUCTS)],
    buyers=[1000 - row * 37 % 900 for row in range(PRODUCTS)],
    created_at=[np.nan if row % 6 == 0 else 1e9 + row * 41 % 200 * DAY for row in range(PRODUCTS)],
    intervals=[np.nan if row % 3 == 0 else 20.0 for row in range(PRODUCTS)],
    trending=[row * 11 % 23 / 8 for row in range(PRODUCTS)],
    complements={row: [(row * 3 % PRODUCTS, 3.0, 9), (row + 1, 2.0, 5)] for row in range(0, PRODUCTS - 1, 2)},
    alternatives={6: [((6 + k * 11) % PRODUCTS, 2 - k / 10, k % 4) for k in range(1, 9)]},
    parameters=ServingParameters(nearest=30, neighbours=30, history_limit=12),
)
CHANGES = {
    f"p{row}": ProductChange(row % 2 == 0, row % 3 == 0, b"{}", 4.0, "Acme", "Pets > Cat")
    for row in range(3, PRODUCTS, 17)
}
CORRECTIONS = Corrections.of(Overlay(CHANGES), SNAPSHOT)
BOUGHT = tuple(Interaction(f"p{row}", day * DAY) for day, row in enumerate((7, 31, 150, 7, 90, 12, 7, 12)))
VIEWED = tuple(Interaction(f"p{row}", 9 * DAY, "view") for row in (15, 22, 101))
IGNORED = tuple(
    Interaction(f"p{row}", 9 * DAY + again, "impression") for row in (1, 2, 5) for again in range(5)
)
LIKES = Preferences(("Pets",), ("Pantry > Pasta",), ("barilla",), ("Acme",), 1.0, 25.0, ("p33",))
PROFILES = {
    "unknown": Profile("u"),
    "shopper": Profile("u", (*BOUGHT, *VIEWED, *IGNORED, Interaction("p44", DAY, "hide"))),
    "shopper with preferences": Profile("u", (*BOUGHT, *VIEWED, *IGNORED), LIKES),
}
SESSION = SessionContext((Interaction("p60", 10 * DAY, "click"), Interaction("p61", 10 * DAY, "cart")))
BASKET = replace(SESSION, basket=("p61",))
FILTERS = Filters(("Pets", "Home"), in_stock=True, exclude=frozenset({"p4", "p62"}), price_max=12.0)
QUERIES = {
    "plain": Query(6),
    "filtered": Query(6, FILTERS),
    "filled up": Query(14, FILTERS, strict_filtering=False),
    "diverse": Query(6, diversity=0.4),
    "second page": Query(6, shown=tuple(short_hash(f"p{row}") for row in range(0, 60, 3))),
    "with purchases": Query(6, include_purchased=True),
}
Summary = tuple[str, bool, list[tuple[str, float, str, bool]]]
Scenario = Callable[[Profile, Query], Answer]
SCENARIOS: dict[str, Scenario] = {
    "for-you": lambda profile, query: for_you(SNAPSHOT, CORRECTIONS, profile, query, STAGES),
    "session": lambda profile, query: for_you(SNAPSHOT, CORRECTIONS, profile, query, STAGES, SESSION),
    "basket": lambda profile, query: for_you(SNAPSHOT, CORRECTIONS, profile, query, STAGES, BASKET),
    "buy-again": lambda profile, query: buy_again(
        SNAPSHOT, CORRECTIONS, profile, query, STAGES, now=30 * DAY
    ),
    "new-arrivals": lambda profile, query: new_arrivals(
        SNAPSHOT, CORRECTIONS, replace(query, viewer=profile), STAGES
    ),
}
SHARED: dict[str, Callable[[Snapshot, Corrections, Query], Answer]] = {
    "similar": lambda snapshot, corrections, query: similar(snapshot, corrections, 6, query, STAGES),
    "bought-together": lambda snapshot, corrections, query: bought_together(
        snapshot, corrections, 6, query, STAGES
    ),
    "popular": lambda snapshot, corrections, query: popular(snapshot, corrections, query, STAGES),
    "trending": lambda snapshot, corrections, query: trending(snapshot, corrections, query, STAGES),
}


def summary(answer: Answer) -> Summary:
    """The strategy, `more`, and the id, score, reason and mark of each item."""
    items = [
        (item.product_id, float(f"{item.score:.6g}"), item.reason.code, item.outside_filters)
        for item in answer.items
    ]
    return answer.strategy, answer.more, items


@cache
def answers() -> dict[str, Summary]:
    """A summary for each scenario, query and profile."""
    found = {
        f"{scenario}, {query}, {profile}": summary(SCENARIOS[scenario](PROFILES[profile], QUERIES[query]))
        for scenario in SCENARIOS
        for query in QUERIES
        for profile in PROFILES
    }
    for scenario, ask in SHARED.items():
        for query in QUERIES:
            found[f"{scenario}, {query}"] = summary(ask(SNAPSHOT, CORRECTIONS, QUERIES[query]))
    return found


@pytest.mark.parametrize("scenario", [*SCENARIOS, *SHARED])
def test_answers_equal_the_recorded_ones(scenario: str) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    found = answers()
    assert recorded.keys() == found.keys()
    for name in (name for name in found if name.startswith(f"{scenario},")):
        strategy, more, items = recorded[name]
        assert found[name][:2] == (strategy, more), name
        assert [(id_, code, mark) for id_, _, code, mark in found[name][2]] == [
            (id_, code, mark) for id_, _, code, mark in items
        ], name
        scores = [score for _, score, *_ in items]
        assert [score for _, score, *_ in found[name][2]] == pytest.approx(scores, rel=1e-4), name


if __name__ == "__main__":
    lines = (f"{json.dumps(name)}: {json.dumps(found)}" for name, found in answers().items())
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
