"""Candidates from the item-item weights themselves."""

from collections.abc import Sequence

from recommender import kernels
from recommender.arrays import FloatVector, Rows
from recommender.entities import Candidates, History
from recommender.snapshot import Snapshot

COLD_NEIGHBOURS = 20
"""Maximum number of cold products among the neighbours."""

_BEST = 20
"""Candidates whose neighbours are further candidates: those of a first page."""


def with_neighbours(
    snapshot: Snapshot,
    history: History,
    others: Sequence[Rows],
    banned: Sequence[Rows] = (),
    beyond: int = 0,
) -> Candidates:
    """The history's best direct neighbours and `others`, without `banned` rows.

    Neighbours are the rows of the largest s_i Σ_j ŵ_j B_ji. Cold products are selected separately, so that warm ones do
    not crowd them out: products that are never shown are never bought.

    A truncated factorization loses the relations of rare products. Their direct neighbours restore them.

    Args:
        snapshot: the snapshot to recommend from.
        history: its neighbours are summed.
        others: further candidates.
        banned: rows that are no candidates.
        beyond: number of items on earlier pages. As many further neighbours replace them.
    """
    rows, weight, residual = snapshot.model.candidates(
        history.rows,
        history.weights,
        tuple(part for part in others if len(part)),
        tuple(part for part in banned if len(part)),
        snapshot.parameters.neighbours + beyond,
        COLD_NEIGHBOURS,
        snapshot.products,
    )
    return Candidates(rows, weight, residual)


def second_neighbours(
    snapshot: Snapshot,
    candidates: Rows,
    scores: FloatVector,
    count: int,
    banned: Sequence[Rows] = (),
) -> Rows:
    """Neighbours of the best `candidates` that are not yet candidates, ascending.

    They are the rows i with the largest s_i Σ_c score_c B_ci over the best candidates c. An approximate search finds
    some products of a group of similar ones. Their neighbours are the rest of the group. Graph indexes search in the
    same way (Malkov and Yashunin, "Hierarchical navigable small world graphs", TPAMI 2020). In a large catalog this
    finds more than a search of the item index that takes a hundred times as long.

    Args:
        snapshot: the snapshot to recommend from.
        candidates: rows, each once.
        scores: the score of each of them, shape (len(candidates),).
        count: maximum number.
        banned: rows that are no candidates.
    """
    rows, values = kernels.sorting.best_first(candidates, scores, _BEST)
    useful = (rows < snapshot.indexed) & (values > 0)
    without = (candidates, *(part for part in banned if len(part)))
    return snapshot.model.neighbours(rows[useful], values[useful], without, count, snapshot.products)
