"""Diversity and caps in one step."""

import numpy as np

from recommender.entities import Scored
from recommender.reranking.caps import USUAL_RULES, CapRules, KnownRows, apply_caps
from recommender.reranking.mmr import diversify
from recommender.snapshot import Snapshot


def rerank(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    diversity: float,
    known: KnownRows,
    rules: CapRules = USUAL_RULES,
) -> Scored:
    """Diversifies `ranked`, then fills a page within the caps.

    See `diversify` and `apply_caps`. Caps compare scores, which fall along a ranking. So they get the running minimum
    of the diversified scores. The page has the true ones.
    """
    if diversity <= 0:
        return apply_caps(snapshot, ranked, limit, known, rules)
    mixed = diversify(snapshot, ranked, limit, diversity)
    falling = Scored(mixed.rows, np.minimum.accumulate(mixed.scores))
    page = apply_caps(snapshot, falling, limit, known, rules)
    order = np.argsort(mixed.rows)
    places = order[np.searchsorted(mixed.rows[order], page.rows)]
    return Scored(page.rows, mixed.scores[places])
