"""Chooses how lists that complete a basket weigh popularity, and whether texts repeat."""

import math
from dataclasses import dataclass, replace

import numpy as np

from indexer import progress
from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.protocol.metrics import TOP
from indexer.protocol.split import are_counters, split_purchases
from indexer.protocol.tasks import Task
from indexer.statistics.companions import FittedCompanions, fit_companions
from indexer.training.order_tasks import order_tasks
from indexer.training.page_rules import MAX_COST, PageGroups
from indexer.training.windows import WINDOWS
from recommender.arrays import NO_ROWS, FloatVector, Rows
from recommender.entities import Scored
from recommender.reranking import TEXT_SHARE, KnownRows, fill_within_caps
from recommender.snapshot import ServingParameters
from recommender.snapshot.categories import narrow_categories
from recommender.snapshot.tables import Companions

LENGTH = 10
"""Length of the list on which a hit counts."""
POPULARITY_WEIGHTS = (0.0, 0.25, 1.0, 4.0, 16.0)
"""Tried weights of popularity, the default first."""
MAX_CASES = 2_000
"""Maximum number of cases."""
MIN_SHARED = 0.05
"""Smallest share of purchases of products that share a text. With fewer, the rule costs nothing that matters."""

_CANDIDATES = 100
"""Best companions of each basket, from which the rules choose."""
_ALONE = ServingParameters()
_SHARED = replace(_ALONE, text_cap=math.ceil(TOP * TEXT_SHARE))


@dataclass(frozen=True, slots=True)
class BasketChoice:
    """Choices for lists that complete a basket.

    Attributes:
        popularity: weight of popularity.
        popularity_gain: relative gain of recall@10 by that weight.
        shared_text_gain: relative gain where products of a list share a text, or None if that was not tried.
    """

    popularity: float
    popularity_gain: float
    shared_text_gain: float | None


def choose_for_baskets(
    purchases: Purchases, content: Content, groups: PageGroups, seed: int, min_cases: int
) -> BasketChoice | None:
    """Chooses by recall@10 on baskets of the latest window.

    A case is an order within the latest eighth of the time with one of its products hidden. Companions are learned from
    the purchases before it, which takes longer than all else, so that it is done once. A weight of popularity has to
    gain as much as a rule of a page may cost.

    Returns:
        The choice, or None with fewer than `min_cases` cases, or without dates.
    """
    if are_counters(purchases):
        return None
    with progress.stage("Validating baskets", 1, "windows") as advance:
        part = split_purchases(purchases, "time", *WINDOWS[-1])
        _, task = order_tasks(part.test, len(content.text_of), MAX_CASES, seed)
        if len(task) < min_cases:
            return None
        lists = _BasketLists(task, fit_companions(part.train, content), groups)
        recalls = {weight: lists.recall(weight, _ALONE) for weight in POPULARITY_WEIGHTS}
        default, best = POPULARITY_WEIGHTS[0], max(recalls, key=lambda weight: recalls[weight])
        gain = recalls[best] / recalls[default] - 1 if recalls[default] else 0.0
        if gain <= MAX_COST:
            best, gain = default, 0.0
        shared = None
        if _shared_purchases(purchases, groups) >= MIN_SHARED:
            shared = lists.recall(best, _SHARED) / recalls[best] - 1 if recalls[best] else 0.0
        advance(1)
    return BasketChoice(best, gain, shared)


def _shared_purchases(purchases: Purchases, groups: PageGroups) -> float:
    """Share of the purchases that are of products with the text of another one."""
    known = groups.texts >= 0
    sizes = np.bincount(groups.texts[known], minlength=1)
    shared = np.zeros(len(groups.texts), dtype=np.bool_)
    shared[known] = sizes[groups.texts[known]] > 1
    return float(shared[purchases.products].mean()) if len(purchases) else 0.0


@dataclass(frozen=True, slots=True)
class _BasketLists:
    """Lists for the baskets of a task."""

    task: Task
    companions: FittedCompanions
    groups: PageGroups

    def recall(self, popularity: float, parameters: ServingParameters) -> float:
        """Share of the cases with the hidden product on the list.

        Popular products fill it up.
        """
        weights = self.companions.with_popularity(popularity)
        companions = Companions(
            weights.indptr.astype(np.int64), weights.indices.astype(np.int32), weights.data
        )
        shares = self.companions.shares
        products = np.arange(len(shares), dtype=np.int32)
        columns = self.groups.columns(products, narrow_categories(self.groups.categories))
        popular = np.argsort(-shares, kind="stable")[:_CANDIDATES].astype(np.int32)
        baskets = np.split(self.task.history.indices, self.task.history.indptr[1:-1])
        hits = 0
        for basket, hidden in zip(baskets, self.task.truth.indices.tolist(), strict=True):
            page = NO_ROWS
            # As served: a popular product displaces no companion, not even one over a cap.
            for rows, scores in (companions.scores(basket), (popular, shares[popular])):
                ranked = _best(rows, scores, np.concatenate([page, basket]))
                chosen = fill_within_caps(columns, parameters, ranked, TOP, KnownRows(shown=page))
                page = np.concatenate([page, ranked.rows[chosen]])
            hits += hidden in page[:LENGTH]
        return hits / len(self.task)


def _best(rows: Rows, scores: FloatVector, without: Rows) -> Scored:
    """The best of `rows`, best first, `without` some."""
    others = np.flatnonzero(~np.isin(rows, without))
    order = others[np.argsort(-scores[others], kind="stable")[:_CANDIDATES]]
    return Scored(rows[order].astype(np.int32), scores[order])
