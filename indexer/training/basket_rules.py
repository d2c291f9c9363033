"""Tries more than one product per text in lists that complete a basket."""

import math
from dataclasses import replace

import numpy as np

from indexer import progress
from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.protocol.metrics import TOP
from indexer.protocol.split import SplitKind, are_counters, split_purchases
from indexer.protocol.tasks import Task
from indexer.statistics.companions import companions_of
from indexer.training.order_tasks import order_tasks
from indexer.training.page_rules import PageGroups
from indexer.training.windows import WINDOWS
from recommender.arrays import NO_ROWS, Mask
from recommender.entities import Scored
from recommender.reranking import TEXT_SHARE, CapColumns, fill_within_caps
from recommender.snapshot import ServingParameters
from recommender.snapshot.categories import narrow_categories
from recommender.snapshot.tables import Companions

LENGTH = 10
"""Length of the list on which a hit counts."""
MAX_CASES = 1_000
"""Maximum number of cases."""
MIN_SHARED = 0.05
"""Smallest share of purchases of products that share a text. With fewer, the rule costs nothing that matters."""

_CANDIDATES = 100
"""Best companions of each basket, from which the rules choose."""
_ALONE = ServingParameters()
_SHARED = replace(_ALONE, text_cap=math.ceil(TOP * TEXT_SHARE))


def shared_text_gain(
    purchases: Purchases, kind: SplitKind, content: Content, groups: PageGroups, seed: int, min_cases: int
) -> float | None:
    """Relative gain of recall@10 where products of a basket's list share a text.

    A case is an order within the latest window with one of its products hidden. Companions are learned from the
    purchases before the window, which takes longer than all else, so that it is done once.

    Returns:
        The gain, or None with fewer than `min_cases` cases, or where texts of products are their own.
    """
    if are_counters(purchases) or _shared_purchases(purchases, groups) < MIN_SHARED:
        return None
    with progress.stage("Validating baskets", 1, "windows") as advance:
        part = split_purchases(purchases, kind, *WINDOWS[-1])
        _, task = order_tasks(part.test, len(content.text_of), MAX_CASES, seed)
        if len(task) < min_cases:
            return None
        alone, shared = _hits(task, part.train, content, groups).mean(axis=1).tolist()
        advance(1)
    return shared / alone - 1 if alone else 0.0


def _shared_purchases(purchases: Purchases, groups: PageGroups) -> float:
    """Share of the purchases that are of products with the text of another one."""
    known = groups.texts >= 0
    sizes = np.bincount(groups.texts[known], minlength=1)
    shared = np.zeros(len(groups.texts), dtype=np.bool_)
    shared[known] = sizes[groups.texts[known]] > 1
    return float(shared[purchases.products].mean()) if len(purchases) else 0.0


def _hits(task: Task, train: Purchases, content: Content, groups: PageGroups) -> Mask:
    """Marks the cases with the hidden product on the list.

    With and without the rule, shape (2, cases).
    """
    weights = companions_of(train, content)
    companions = Companions(weights.indptr.astype(np.int64), weights.indices.astype(np.int32), weights.data)
    count = len(content.text_of)
    columns = CapColumns(groups.texts, narrow_categories(groups.categories), count, count)
    hits = np.zeros((2, len(task)), dtype=np.bool_)
    baskets = np.split(task.history.indices, task.history.indptr[1:-1])
    for case, (basket, hidden) in enumerate(zip(baskets, task.truth.indices.tolist(), strict=True)):
        rows, scores = companions.scores(basket)
        others = ~np.isin(rows, basket)
        rows, scores = rows[others], scores[others]
        order = np.argsort(-scores, kind="stable")[:_CANDIDATES]
        ranked = Scored(rows[order].astype(np.int32), scores[order])
        for place, parameters in enumerate((_ALONE, _SHARED)):
            chosen = fill_within_caps(columns, parameters, ranked, TOP, bought=NO_ROWS)
            hits[place, case] = hidden in ranked.rows[chosen[:LENGTH]]
    return hits
