"""Weights of interactions by kind: purchases, carts, clicks, views."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recommender.entities import Interaction
from recommender.interactions import HIDE, KINDS, Interactions

KIND_WEIGHTS: Mapping[str, float] = {"purchase": 1.0, "cart": 0.7, "click": 0.4, "view": 0.3}
"""Weight of one interaction of each kind, relative to a purchase of the same age.

An action that costs the shopper less effort is weaker evidence (Hu, Koren, Volinsky, "Collaborative filtering for
implicit feedback datasets", ICDM 2008, on confidence). Hides and impressions have no weight: they only restrict what is
shown. The numbers are chosen, not measured, because no available data set could decide them."""


WEIGHTS = np.array([KIND_WEIGHTS.get(kind, 0.0) for kind in KINDS])
"""Weight by the code of the kind, descending."""


def strongest_kinds(interactions: Iterable[Interaction], product_ids: Sequence[str]) -> dict[str, str]:
    """The interaction kind with the largest weight for each of `product_ids` that has one."""
    packed = Interactions.of(interactions)
    products = packed.lookup.find(product_ids)
    starts = np.searchsorted(packed.products, products).tolist()
    ends = np.searchsorted(packed.products, products, side="right").tolist()
    codes = packed.kinds.tobytes()
    strongest = [min(codes[start:end], default=HIDE) for start, end in zip(starts, ends, strict=True)]
    found = zip(product_ids, strongest, strict=True)
    return {product_id: KINDS[code] for product_id, code in found if WEIGHTS[code] > 0}
