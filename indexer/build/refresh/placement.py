"""Places new and rewritten products by their texts among what the live snapshot learned."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array

from indexer import progress
from indexer.build.refresh.changes import ChangedProducts
from indexer.factorization.cold import ColdMixing, mix_cold_products, mixed_rows, text_links
from indexer.factorization.content import Content
from indexer.factorization.fit import COLD_HISTORY, cold_entries
from indexer.factorization.learned_rows import LearnedRows, paired, split_pairs
from recommender.snapshot import Snapshot

_EXACT_TEXTS = 1 << 21
"""Number of texts up to which all are compared. A refresh searches for few, and building an index would take longer."""


def to_place(snapshot: Snapshot, changes: ChangedProducts) -> NDArray[np.int32]:
    """Products that get a new place: new ones, and cold ones whose text changed.

    A warm product stays where its purchases put it.
    """
    cold = changes.old_rows >= snapshot.warm
    return np.flatnonzero((changes.old_rows < 0) | (cold & changes.rewritten)).astype(np.int32)


def place(
    snapshot: Snapshot, changes: ChangedProducts, content: Content | None, text_weight: float = 0.0
) -> LearnedRows:
    """Carries over the learned data and adds products by their texts.

    They are added as a build adds cold products, see `mix_cold_products`. A new product has no trend.

    Args:
        snapshot: the live snapshot.
        changes: all products.
        content: content embeddings of all products. None if nothing has to be placed.
        text_weight: weight of the likeness of texts, as in the recipe of the build.
    """
    placed, old_rows = to_place(snapshot, changes), changes.old_rows
    by_old_row = np.argsort(old_rows, kind="stable").astype(np.int32)
    known = by_old_row[(old_rows[by_old_row] >= 0) & ~np.isin(by_old_row, placed)]
    kept, unindexed = (known[old_rows[known] < snapshot.indexed], known[old_rows[known] >= snapshot.indexed])
    warm = kept[old_rows[kept] < snapshot.warm]
    mixed = _mixed(placed, warm, content)
    others = np.setdiff1d(placed, mixed.products)
    rows, by_warm = old_rows[kept], mixed.mixing[:, warm]
    trend = snapshot.trend[rows]
    untrended = snapshot.item_vectors[rows[: len(warm)]] / trend[: len(warm), None]
    queries = snapshot.query_vectors[rows]
    by_texts = COLD_HISTORY * (by_warm @ queries[: len(warm)])
    if snapshot.parameters.popularity_dimensions:
        untrended[:, -1] = 0.0  # A new product is not popular because its text is like that of a popular one.
        by_texts[:, -1] = 1.0  # Popularity counts as much after any purchase, see `append_dimension`.
    weights, residuals = split_pairs(
        _weights(
            _kept_weights(snapshot, rows),
            by_warm,
            mixed.texts,
            _links(mixed, content, text_weight)[:, warm],
        )
    )
    return LearnedRows(
        order=np.concatenate([kept, mixed.products, unindexed, others]).astype(np.int32),
        warm=len(warm),
        item_vectors=np.concatenate([snapshot.item_vectors[rows], (by_warm @ untrended)[mixed.texts]]),
        query_vectors=np.concatenate([queries, by_texts[mixed.texts]]),
        trend=np.concatenate([trend, np.ones(len(mixed.products), np.float32)]),
        weights=weights,
        residuals=residuals,
    )


def _mixed(placed: NDArray[np.int32], warm: NDArray[np.int32], content: Content | None) -> ColdMixing:
    if content is None or not len(warm):
        nothing = np.empty(0, np.int32)
        columns = int(max(warm.max(initial=-1), placed.max(initial=-1))) + 1
        no_texts = csr_array(np.empty((0, columns), dtype=np.float32))
        return ColdMixing(nothing, no_texts, nothing.astype(np.int64))
    with progress.stage("Placing products", len(placed), "products") as advance:
        return mix_cold_products(placed, warm, content, advance, exact_texts=_EXACT_TEXTS)


def _links(mixed: ColdMixing, content: Content | None, text_weight: float) -> csr_array:
    """Weighted likeness of texts, see `text_links`."""
    return mixed.mixing * 0 if content is None else text_links(mixed, content) * np.float32(text_weight)


def _kept_weights(snapshot: Snapshot, rows: NDArray[np.int32]) -> csr_array:
    """Weights B and residual E between `rows`, as complex numbers B + iE."""
    indptr, indices, values, residuals = snapshot.weights.arrays()
    weights = csr_array((values, indices, indptr), shape=(snapshot.indexed, snapshot.indexed))
    pairs = paired(weights, residuals)
    if np.array_equal(rows, np.arange(snapshot.indexed)):
        return pairs
    kept: csr_array = pairs[rows][:, rows]
    return kept


def _weights(kept: csr_array, by_warm: csr_array, texts: NDArray[np.int64], links: csr_array) -> csr_array:
    """B + iE with the placed products.

    They mix the weights of warm ones as in a build.
    """
    if not len(texts):
        return kept
    warm, count, placed = by_warm.shape[1], kept.shape[0], len(texts)
    between_warm = kept[:warm][:, :warm]
    entries = cold_entries(count + placed)
    mixed = (mixed_rows(by_warm, between_warm.T.tocsr(), entries) + links).tocsr()
    as_items = _wider(mixed[texts], count)
    as_history = _wider(COLD_HISTORY * mixed_rows(by_warm, between_warm, entries)[texts], count)
    nothing = csr_array((placed, placed), dtype=kept.dtype)
    joined = block_array([[kept, as_items.T.tocsr()], [as_history, nothing]], format="csr")
    joined.sort_indices()
    return joined


def _wider(matrix: csr_array, columns: int) -> csr_array:
    return csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], columns))
