"""Candidates from the item-item weights themselves."""

from collections.abc import Sequence

from recommender.entities import Candidates, History, Rows
from recommender.snapshot import Snapshot

COLD_NEIGHBOURS = 20
"""Maximum number of cold products among the neighbours."""


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
