"""Rankings of a list of products."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import (
    Interaction,
    Profile,
    Query,
    SessionContext,
)
from recommender.scenarios.for_you import for_you
from recommender.scenarios.rankings import rank
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STRANGER = Profile("")


def did(kind: str, *products: str, at: float = 0.0) -> tuple[Interaction, ...]:
    return tuple(Interaction(product, at, kind) for product in products)


def ranked_ids(snapshot: Snapshot, rows: list[int], profile: Profile) -> tuple[str, list[int], list[float]]:
    names = [f"p{row}" for row in rows]
    ranking = rank(snapshot, unchanged(snapshot), profile, names, STAGES)
    return ranking.strategy, [int(one[1:]) for one in ranking.product_ids], ranking.scores.tolist()


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.integers(0, 29), max_size=40), past=st.lists(st.integers(0, 29), max_size=4))
def test_ranking_has_every_product_once(rows: list[int], past: list[int]) -> None:
    snapshot = snapshot_of(random_weights(25), extra=5)
    profile = Profile("u", did("purchase", *(f"p{row}" for row in past)))
    strategy, found, scores = ranked_ids(snapshot, rows, profile)
    assert sorted(found) == sorted(set(rows))
    assert scores == sorted(scores, reverse=True)
    assert strategy == ("personalised" if past else "popular")


def test_equal_scores_keep_the_callers_order() -> None:
    snapshot = snapshot_of(np.zeros((6, 6), dtype=np.float32), rank=2, buyers=[1, 1, 5, 1, 1, 1])
    assert ranked_ids(snapshot, [4, 0, 2, 3], STRANGER)[1] == [2, 4, 0, 3]


def test_scores_equal_those_of_recommendations() -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), rank=3)
    profile = Profile("u", did("purchase", "p3", "p4"))
    page = for_you(snapshot, unchanged(snapshot), profile, Query(10, include_purchased=True), STAGES).items
    rows = [int(item.product_id[1:]) for item in page]
    _, found, scores = ranked_ids(snapshot, rows, profile)
    assert dict(zip(found, scores, strict=True)) == pytest.approx(
        {int(item.product_id[1:]): item.score for item in page}
    )


def test_hidden_products_of_a_session_do_not_count() -> None:
    snapshot = snapshot_of(random_weights(20), rank=4)
    hiding = Profile("u", did("hide", "p0"))
    names = [f"p{row}" for row in range(1, 20)]

    def scores(session: SessionContext, profile: Profile) -> list[float]:
        found = rank(snapshot, unchanged(snapshot), profile, names, STAGES, session)
        assert found.missing_ids == ()
        return found.scores.tolist()

    both, one = SessionContext(did("view", "p0", "p1")), SessionContext(did("view", "p1"))
    assert scores(both, hiding) == scores(one, hiding)
    assert scores(both, STRANGER) != scores(one, STRANGER)
