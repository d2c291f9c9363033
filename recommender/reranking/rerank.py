"""Diversity and caps in one step."""

from functools import partial

import numpy as np

from recommender.entities import NO_ROWS, Rows, Scored
from recommender.reranking.caps import apply_caps
from recommender.reranking.mmr import diversify
from recommender.snapshot import Snapshot


def rerank(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    diversity: float,
    *,
    bought: Rows = NO_ROWS,
    shown: Rows = NO_ROWS,
    earlier: Rows = NO_ROWS,
    explore: bool = False,
) -> Scored:
    """Diversifies `ranked`, then fills a page within the caps.

    See `diversify` and `apply_caps`.

    Caps compare scores, so they get the running minimum of the diversified order. The page has the true scores.
    """
    cap = partial(
        apply_caps, snapshot, limit=limit, bought=bought, shown=shown, earlier=earlier, explore=explore
    )
    if diversity <= 0:
        return cap(ranked)
    mixed = diversify(snapshot, ranked, limit, diversity)
    page = cap(Scored(mixed.rows, np.minimum.accumulate(mixed.scores)))
    order = np.argsort(mixed.rows)
    places = order[np.searchsorted(mixed.rows[order], page.rows)]
    return Scored(page.rows, mixed.scores[places])
