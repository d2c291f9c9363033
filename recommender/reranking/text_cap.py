"""Caps products of one text in lists that have an order of their own."""

import math
from collections import Counter, defaultdict

from recommender.arrays import Rows
from recommender.snapshot import Snapshot

TEXT_SHARE = 0.3
"""Largest share of a page for products with one text. They look identical, and some shops have many of them."""

OWN_TEXT_SHARE = 0.5
"""The same for the text of the product itself: its variants."""


def cap_texts(snapshot: Snapshot, row: int, rows: Rows, limit: int) -> list[int]:
    """Order of products in which no text and no other model fills a page.

    `rows` are similar to the product in `row`, or bought together with it. The order is one of their positions.

    Products beyond the share of their text come last, and further colors of another model than the product's own. Those
    without text are all different.
    """
    columns = snapshot.columns
    own, own_model = int(columns.variant_groups[row]), int(columns.models[row])
    places = {own: math.ceil(limit * OWN_TEXT_SHARE)}
    share = math.ceil(limit * TEXT_SHARE)
    colors = defaultdict[int, dict[int, int]](dict)
    first: list[int] = []
    last: list[int] = []
    texts = zip(columns.variant_groups[rows].tolist(), columns.models[rows].tolist(), strict=True)
    for position, (group, model) in enumerate(texts):
        left = places.get(group, share) if group >= 0 else 1
        places[group] = left - 1
        fits = left > 0
        if fits and model not in (-1, own_model):
            fits = colors[model].setdefault(group, len(colors[model])) < snapshot.parameters.model_cap
        (first if fits else last).append(position)
    return first + last


def first_of_texts(snapshot: Snapshot, rows: Rows, limit: int) -> Rows:
    """The first `limit` of `rows`, of each text as many as on other pages.

    The order stays. More of a text stay only where no other product is left.
    """
    groups, counts = snapshot.columns.variant_groups[rows].tolist(), Counter[int]()
    first: list[int] = []
    others: list[int] = []
    for position, group in enumerate(groups):
        counts[group] += 1
        is_first = group < 0 or counts[group] <= snapshot.parameters.text_cap
        (first if is_first else others).append(position)
    return rows[sorted([*first, *others][:limit])]
