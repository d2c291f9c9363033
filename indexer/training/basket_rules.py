"""Chooses how lists that complete a basket weigh popularity, and how much they vary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from indexer import progress
from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.protocol.split import are_counters, split_purchases
from indexer.protocol.tasks import Task
from indexer.statistics.companions import FittedCompanions, fit_companions
from indexer.training.order_tasks import order_tasks
from indexer.training.own_purchases import own_scores
from indexer.training.page_rules import BASKET_RULES, MAX_COST, PageGroups, without_rules
from indexer.training.windows import WINDOWS
from recommender.arrays import NO_ROWS, FloatVector, Rows
from recommender.entities import Scored
from recommender.reranking import USUAL_RULES, CapRules, KnownRows, fill_within_caps
from recommender.snapshot import ServingParameters
from recommender.snapshot.categories import narrow_categories
from recommender.snapshot.tables import Companions

LENGTH = 10
"""Length of the list on which a hit counts."""
POPULARITY_WEIGHTS = (0.0, 0.25, 1.0, 4.0, 16.0)
"""Tried weights of popularity, the default first."""
OWN_WEIGHTS = (0.15, 0.6, 2.4)
"""Tried weights of own purchases, the default first."""
MIN_OWN_GAIN = 0.05
"""Smallest gain by which a weight of own purchases replaces the default. A few hundred cases gain 3 % by chance."""
MAX_CASES = 2_000
"""Maximum number of cases."""
MIN_SHARED = 0.05
"""Smallest share of purchases of products that share a text. With fewer, the rule costs nothing that matters."""

_CANDIDATES = 100
"""Best companions of each basket, from which the rules choose."""


@dataclass(frozen=True, slots=True)
class BasketChoice:
    """Choices for lists that complete a basket.

    Attributes:
        popularity: weight of popularity.
        popularity_gain: relative gain of recall@10 by that weight.
        dropped_rules: rules of `BASKET_RULES` that cost too much.
        gains: relative gain of recall@10 without each rule that was tried.
        own_weight: weight of own purchases in the baskets of known shoppers.
        own_gain: relative gain of recall@10 of these by that weight.
    """

    popularity: float
    popularity_gain: float
    dropped_rules: tuple[str, ...]
    gains: Mapping[str, float]
    own_weight: float
    own_gain: float

    def named_gains(self) -> dict[str, tuple[float, ...]]:
        """The gain of each choice, by its name in the manifest."""
        found: dict[str, tuple[float, ...]] = {
            f"recall@10 without {rule}": (gain,) for rule, gain in self.gains.items()
        }
        if self.popularity:
            found[f"recall@10 of baskets with popularity {self.popularity:g}"] = (self.popularity_gain,)
        if self.own_gain:
            found[f"recall@10 of known baskets with own purchases {self.own_weight:g}"] = (self.own_gain,)
        return found


def choose_for_baskets(
    purchases: Purchases,
    content: Content,
    groups: PageGroups,
    seed: int,
    min_cases: int,
    dropped_rules: Sequence[str] = (),
) -> BasketChoice | None:
    """Chooses by recall@10 on baskets of the latest window.

    A case is an order within the latest eighth of the time with one of its products hidden. Companions are learned from
    the purchases before it, which takes longer than all else, so that it is done once. A weight of popularity has to
    gain as much as a rule of a page may cost.

    Args:
        purchases: all purchases.
        content: content embeddings.
        groups: what the rules group products by.
        seed: seed of the sample of cases.
        min_cases: minimum number of cases.
        dropped_rules: dropped rules of pages for a shopper. Lists for a basket are served without them, too.

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
        own = own_scores(part.train, len(content.text_of))
        lists = _BasketLists(task, fit_companions(part.train, content), groups, tuple(dropped_rules), own)
        recalls = {weight: lists.recall(weight) for weight in POPULARITY_WEIGHTS}
        default, best = POPULARITY_WEIGHTS[0], max(recalls, key=lambda weight: recalls[weight])
        gain = recalls[best] / recalls[default] - 1 if recalls[default] else 0.0
        if gain <= MAX_COST:
            best, gain = default, 0.0
        texts_repeat = _shared_purchases(purchases, groups) >= MIN_SHARED
        dropped, gains = _drop_rules(lists, best, recalls[best], texts_repeat=texts_repeat)
        own_weight, own_gain = _choose_own_weight(lists, best, dropped, min_cases)
        advance(1)
    return BasketChoice(best, gain, dropped, gains, own_weight, own_gain)


def _choose_own_weight(
    lists: "_BasketLists", popularity: float, dropped: Sequence[str], min_cases: int
) -> tuple[float, float]:
    """Chooses the weight of own purchases. Returns it and its gain.

    The default stays unless another one gains more than `MIN_OWN_GAIN`.
    """
    default = OWN_WEIGHTS[0]
    if len(lists.known()) < min_cases:
        return default, 0.0
    recalls = {weight: lists.recall(popularity, dropped, weight) for weight in OWN_WEIGHTS}
    best = max(recalls, key=lambda weight: recalls[weight])
    gain = recalls[best] / recalls[default] - 1 if recalls[default] else 0.0
    return (best, gain) if gain > MIN_OWN_GAIN else (default, 0.0)


def _drop_rules(
    lists: "_BasketLists", popularity: float, recall: float, *, texts_repeat: bool
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Drops each rule that costs more than `MAX_COST` once those before it are dropped.

    Args:
        lists: the lists to measure.
        popularity: weight of popularity.
        recall: recall@10 with all rules.
        texts_repeat: whether rules of texts are tried. After one that is kept, no other one is.

    Returns:
        The dropped rules, and the relative gain without each rule that was tried.
    """
    dropped: tuple[str, ...] = ()
    gains: dict[str, float] = {}
    for rule, changes in BASKET_RULES.items():
        is_of_texts = "basket_text_share" in changes
        if is_of_texts and not texts_repeat:
            continue
        found = lists.recall(popularity, [*dropped, rule])
        gains[rule] = found / recall - 1 if recall else 0.0
        if gains[rule] > MAX_COST:
            dropped, recall = (*dropped, rule), found
        elif is_of_texts:
            texts_repeat = False
    return dropped, gains


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
    dropped_rules: tuple[str, ...]
    own: csr_array

    def known(self) -> list[int]:
        """The cases of shoppers with purchases before the window."""
        bought = np.diff(self.own.indptr)[self.task.shoppers]
        return [case for case, count in enumerate(bought.tolist()) if count]

    def recall(
        self, popularity: float, dropped_rules: Sequence[str] = (), own_weight: float | None = None
    ) -> float:
        """Share of the cases with the hidden product on the list.

        Popular products fill it up. With `own_weight`, the cases are those of known shoppers, and their own purchases
        count.
        """
        parameters = without_rules(ServingParameters(), [*self.dropped_rules, *dropped_rules])
        rules = CapRules.of_baskets(parameters)
        weights = self.companions.with_popularity(popularity)
        companions = Companions(
            weights.indptr.astype(np.int64), weights.indices.astype(np.int32), weights.data
        )
        shares = self.companions.shares
        products = np.arange(len(shares), dtype=np.int32)
        columns = self.groups.columns(products, narrow_categories(self.groups.categories))
        popular = np.argsort(-shares, kind="stable")[:_CANDIDATES].astype(np.int32)
        baskets = np.split(self.task.history.indices, self.task.history.indptr[1:-1])
        cases = list(range(len(self.task))) if own_weight is None else self.known()
        hits = 0
        for case in cases:
            basket, bought, page = baskets[case], NO_ROWS, NO_ROWS
            completing = companions.scores(basket)
            if own_weight is not None:
                row = self.own[[int(self.task.shoppers[case])]]
                bought = row.indices
                completing = _added(completing, (bought, np.float32(own_weight) * row.data))
            # As served: a popular product displaces no companion, not even one over a cap.
            for scored, caps in ((completing, rules), ((popular, shares[popular]), USUAL_RULES)):
                ranked = _best(*scored, np.concatenate([page, basket]))
                known = KnownRows(bought=bought, shown=page)
                chosen = fill_within_caps(columns, parameters, ranked, LENGTH, known, caps)
                page = np.concatenate([page, ranked.rows[chosen]])
            hits += self.task.truth.indices[case] in page
        return hits / max(len(cases), 1)


def _added(one: tuple[Rows, FloatVector], other: tuple[Rows, FloatVector]) -> tuple[Rows, FloatVector]:
    """The rows of both with the sum of their scores."""
    rows, places = np.unique(np.concatenate([one[0], other[0]]), return_inverse=True)
    return rows, np.bincount(places, weights=np.concatenate([one[1], other[1]])).astype(np.float32)


def _best(rows: Rows, scores: FloatVector, without: Rows) -> Scored:
    """The best of `rows`, best first, `without` some."""
    others = np.flatnonzero(~np.isin(rows, without))
    order = others[np.argsort(-scores[others], kind="stable")[:_CANDIDATES]]
    return Scored(rows[order].astype(np.int32), scores[order])
