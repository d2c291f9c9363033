"""Maximal marginal relevance: its ends, its definition, and what it does to a page."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from adapters.telemetry import SilentStages
from recommender.entities import Interaction, Profile, Query, Scored
from recommender.pages import pipeline
from recommender.reranking.mmr import LIKENESS, POOL, diversified
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections, Overlay
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STAGES = SilentStages()
FAMILIES = [f"Shop > {row}" for row in range(80)]


def ranked(scores: list[float]) -> Scored:
    values = np.sort(np.array(scores, dtype=np.float32))[::-1]
    return Scored(np.arange(len(values), dtype=np.int32), values)


def cosine(snapshot: Snapshot, rows: NDArray[np.int32]) -> float:
    """Mean pairwise cosine similarity of item vectors."""
    vectors = snapshot.item_vectors[rows]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return float((vectors @ vectors.T)[np.triu_indices(len(rows), 1)].mean())


def families(seed: int = 3) -> Snapshot:
    """Eight families of ten products; those of a family are bought together, and with one product of each other."""
    generator = np.random.default_rng(seed)
    weights = 0.002 * generator.random((80, 80), dtype=np.float32)
    for family in range(8):
        own = slice(10 * family, 10 * family + 10)
        weights[own, own] += 0.3 + 0.1 * generator.random((10, 10), dtype=np.float32)
    weights[0] = np.linspace(1.0, 0.3, 80)
    np.fill_diagonal(weights, 0)
    return snapshot_of(weights, rank=16, categories=FAMILIES)


@settings(deadline=None)
@given(st.lists(st.floats(0, 10, width=32), max_size=60), st.integers(1, 20))
def test_without_diversity_nothing_changes(scores: list[float], limit: int) -> None:
    snapshot = snapshot_of(random_weights(60))
    before = ranked(scores)
    assert diversified(snapshot, before, limit, 0.0) is before


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.floats(0, 10, width=32), min_size=1, max_size=60),
    limit=st.integers(1, 20),
    diversity=st.floats(0.01, 1),
)
def test_rows_keep_their_scores_and_none_is_lost(scores: list[float], limit: int, diversity: float) -> None:
    snapshot = snapshot_of(random_weights(40), extra=20)
    before = ranked(scores)
    after = diversified(snapshot, before, limit, diversity)
    assert sorted(after.rows.tolist()) == before.rows.tolist()
    assert after.scores.tolist() == before.scores[after.rows].tolist()
    assert after.rows[0] == 0
    assert after.rows[POOL * limit :].tolist() == before.rows[POOL * limit :].tolist()


@settings(max_examples=30, deadline=None)
@given(diversity=st.floats(0.05, 0.95), seed=st.integers(0, 100))
def test_each_place_is_taken_by_the_largest_marginal_relevance(diversity: float, seed: int) -> None:
    snapshot = snapshot_of(random_weights(30, seed=seed), rank=6)
    before = ranked(np.random.default_rng(seed).random(30).tolist())
    vectors = snapshot.item_vectors / np.linalg.norm(snapshot.item_vectors, axis=1, keepdims=True)
    relevance = (before.scores - before.scores[-1]) / (before.scores[0] - before.scores[-1])
    order = diversified(snapshot, before, 10, diversity).rows.tolist()
    for place in range(1, 29):
        above, left = order[:place], order[place:]
        likeness = (vectors[left] @ vectors[above].T).max(axis=1)
        marginal = (1 - diversity) * relevance[left] - diversity * LIKENESS * likeness
        assert marginal[0] >= marginal.max() - 1e-5


@pytest.mark.parametrize("factor", [1e-3, 7.0])
def test_the_unit_of_scores_is_of_no_effect(factor: float) -> None:
    snapshot = snapshot_of(random_weights(40), rank=6)
    before = ranked(np.linspace(1, 2, 40).tolist())
    scaled = Scored(before.rows, before.scores * np.float32(factor) + np.float32(factor))
    assert (
        diversified(snapshot, before, 8, 0.5).rows.tolist()
        == diversified(snapshot, scaled, 8, 0.5).rows.tolist()
    )


def test_items_without_vectors_are_like_no_other() -> None:
    snapshot = snapshot_of(random_weights(10), extra=10)
    order = diversified(snapshot, ranked(np.linspace(1, 0.9, 20).tolist()), 4, 1.0).rows.tolist()
    assert len(set(order)) == 20


def test_half_diversity_makes_a_page_a_third_less_alike() -> None:
    snapshot = families()
    profile = Profile("u", (Interaction("p0", 0.0),))
    likeness = {}
    for diversity in (0.0, 0.25, 0.5, 1.0):
        query = Query(10, diversity=diversity)
        answer = pipeline.recommend(snapshot, Corrections.of(Overlay(), snapshot), profile, query, STAGES)
        rows = snapshot.lookup.find([item.product_id for item in answer.items])
        assert len(rows) == 10
        likeness[diversity] = cosine(snapshot, rows)
    assert likeness[0.5] <= likeness[0.0] * 2 / 3
    assert likeness[1.0] <= likeness[0.5] <= likeness[0.25] <= likeness[0.0]


def test_a_diverse_pages_scores_are_the_items_own() -> None:
    snapshot = families()
    profile = Profile("u", (Interaction("p0", 0.0),))
    unchanged = Corrections.of(Overlay(), snapshot)
    every = pipeline.recommend(snapshot, unchanged, profile, Query(79), STAGES).items
    own = {item.product_id: item.score for item in every}
    mixed = pipeline.recommend(snapshot, unchanged, profile, Query(10, diversity=0.7), STAGES).items
    assert [item.product_id for item in mixed] != list(own)[:10]
    assert {item.product_id: item.score for item in mixed} == pytest.approx(
        {item.product_id: own[item.product_id] for item in mixed}, rel=1e-4
    )
