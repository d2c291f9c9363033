"""Products that a list for everyone does not show to one shopper."""

from collections.abc import Sequence

import numpy as np

from recommender.arrays import NO_ROWS, Rows
from recommender.entities import Profile
from recommender.interactions import PURCHASE
from recommender.profiles.fatigue import fatigued_rows, ignored_products
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


def left_out_ids(profile: Profile, product_ids: Sequence[str], *, include_purchased: bool) -> frozenset[str]:
    """Those of `product_ids` that `left_out_rows` would have, for products without a row."""
    packed = profile.interactions
    bought = NO_ROWS if include_purchased else packed.products[packed.kinds == PURCHASE]
    left_out = frozenset(np.concatenate([ignored_products(packed), bought]).tolist())
    hidden = hidden_ids(packed, profile.preferences)
    places = packed.lookup.find(product_ids).tolist()
    return frozenset(
        one for one, place in zip(product_ids, places, strict=True) if one in hidden or place in left_out
    )
