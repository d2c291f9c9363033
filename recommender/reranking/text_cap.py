"""Caps the share of a list of similar products for one text."""

import math

from recommender.arrays import Rows
from recommender.snapshot import Snapshot

TEXT_SHARE = 0.3
"""Largest share of a page for products with one text. They look identical, and some shops have many of them."""

OWN_TEXT_SHARE = 0.5
"""The same for the text of the product itself: its variants."""


def cap_texts(snapshot: Snapshot, row: int, rows: Rows, limit: int) -> list[int]:
    """Order of similar products in which no text fills the page.

    `rows` are similar to the product in `row`. The order is one of their positions.

    Products beyond the share of their text come last. Those without text are all different.
    """
    groups = snapshot.columns.variant_groups
    own = int(groups[row])
    places = {own: math.ceil(limit * OWN_TEXT_SHARE)}
    share = math.ceil(limit * TEXT_SHARE)
    first: list[int] = []
    last: list[int] = []
    for position, group in enumerate(groups[rows].tolist()):
        left = places.get(group, share) if group >= 0 else 1
        places[group] = left - 1
        (first if left > 0 else last).append(position)
    return first + last
