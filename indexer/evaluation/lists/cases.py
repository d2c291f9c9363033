"""Cases of variants and categories, on which lists are measured."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.protocol.list_tasks import drawn, list_task
from indexer.protocol.tasks import Task

ENOUGH_IN_CATEGORY = 8
_MAX_VARIANTS = 50
"""Largest group of titles that differ in one word. Larger ones are a naming scheme."""


def variant_task(titles: Sequence[str], max_cases: int, seed: int) -> Task:
    """Products with others whose titles differ in exactly one word.

    That word is a color or a size, for example.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for row, title in enumerate(titles):
        words = tuple(title.lower().split())
        for place in range(len(words) if len(words) > 2 else 0):
            groups.setdefault((*words[:place], "", *words[place + 1 :]), []).append(row)
    variants: dict[int, set[int]] = {}
    for rows in groups.values():
        for row in rows if 1 < len(rows) <= _MAX_VARIANTS else ():
            own = titles[row].lower()
            found = {other for other in rows if titles[other].lower() != own}
            if found:
                variants.setdefault(row, set()).update(found)
    chosen = drawn(np.array(sorted(variants), dtype=np.int64), max_cases, np.random.default_rng(seed))
    cases = [(0, np.array([row]), np.array(sorted(variants[row]))) for row in chosen.tolist()]
    return list_task(cases, len(titles))


def in_category_task(
    categories: NDArray[np.int32], products: NDArray[np.integer], max_cases: int, seed: int
) -> Task:
    """Those of `products` whose category has at least eight others. Without truth."""
    sizes = np.bincount(categories[categories >= 0], minlength=1)
    own = categories[products]
    enough = products[(own >= 0) & (sizes[own] > ENOUGH_IN_CATEGORY)]
    chosen = drawn(enough, max_cases, np.random.default_rng(seed))
    nothing = np.empty(0, dtype=np.int32)
    return list_task([(0, np.array([row]), nothing) for row in chosen.tolist()], len(categories))
