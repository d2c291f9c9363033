"""Diversity and caps in one step."""

import numpy as np

from recommender.entities import Rows, Scored
from recommender.reranking.caps import apply_caps
from recommender.reranking.mmr import diversify
from recommender.snapshot import Snapshot


def rerank(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    diversity: float,
    *,
    bought: Rows,
    shown: Rows,
    earlier: Rows,
    explore: bool = False,
) -> Scored:
    """Diversifies `ranked`, then fills a page within the caps.

    See `diversify` and `apply_caps`.

    Caps compare scores, so they get the running minimum of the diversified order. The page has the true scores.
    """
    if diversity <= 0:
        return apply_caps(snapshot, ranked, limit, bought, shown, earlier=earlier, explore=explore)
    mixed = diversify(snapshot, ranked, limit, diversity)
    falling = Scored(mixed.rows, np.minimum.accumulate(mixed.scores))
    page = apply_caps(snapshot, falling, limit, bought, shown, earlier=earlier, explore=explore)
    order = np.argsort(mixed.rows)
    places = order[np.searchsorted(mixed.rows[order], page.rows)]
    return Scored(page.rows, mixed.scores[places])
