"""Maximal marginal relevance: its limits, its definition, its effect on a page."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.entities import (
    Interaction,
    Profile,
    Query,
    Scored,
)
from recommender.reranking import diversify
from recommender.reranking.mmr import POOL, SIMILARITY_WEIGHT
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

FAMILIES = [f"Shop > {row}" for row in range(80)]


def ranked(scores: list[float]) -> Scored:
    values = np.sort(np.array(scores, dtype=np.float32))[::-1]
    return Scored(np.arange(len(values), dtype=np.int32), values)


def cosine(snapshot: Snapshot, rows: NDArray[np.int32]) -> float:
    """Mean pairwise cosine similarity of item vectors."""
    vectors = snapshot.item_vectors[rows]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return float((vectors @ vectors.T)[np.triu_indices(len(rows), 1)].mean())


def families() -> Snapshot:
    """Eight families of ten products.

    Products of a family are bought together, and each with one product of every other family.
    """
    generator = np.random.default_rng(3)
    weights = 0.002 * generator.random((80, 80), dtype=np.float32)
    for family in range(8):
        own = slice(10 * family, 10 * family + 10)
        weights[own, own] += 0.3 + 0.1 * generator.random((10, 10), dtype=np.float32)
    weights[0] = np.linspace(1.0, 0.3, 80)
    np.fill_diagonal(weights, 0)
    return snapshot_of(weights, rank=16, categories=FAMILIES)


@given(st.lists(st.floats(0, 10, width=32), max_size=60), st.integers(1, 20))
def test_zero_diversity_keeps_the_order(scores: list[float], limit: int) -> None:
    snapshot = snapshot_of(random_weights(60))
    before = ranked(scores)
    assert diversify(snapshot, before, limit, 0.0) is before


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.floats(0, 10, width=32), min_size=1, max_size=60),
    limit=st.integers(1, 20),
    diversity=st.floats(0.01, 1),
)
def test_rows_keep_their_scores_and_none_is_lost(scores: list[float], limit: int, diversity: float) -> None:
    snapshot = snapshot_of(random_weights(40), extra=20)
    before = ranked(scores)
    after = diversify(snapshot, before, limit, diversity)
    assert sorted(after.rows.tolist()) == before.rows.tolist()
    assert after.scores.tolist() == before.scores[after.rows].tolist()
    assert after.rows[0] == 0
    assert after.rows[POOL * limit :].tolist() == before.rows[POOL * limit :].tolist()


@settings(max_examples=30, deadline=None)
@given(diversity=st.floats(0.05, 0.95), seed=st.integers(0, 100))
def test_each_place_has_the_largest_marginal_relevance(diversity: float, seed: int) -> None:
    snapshot = snapshot_of(random_weights(30, seed=seed), rank=6)
    before = ranked(np.random.default_rng(seed).random(30).tolist())
    vectors = snapshot.item_vectors / np.linalg.norm(snapshot.item_vectors, axis=1, keepdims=True)
    relevance = (before.scores - before.scores[-1]) / (before.scores[0] - before.scores[-1])
    order = diversify(snapshot, before, 10, diversity).rows.tolist()
    for place in range(1, 29):
        above, left = order[:place], order[place:]
        similarity = (vectors[left] @ vectors[above].T).max(axis=1)
        marginal = (1 - diversity) * relevance[left] - diversity * SIMILARITY_WEIGHT * similarity
        assert marginal[0] >= marginal.max() - 1e-5


@pytest.mark.parametrize("factor", [1e-3, 7.0])
def test_unit_of_scores_has_no_effect(factor: float) -> None:
    snapshot = snapshot_of(random_weights(40), rank=6)
    before = ranked(np.linspace(1, 2, 40).tolist())
    scaled = Scored(before.rows, before.scores * np.float32(factor) + np.float32(factor))
    assert (
        diversify(snapshot, before, 8, 0.5).rows.tolist() == diversify(snapshot, scaled, 8, 0.5).rows.tolist()
    )


def test_items_without_vectors_are_ordered_without_loss() -> None:
    snapshot = snapshot_of(random_weights(10), extra=10)
    order = diversify(snapshot, ranked(np.linspace(1, 0.9, 20).tolist()), 4, 1.0).rows.tolist()
    assert len(set(order)) == 20


def test_popularity_makes_no_products_similar() -> None:
    plain = families()
    popularity = np.where(np.arange(80) % 2, 9, 0)[:, None].astype(np.float32)
    popular = replace(
        plain,
        item_vectors=np.hstack([plain.item_vectors, popularity]),
        parameters=replace(plain.parameters, popularity_dimensions=1),
    )
    before = ranked(np.linspace(1, 0.5, 80).tolist())
    orders = [diversify(snapshot, before, 10, 0.5).rows.tolist() for snapshot in (plain, popular)]
    assert orders[0] == orders[1]


def test_diversity_of_one_half_lowers_similarity_by_a_third() -> None:
    snapshot = families()
    profile = Profile("u", (Interaction("p0", 0.0),))
    similarity = {}
    for diversity in (0.0, 0.25, 0.5, 1.0):
        query = Query(10, diversity=diversity)
        answer = for_you(snapshot, unchanged(snapshot), profile, query, STAGES)
        rows = snapshot.lookup.find([item.product_id for item in answer.items])
        assert len(rows) == 10
        similarity[diversity] = cosine(snapshot, rows)
    assert similarity[0.5] <= similarity[0.0] * 2 / 3
    assert similarity[1.0] <= similarity[0.5] <= similarity[0.25] <= similarity[0.0] + 1e-6  # rounding


def test_items_of_a_diverse_page_keep_their_scores() -> None:
    snapshot = families()
    profile = Profile("u", (Interaction("p0", 0.0),))
    corrections = unchanged(snapshot)
    every = for_you(snapshot, corrections, profile, Query(79), STAGES).items
    own = {item.product_id: item.score for item in every}
    mixed = for_you(snapshot, corrections, profile, Query(10, diversity=0.7), STAGES).items
    assert [item.product_id for item in mixed] != list(own)[:10]
    assert {item.product_id: item.score for item in mixed} == pytest.approx(
        {item.product_id: own[item.product_id] for item in mixed}, rel=1e-4
    )
