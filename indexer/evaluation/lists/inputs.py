"""Inputs of the measurements of lists, and rankings by the lists as served."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from adapters.telemetry import SilentStages
from indexer import progress
from indexer.evaluation.baselines import Baseline, rank
from indexer.evaluation.comparison import OURS, Ranker
from indexer.evaluation.served import ServedSnapshot, profiles_of
from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.progress import Advance
from indexer.protocol.metrics import TOP, PerShopper, Rankings, hits_of
from indexer.protocol.split import Split
from indexer.protocol.tasks import Task, buyer_counts
from indexer.snapshots.arrays import category_codes
from recommender.arrays import Rows
from recommender.entities import Answer, Interaction, Profile, Query, SessionContext
from recommender.ports import StageObserver
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay

MIN_CASES = 30
"""Minimum number of cases of a metric. With fewer, it is left out."""

MAX_CASES = 2_000
"""Maximum number of cases of each metric in an evaluation. A build takes fewer."""

_STAGES = SilentStages()

ProductScenario = Callable[[Snapshot, Corrections, int, Query, StageObserver], Answer]
Measure = Callable[[Task, Rankings], PerShopper]


@dataclass(frozen=True)
class ListInputs:
    """Snapshot, purchases and samples that lists are measured with.

    Attributes:
        served: the snapshot, trained before the cut.
        content: content embeddings of its products.
        part: purchases of its products before and after the cut.
        max_cases: maximum number of cases per metric.
        seed: seed of samples.
    """

    served: ServedSnapshot
    content: Content
    part: Split
    max_cases: int
    seed: int

    @property
    def products(self) -> int:
        """Number of products."""
        return len(self.served.products)

    @property
    def train(self) -> Purchases:
        """Purchases before the cut."""
        return self.part.train

    @cached_property
    def categories(self) -> NDArray[np.int32]:
        """Code of each product's leaf category, −1 without one."""
        return category_codes(self.served.products)

    @cached_property
    def titles(self) -> list[str]:
        """Title of each product."""
        return [str(json.loads(document)["title"] or "") for document in self.served.products.documents]

    @cached_property
    def buyers(self) -> NDArray[np.int64]:
        """Distinct buyers of each product before the cut."""
        return buyer_counts(self.train, self.products)

    def of_products(self, scenario: ProductScenario) -> Ranker:
        """Ranks by the list of `scenario` for the product of each case."""

        def ranker(task: Task, advance: Advance) -> Rankings:
            snapshot, ids = self.served.snapshot, self.served.ids
            corrections = Corrections.of(Overlay(), snapshot)
            rows = snapshot.lookup.find([ids[product] for product in task.history.indices.tolist()])
            answers = (scenario(snapshot, corrections, row, Query(TOP), _STAGES) for row in rows.tolist())
            return self._rankings(len(task), answers, advance)

        return ranker

    def of_baskets(self, *, known: bool) -> Ranker:
        """Ranks by the list for each basket.

        With `known`, the purchases of the shopper before the cut count too.
        """

        def ranker(task: Task, advance: Advance) -> Rankings:
            profiles: Iterable[Profile] = [Profile("")] * len(task)
            if known:
                profiles = profiles_of(self.train, task.shoppers, self.served.ids)
            baskets = np.split(task.history.indices, task.history.indptr[1:-1])
            answers = (
                self._completed(profile, basket, known)
                for profile, basket in zip(profiles, baskets, strict=True)
            )
            return self._rankings(len(task), answers, advance)

        return ranker

    def _completed(self, profile: Profile, rows: Rows, known: bool) -> Answer:
        snapshot, now = self.served.snapshot, float(self.train.times.max(initial=0))
        held = tuple(self._ids[row] for row in rows.tolist())
        session = SessionContext(tuple(Interaction(one, now, "cart") for one in held), held)
        query = Query(TOP, include_purchased=known)
        return for_you(snapshot, Corrections.of(Overlay(), snapshot), profile, query, _STAGES, session)

    @cached_property
    def _ids(self) -> list[str]:
        return self.served.ids

    def _rankings(self, count: int, answers: Iterable[Answer], advance: Advance) -> Rankings:
        row_of = self.served.products.row_of
        rankings = np.full((count, TOP), -1, dtype=np.int32)
        for place, answer in enumerate(answers):
            rankings[place, : len(answer.items)] = [row_of[item.product_id] for item in answer.items]
            advance(1)
        return rankings


def compared(
    task: Task, ours: Ranker, baselines: Sequence[Baseline], measure: Measure, name: str
) -> Mapping[str, PerShopper]:
    """Values of a metric for the served list and for each baseline.

    Empty with too few cases.
    """
    if len(task) < MIN_CASES:
        return {}
    with progress.stage(f"Evaluating {name}", len(task) * (1 + len(baselines)), "cases") as advance:
        values = {OURS: measure(task, ours(task, advance))}
        return values | {each.name: measure(task, rank(each, task, advance)) for each in baselines}


def hit(length: int) -> Measure:
    """1 if any of the truth is among the first `length`, else 0."""

    def measure(task: Task, rankings: Rankings) -> PerShopper:
        found: PerShopper = np.asarray(hits_of(task.truth, rankings[:, :length]).any(axis=1), np.float64)
        return found

    return measure


def recall(length: int) -> Measure:
    """Share of the truth that is among the first `length`.

    At most `length` products of the truth count.
    """

    def measure(task: Task, rankings: Rankings) -> PerShopper:
        wanted = np.clip(np.diff(task.truth.indptr), 1, length)
        share: PerShopper = hits_of(task.truth, rankings[:, :length]).sum(axis=1) / wanted
        return share

    return measure
