"""Products that a list for everyone does not show to one shopper."""

import numpy as np

from recommender.entities import Profile, Rows
from recommender.interactions import PURCHASE
from recommender.profiles.fatigue import fatigued_rows
from recommender.profiles.hidden import hidden_ids
from recommender.snapshot.lookups import ResolvedIds


def left_out_rows(profile: Profile, ids: ResolvedIds, *, include_purchased: bool) -> Rows:
    """Rows that the shopper hid, ignored repeatedly or, unless those are included, bought.

    Ascending, each once.
    """
    packed = profile.interactions
    parts = [ids.known(hidden_ids(packed, profile.preferences)), fatigued_rows(packed, ids)]
    if not include_purchased:
        rows = ids.find_all(packed.lookup)[packed.products[packed.kinds == PURCHASE]]
        parts.append(rows[rows >= 0])
    return np.unique(np.concatenate(parts))
