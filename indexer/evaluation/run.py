"""Runs the evaluation: trains before a cut, tests after it, and compares recommenders."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer import progress
from indexer.evaluation.baselines import (
    content_mean,
    item_knn,
    personal_frequency,
    popularity,
    training_matrix,
)
from indexer.evaluation.comparison import OURS, Comparison, ask_baselines
from indexer.evaluation.dataset import LEAST_SHOPPERS, EvaluationData, Options, Prepared, prepare
from indexer.evaluation.export import export_split
from indexer.evaluation.report import ColdSummary, Headline, Report, TaskReport
from indexer.evaluation.served import Served, served
from indexer.evaluation.summaries import choices, cold_summary, data_summary, index_summary, split_summary
from indexer.factorization.content import Content
from indexer.protocol.metrics import TOP, Interval, Judged, bootstrap_ratio, ndcg
from indexer.protocol.split import Split
from indexer.protocol.tasks import Task, buyers, discovery
from indexer.snapshots.assembly import Assembler, Material
from indexer.sources import ProductRows
from indexer.training.train import Learning, Learnt, learn

EXACT_SHOPPERS = 2_000
"""Maximum number of shoppers where every product is scored for every shopper."""
TRIED_BROWSING = 0.3
"""Weight of views and carts that is tried if none is set."""


@dataclass(slots=True)
class Evaluation:
    """One run of the evaluation protocol.

    Attributes:
        data: evaluated data.
        options: options of the evaluation.
        learning: training configuration. Open parameters are chosen on windows before the cut.
        assembler: writes the evaluated snapshots.
        clock: current time, with time zone.
        version: version of this program.
        seconds: duration of each step.
    """

    data: EvaluationData
    options: Options
    learning: Learning
    assembler: Assembler
    clock: Callable[[], datetime]
    version: str
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, export_to: Path | None = None) -> Report:
        """Runs the evaluation.

        Args:
            export_to: folder where the split of the warm products is exported first, or None.

        Raises:
            NothingToEvaluate: fewer than 30 shoppers bought a product before the cut and a new one after it.
            OSError: the split cannot be exported.
        """
        prepared = prepare(self.data, self.options, self.learning.recipe.minimum_buyers)
        if export_to is not None:
            kept = np.ones(len(prepared.products), dtype=np.bool_)
            export_split(export_to, prepared.products, kept, prepared.part, prepared.tasks)
        learnt = self._learnt(prepared.part, prepared.products, self.learning, prepared.warm_rows)
        with served(self.assembler, self._material(prepared.products, prepared.part, learnt)) as ours:
            discovery_report, found = self._discovery(prepared, ours, learnt)
            repurchase_report = self._repurchase(prepared, ours)
            loss = self._loss(prepared.tasks["discovery"], ours, found)
            cold, cold_report = self._cold(prepared, self.learning.settled(learnt.choices), found)
            index = index_summary(ours, loss)
        reports = (discovery_report, repurchase_report, cold_report)
        return Report(
            created=self.clock(),
            data=data_summary(self.data.name, self.data.products, self.data.purchases),
            split=split_summary(prepared.part, len(prepared.products), self.learning.recipe.minimum_buyers),
            choices=choices(learnt),
            windows={name: list(gains) for name, gains in learnt.choices.gains.items()},
            tasks=tuple(report for report in reports if report),
            index=index,
            cold=cold,
            seconds=self.seconds,
            seed=self.options.seed,
            version=self.version,
        )

    def _learnt(
        self, part: Split, products: ProductRows, learning: Learning, rows: NDArray[np.integer] | None
    ) -> Learnt:
        """Trains on `part`.

        `rows` are its products in the whole catalog, or None if it has all of them.
        """
        with self._timed(f"training on {len(products):,} products"):
            browsing = (
                self.data.browsing.among(rows)
                if self.data.browsing and rows is not None
                else self.data.browsing
            )
            if browsing and part.cut:
                browsing = browsing.before(part.cut.timestamp())
            return learn(part.train, self._content(products), replace(learning, kind=part.kind), browsing)

    def _content(self, products: ProductRows) -> Content:
        return Content.of(self.data.embeddings, np.array(products.text_numbers, dtype=np.int32))

    def _material(self, products: ProductRows, part: Split, learnt: Learnt) -> Material:
        return Material(products, part.train, learnt, self.data.model, self.clock(), {})

    def _comparison(
        self, task: Task, part: Split, question: str, headline: Headline = "ndcg_at_20"
    ) -> Comparison:
        counts = buyers(part.train, len(task.allowed))
        return Comparison(task, question, counts, part.train.shopper_count, self.options.seed, headline)

    def _discovery(self, prepared: Prepared, ours: Served, learnt: Learnt) -> tuple[TaskReport, Judged]:
        task, part = prepared.tasks["discovery"], prepared.part
        comparison = self._comparison(task, part, "what will a shopper buy for the first time?")
        with self._timed("discovery"):
            comparison.ask(OURS, ours.rank)
            notes = self._other_browsing(prepared, learnt, comparison)
            if self.options.with_baselines:
                notes += ask_baselines(comparison, part, self._content(prepared.products), self.options.seed)
        report = comparison.report(("EASE", "item-kNN", "popularity"), notes)
        return report, comparison.answers[OURS]

    def _other_browsing(self, prepared: Prepared, learnt: Learnt, comparison: Comparison) -> list[str]:
        """Evaluates the opposite use of views and carts than the model was trained with."""
        if self.data.browsing is None or prepared.part.cut is None:
            return (
                ["Views and carts can only be evaluated with a split by time."] if self.data.browsing else []
            )
        used = learnt.recipe.browsing_weight
        name = "ours, without views and carts" if used else "ours, with views and carts"
        learning = self.learning.settled(learnt.choices)
        learning = replace(
            learning, recipe=replace(learning.recipe, browsing_weight=0 if used else TRIED_BROWSING)
        )
        other = self._learnt(prepared.part, prepared.products, learning, prepared.warm_rows)
        with served(self.assembler, self._material(prepared.products, prepared.part, other)) as answers:
            comparison.ask(name, answers.rank)
        ratio = comparison.ratio(OURS, name) if used else comparison.ratio(name, OURS)
        helps = (
            "help" if ratio.low > 1 else ("hurt" if ratio.high < 1 else "make no difference beyond chance")
        )
        weight = used or TRIED_BROWSING
        return [
            f"Views and carts {helps}: NDCG@20 {ratio.mean:.3f} [{ratio.low:.3f}–{ratio.high:.3f}] times that without"
            f" them (INDEXER_BROWSING_WEIGHT={weight:g})."
        ]

    def _repurchase(self, prepared: Prepared, ours: Served) -> TaskReport | None:
        task, part = prepared.tasks["repurchase"], prepared.part
        comparison = self._comparison(task, part, "what will a shopper buy, again or for the first time?")
        with self._timed("repurchase"):
            comparison.ask(OURS, ours.rank, "include_purchased=true")
            if self.options.with_baselines:
                x = training_matrix(part.train, task.allowed)
                comparison.ask_baseline(personal_frequency(part.train, len(task.allowed)))
                comparison.ask_baseline(popularity(x))
                comparison.ask_baseline(item_knn(x))
        return comparison.report(("personal frequency", "popularity"))

    def _loss(self, task: Task, ours: Served, found: Judged) -> Interval:
        """Relative loss of NDCG@20 against exact scoring, on a sample of the tested shoppers."""
        sample = task.sample(EXACT_SHOPPERS, self.options.seed)
        with (
            self._timed("exact scoring"),
            progress.stage("Scoring exactly", len(sample), "shoppers") as advance,
        ):
            exact = ndcg(sample.truth, ours.scored_exactly().rank(sample, advance))
        as_served = found.ndcg[np.isin(task.shoppers, sample.shoppers)]
        ratio = bootstrap_ratio(as_served, exact, self.options.seed)
        return Interval(1 - ratio.mean, 1 - ratio.high, 1 - ratio.low)

    def _cold(
        self, prepared: Prepared, learning: Learning, found: Judged
    ) -> tuple[ColdSummary | None, TaskReport | None]:
        """Evaluates cold products with cold products as candidates, then with all products."""
        task = discovery(prepared.whole, ~prepared.warm, "cold").sample(EXACT_SHOPPERS, self.options.seed)
        if len(task) < LEAST_SHOPPERS:
            return None, None
        products, whole = self.data.products, prepared.whole
        learnt = self._learnt(whole, products, learning, None)
        question = "what will a shopper buy among products with few or no earlier buyers?"
        comparison = self._comparison(task, whole, question, "recall_at_20")
        with (
            self._timed("cold products"),
            served(self.assembler, self._material(products, whole, learnt)) as ours,
        ):
            comparison.ask(OURS, ours.rank)
            if self.options.with_baselines:
                x = training_matrix(whole.train, prepared.warm)
                comparison.ask_baseline(content_mean(self._content(products), x))
            full = self._comparison(task.among_all(), whole, "", "recall_at_20")
            full.ask(OURS, ours.rank)
            warm = discovery(whole, prepared.warm).of(prepared.tasks["discovery"].shoppers).among_all()
            with_cold = self._comparison(warm, whole, "", "recall_at_20")
            with_cold.ask(OURS, ours.rank)
        summary = cold_summary(
            int((~prepared.warm).sum()), comparison, full, with_cold, found, self.options.seed
        )
        chance = TOP / max(int(task.allowed.sum()), TOP)
        note = f"A random ranking has an expected Recall@20 of {chance:.4f}."
        return summary, comparison.report(("content mean",), [note])

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - started, 1)
