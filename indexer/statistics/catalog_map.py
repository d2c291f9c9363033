"""Lays out a map of the catalog, where similar products are close."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer import progress
from indexer.progress import Advance

EDGES: Mapping[str, tuple[int, float]] = {"alternatives": (8, 1.0), "complements": (5, 0.5)}
"""Tables whose pairs attract each other: number of pairs per product, and weight of the first."""

EPOCHS = 50
SMOOTHINGS = 20
"""Steps that bring the products near their neighbours before the first epoch."""
NEGATIVES = 4
"""Random products that push each product away, in each epoch."""
ATTRACTION, REPULSION = 4.0, 24.0
SOFTENING = 0.1
"""Squared distance that is added, so that products in one place do not repel each other without bound."""
MAX_STEP = 4.0
RADIUS = 10.0
"""Standard deviation of the first places. Forces between neighbours act at a distance of about 1."""
SPREAD = 0.002
"""Standard deviation of a refresh's places around the mean of the neighbours. The map has a half width of 1."""

Arrays = Mapping[str, NDArray[Any]]
Places = NDArray[np.float32]


def map_arrays(arrays: Arrays, seed: int) -> dict[str, NDArray[np.float32]]:
    """Places of all products, as the arrays `map_x` and `map_y` of a snapshot.

    A product without any alternative or complement has none.

    Args:
        arrays: arrays of the snapshot, by name: item vectors, alternatives and complements.
        seed: the same seed gives the same map.
    """
    graph = _neighbours(arrays)
    if not graph.nnz:
        return _columns(np.full((graph.shape[0], 2), np.nan))
    with progress.stage("Laying out the map", EPOCHS, "epochs") as advance:
        places = _lay_out(graph, _first_places(arrays["item_vectors"], graph), seed, advance)
    places -= (places.min(axis=0) + places.max(axis=0)) / 2
    places /= np.abs(places).max()
    return _columns(np.where(_linked(graph), places, np.nan))


def refreshed_map(
    live: Arrays, arrays: Arrays, old_rows: NDArray[np.int32], placed: NDArray[np.int32], seed: int
) -> dict[str, NDArray[np.float32]]:
    """The map of the live snapshot with the products of a refresh.

    Known products stay where they are. Those that the refresh placed lie amid their neighbours. All are laid out if the
    live snapshot has no map.

    Args:
        live: arrays of the live snapshot.
        arrays: arrays of the refreshed snapshot, without a map.
        old_rows: row in the live snapshot of each new row, −1 for a new product, shape (new rows,).
        placed: new rows of the products that the refresh placed.
        seed: seed of the random places around the mean of the neighbours.
    """
    if "map_x" not in live:
        return map_arrays(arrays, seed)
    old = np.stack([live["map_x"], live["map_y"]], axis=1)
    places = np.where((old_rows >= 0)[:, None], old[old_rows], np.nan)
    places[placed] = np.nan
    graph = _neighbours(arrays)[placed]
    known: NDArray[np.bool_] = ~np.isnan(places[:, :1])
    weights: NDArray[Any] = graph @ known.astype(np.float32)
    sums: NDArray[Any] = graph @ np.where(known, places, 0)
    means = np.where(weights > 0, sums / np.maximum(weights, 1e-6), np.nan)
    places[placed] = means + np.random.default_rng(seed).normal(0, SPREAD, means.shape)
    return _columns(np.clip(places, -1, 1))


def _columns(places: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
    return {name: places[:, axis].astype(np.float32) for axis, name in enumerate(("map_x", "map_y"))}


def _neighbours(arrays: Arrays) -> csr_array:
    """Symmetric weights between products, which fall with the place in the other's list."""
    count = len(arrays["alternatives_indptr"]) - 1
    graph = csr_array((count, count), dtype=np.float32)
    for table, (limit, weight) in EDGES.items():
        indptr, rows = arrays[f"{table}_indptr"], arrays[f"{table}_rows"]
        lengths = np.minimum(np.diff(indptr), limit)
        ends = np.cumsum(lengths)
        rank = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
        values = (weight / (1 + rank / 4)).astype(np.float32)
        others = rows[np.repeat(indptr[:-1], lengths) + rank]
        part = csr_array((values, others, np.concatenate([[0], ends])), shape=(count, count))
        graph = graph + part + part.T
    return csr_array(graph)


def _linked(graph: csr_array) -> NDArray[np.bool_]:
    """Marks products with neighbours, shape (products, 1)."""
    marked: NDArray[np.bool_] = (np.diff(graph.indptr) > 0)[:, None]
    return marked


def _shares(graph: csr_array) -> csr_array:
    """`graph` with each row divided by its sum."""
    totals = np.asarray(graph.sum(axis=1)).ravel()
    values = graph.data / np.repeat(np.maximum(totals, 1e-6), np.diff(graph.indptr))
    return csr_array((values.astype(np.float32), graph.indices, graph.indptr), shape=graph.shape)


def _first_places(vectors: NDArray[np.float32], graph: csr_array) -> Places:
    """The two main components of the vectors, moved towards those of the neighbours.

    Ranks spread them over a square. Without that, a few products far away would push all others into one place.
    """
    places = np.zeros((graph.shape[0], 2), dtype=np.float32)
    if len(vectors):
        places[: len(vectors)] = _evened(_main_components(vectors))
    shares, linked = _shares(graph), _linked(graph)
    for _ in range(SMOOTHINGS):
        places = np.where(linked, (places + shares @ places) / 2, places)
    spread: Places = _evened(places) + places
    scaled: Places = (spread * (RADIUS / spread.std())).astype(np.float32)
    return scaled


def _main_components(vectors: NDArray[np.float32]) -> Places:
    """The two main components of the directions of `vectors`, shape (n, 2)."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    directions = vectors / lengths
    directions -= directions.mean(axis=0)
    axes = np.linalg.eigh((directions.T @ directions).astype(np.float64))[1][:, :-3:-1]
    found = np.zeros((len(vectors), 2), dtype=np.float32)
    found[:, : axes.shape[1]] = directions @ axes.astype(np.float32)
    # The sign of an axis is arbitrary. It is fixed, so that two builds of a shop look alike.
    skew = np.where((found**3).sum(axis=0) < 0, -1, 1)
    return (found * skew).astype(np.float32)


def _evened(places: Places) -> Places:
    """The rank along each axis, from −½ to ½."""
    ranks = np.argsort(np.argsort(places, axis=0, kind="stable"), axis=0, kind="stable")
    return (ranks / len(places) - 0.5).astype(np.float32)


def _lay_out(graph: csr_array, places: Places, seed: int, advance: Advance) -> Places:
    """Moves neighbours together, and each product away from random ones, by ever smaller steps.

    The forces are those of UMAP with a = b = 1 (McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and
    Projection", 2018), on all products at once: F_i = α Σ_j w_ij (y_j − y_i) / (1 + d²) with Σ_j w_ij = 1, and
    β E_j[(y_i − y_j) / ((ε + d²) (1 + d²))] over random products j.
    """
    count, random = len(places), np.random.default_rng(seed)
    shares = _shares(graph)
    lengths = np.diff(graph.indptr)
    owners = np.repeat(np.arange(count, dtype=np.int32), lengths)
    for epoch in range(EPOCHS):
        apart = places[owners] - places[graph.indices]
        pulls = shares.data / (1 + _squares(apart))
        pull = csr_array((pulls, graph.indices, graph.indptr), shape=graph.shape)
        moves = pull @ places - places * np.bincount(owners, pulls, count).astype(np.float32)[:, None]
        pushes = np.zeros_like(places)
        for _ in range(NEGATIVES):
            apart = places - places[random.integers(0, count, count)]
            squares = _squares(apart)
            pushes += apart / ((SOFTENING + squares) * (1 + squares))[:, None]
        steps = (ATTRACTION * moves + REPULSION / NEGATIVES * pushes) * (1 - epoch / EPOCHS)
        places = places + np.clip(steps, -MAX_STEP, MAX_STEP)
        advance(1)
    return places


def _squares(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", vectors, vectors)
    return squares
