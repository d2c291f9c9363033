"""Diversity and caps in one step."""

from functools import partial

import numpy as np

from recommender.entities import Scored
from recommender.reranking.caps import KnownRows, apply_caps
from recommender.reranking.mmr import diversify
from recommender.snapshot import Snapshot


def rerank(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    diversity: float,
    known: KnownRows,
    *,
    explore: bool = False,
    text_share: float = 0.0,
    complements: bool = False,
) -> Scored:
    """Diversifies `ranked`, then fills a page within the caps.

    See `diversify` and `apply_caps`. Caps compare scores, which fall along a ranking. So they get the running minimum
    of the diversified scores. The page has the true ones.
    """
    fill = partial(apply_caps, explore=explore, text_share=text_share, complements=complements)
    if diversity <= 0:
        return fill(snapshot, ranked, limit, known)
    mixed = diversify(snapshot, ranked, limit, diversity)
    falling = Scored(mixed.rows, np.minimum.accumulate(mixed.scores))
    page = fill(snapshot, falling, limit, known)
    order = np.argsort(mixed.rows)
    places = order[np.searchsorted(mixed.rows[order], page.rows)]
    return Scored(page.rows, mixed.scores[places])
