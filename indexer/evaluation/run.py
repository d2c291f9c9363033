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
from indexer.evaluation.comparison import OURS, Comparison, evaluate_baselines
from indexer.evaluation.dataset import (
    MIN_SHOPPERS,
    EvaluationData,
    EvaluationOptions,
    EvaluationSplit,
    split_by_time,
    split_for_evaluation,
)
from indexer.evaluation.export import export_split
from indexer.evaluation.lists.all_lists import measure_catalog_lists
from indexer.evaluation.lists.buy_again import measure_buy_again
from indexer.evaluation.lists.inputs import MAX_CASES, ListInputs
from indexer.evaluation.lists.similar import measure_unsold
from indexer.evaluation.report import ColdSummary, Headline, ListReport, Report, TaskReport
from indexer.evaluation.served import ServedSnapshot, serve_snapshot
from indexer.evaluation.summaries import (
    chosen_parameters,
    cold_summary,
    data_summary,
    index_summary,
    split_summary,
)
from indexer.factorization.content import Content
from indexer.protocol.metrics import TOP, Interval, TaskMetrics, bootstrap_ratio, ndcg
from indexer.protocol.split import Split, restrict_to_products
from indexer.protocol.tasks import Task, buyer_counts, discovery
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import ProductRows
from indexer.training.page_rules import PageGroups
from indexer.training.train import TrainedModel, TrainingConfig, train

EXACT_SHOPPERS = 2_000
"""Maximum number of shoppers where every product is scored for every shopper."""
TRIED_BROWSING_WEIGHT = 0.3
"""Weight of views and carts that is tried if none is set."""


@dataclass(slots=True)
class Evaluation:
    """One run of the evaluation protocol.

    Attributes:
        data: evaluated data.
        options: options of the evaluation.
        config: training configuration. Open parameters are chosen on windows before the cut.
        assembler: writes the evaluated snapshots.
        clock: current time, with time zone.
        version: version of this program.
        seconds: duration of each step.
    """

    data: EvaluationData
    options: EvaluationOptions
    config: TrainingConfig
    assembler: Assembler
    clock: Callable[[], datetime]
    version: str
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, export_to: Path | None = None) -> Report:
        """Runs the evaluation.

        Args:
            export_to: folder where the split of the warm products is exported first, or None.

        Raises:
            InsufficientData: fewer than 30 shoppers bought a product before the cut and a new one after it.
            OSError: the split cannot be exported.
        """
        split = split_for_evaluation(self.data, self.options, self.config.recipe.minimum_buyers)
        if export_to is not None:
            kept = np.ones(len(split.products), dtype=np.bool_)
            export_split(export_to, split.products, kept, split.warm, split.tasks)
        trained = self._train(split.warm, split.products, self.config, split.warm_rows)
        with serve_snapshot(self.assembler, self._inputs(split.products, split.warm, trained)) as ours:
            discovery_report, found = self._discovery(split, ours, trained)
            loss = self._loss(split.tasks["discovery"], ours, found)
            with self._by_time(split, ours) as (by_time, served, notes):
                repurchase_report = self._repurchase(by_time, served)
                lists = self._lists(by_time, served)
            cold, cold_report, unsold = self._cold(split, self.config.with_choices(trained.choices), found)
            index = index_summary(ours, loss)
        reports = (discovery_report, repurchase_report, cold_report)
        return Report(
            created=self.clock(),
            data=data_summary(self.data.name, self.data.products, self.data.purchases),
            split=split_summary(split.warm, len(split.products), self.config.recipe.minimum_buyers),
            choices=chosen_parameters(trained),
            windows={name: list(gains) for name, gains in trained.choices.gains.items()},
            tasks=tuple(report for report in reports if report),
            index=index,
            cold=cold,
            seconds=self.seconds,
            seed=self.options.seed,
            version=self.version,
            notes=notes,
            lists=lists + unsold,
        )

    def _train(
        self, part: Split, products: ProductRows, config: TrainingConfig, rows: NDArray[np.integer] | None
    ) -> TrainedModel:
        """Trains on `part`.

        `rows` are its products in the whole catalog, or None if it has all of them.
        """
        with self._timed(f"training on {len(products):,} products"):
            browsing = (
                self.data.browsing.restricted_to(rows)
                if self.data.browsing and rows is not None
                else self.data.browsing
            )
            if browsing and part.cut:
                browsing = browsing.before(part.cut.timestamp())
            config, groups = replace(config, kind=part.kind), PageGroups.of(products)
            return train(part.train, self._content(products), config, browsing, groups)

    def _content(self, products: ProductRows) -> Content:
        return Content.of(self.data.embeddings, products.text_numbers)

    def _inputs(self, products: ProductRows, part: Split, trained: TrainedModel) -> SnapshotInputs:
        return SnapshotInputs(products, part.train, trained, self.data.model, self.clock(), {})

    def _comparison(
        self, task: Task, part: Split, question: str, headline: Headline = "ndcg_at_20"
    ) -> Comparison:
        counts = buyer_counts(part.train, len(task.allowed))
        return Comparison(task, question, counts, part.train.shopper_count, self.options.seed, headline)

    def _discovery(
        self, split: EvaluationSplit, ours: ServedSnapshot, trained: TrainedModel
    ) -> tuple[TaskReport, TaskMetrics]:
        task, part = split.tasks["discovery"], split.warm
        comparison = self._comparison(task, part, "what will a shopper buy for the first time?")
        with self._timed("discovery"):
            comparison.evaluate(OURS, ours.rank)
            notes = self._other_browsing(split, trained, comparison)
            if self.options.with_baselines:
                notes += evaluate_baselines(
                    comparison, part, self._content(split.products), self.options.seed
                )
        report = comparison.report(("EASE", "item-kNN", "popularity"), notes)
        return report, comparison.results[OURS]

    def _other_browsing(
        self, split: EvaluationSplit, trained: TrainedModel, comparison: Comparison
    ) -> list[str]:
        """Evaluates a model with views and carts if ours has none, else one without."""
        if self.data.browsing is None or split.warm.cut is None:
            return (
                ["Views and carts can only be evaluated with a split by time."] if self.data.browsing else []
            )
        used = trained.recipe.browsing_weight
        name = "ours, without views and carts" if used else "ours, with views and carts"
        config = self.config.with_choices(trained.choices)
        config = replace(
            config, recipe=replace(config.recipe, browsing_weight=0 if used else TRIED_BROWSING_WEIGHT)
        )
        other = self._train(split.warm, split.products, config, split.warm_rows)
        with serve_snapshot(self.assembler, self._inputs(split.products, split.warm, other)) as alternative:
            comparison.evaluate(name, alternative.rank)
        ratio = comparison.ratio(OURS, name) if used else comparison.ratio(name, OURS)
        helps = "help" if ratio.low > 1 else ("hurt" if ratio.high < 1 else "make no significant difference")
        weight = used or TRIED_BROWSING_WEIGHT
        return [
            f"Views and carts {helps}: NDCG@20 {ratio.mean:.3f} [{ratio.low:.3f}–{ratio.high:.3f}] times that without"
            f" them (INDEXER_BROWSING_WEIGHT={weight:g})."
        ]

    @contextmanager
    def _by_time(
        self, split: EvaluationSplit, ours: ServedSnapshot
    ) -> Iterator[tuple[EvaluationSplit, ServedSnapshot, tuple[str, ...]]]:
        """A split by time, its snapshot, and no note.

        By order, nothing is bought again, and no order is whole. Parameters are chosen again, because training by order
        has a part of the test. If the data cannot be split by time, the given split and the reason.
        """
        least = self.config.recipe.minimum_buyers
        found = split if "repurchase" in split.tasks else split_by_time(self.data, self.options, least)
        if found is split or isinstance(found, str):
            yield split, ours, (found,) if isinstance(found, str) else ()
            return
        other = self._train(found.warm, found.products, self.config, found.warm_rows)
        with serve_snapshot(self.assembler, self._inputs(found.products, found.warm, other)) as served:
            yield found, served, ()

    def _repurchase(self, split: EvaluationSplit, ours: ServedSnapshot) -> TaskReport | None:
        """Evaluates repurchase. None if the split is not by time."""
        if "repurchase" not in split.tasks:
            return None
        task, part = split.tasks["repurchase"], split.warm
        comparison = self._comparison(task, part, "what will a shopper buy, again or for the first time?")
        with self._timed("repurchase"):
            comparison.evaluate(OURS, ours.rank, "include_purchased=true")
            if self.options.with_baselines:
                x = training_matrix(part.train, task.allowed)
                comparison.evaluate_baseline(personal_frequency(part.train, len(task.allowed)))
                comparison.evaluate_baseline(popularity(x))
                comparison.evaluate_baseline(item_knn(x))
        return comparison.report(("personal frequency", "popularity"), [_by_time(part)])

    def _lists(self, split: EvaluationSplit, ours: ServedSnapshot) -> tuple[ListReport, ...]:
        """Measures the lists other than for-you."""
        purchases = restrict_to_products(self.data.purchases, split.warm_rows)
        with self._timed("lists"):
            again = measure_buy_again(
                ours.snapshot, ours.ids, purchases, self.options.max_shoppers, self.options.seed
            )
            others = measure_catalog_lists(self._list_inputs(ours, split.products, split.warm))
        return tuple(each.report(self.options.seed) for each in (again, *others) if each)

    def _list_inputs(self, ours: ServedSnapshot, products: ProductRows, part: Split) -> ListInputs:
        max_cases = min(self.options.max_shoppers, MAX_CASES)
        return ListInputs(ours, self._content(products), part, max_cases, self.options.seed)

    def _loss(self, task: Task, ours: ServedSnapshot, found: TaskMetrics) -> Interval:
        """Relative loss of NDCG@20 against exact scoring, on a sample of the tested shoppers."""
        sample = task.sample(EXACT_SHOPPERS, self.options.seed)
        with (
            self._timed("exact scoring"),
            progress.stage("Scoring exactly", len(sample), "shoppers") as advance,
        ):
            exact = ndcg(sample.truth, ours.with_exact_scores().rank(sample, advance))
        as_served = found.ndcg[np.isin(task.shoppers, sample.shoppers)]
        ratio = bootstrap_ratio(as_served, exact, self.options.seed)
        return Interval(1 - ratio.mean, 1 - ratio.high, 1 - ratio.low)

    def _cold(
        self, split: EvaluationSplit, config: TrainingConfig, found: TaskMetrics
    ) -> tuple[ColdSummary | None, TaskReport | None, tuple[ListReport, ...]]:
        """Evaluates cold products with cold products as candidates, then with all products.

        Also returns the list of products similar to unsold ones, because only this snapshot has those.
        """
        task = discovery(split.full, ~split.is_warm, "cold").sample(EXACT_SHOPPERS, self.options.seed)
        if len(task) < MIN_SHOPPERS:
            return None, None, ()
        products, full = self.data.products, split.full
        trained = self._train(full, products, config, None)
        question = "what will a shopper buy among products with few or no earlier buyers?"
        comparison = self._comparison(task, full, question, "recall_at_20")
        with (
            self._timed("cold products"),
            serve_snapshot(self.assembler, self._inputs(products, full, trained)) as ours,
        ):
            comparison.evaluate(OURS, ours.rank)
            if self.options.with_baselines:
                x = training_matrix(full.train, split.is_warm)
                comparison.evaluate_baseline(content_mean(self._content(products), x))
            all_products = self._comparison(task.with_all_products(), full, "", "recall_at_20")
            all_products.evaluate(OURS, ours.rank)
            warm = (
                discovery(full, split.is_warm)
                .for_shoppers(split.tasks["discovery"].shoppers)
                .with_all_products()
            )
            with_cold = self._comparison(warm, full, "", "recall_at_20")
            with_cold.evaluate(OURS, ours.rank)
            unsold = measure_unsold(self._list_inputs(ours, products, full))
        summary = cold_summary(
            int((~split.is_warm).sum()), comparison, all_products, with_cold, found, self.options.seed
        )
        chance = TOP / max(int(task.allowed.sum()), TOP)
        note = f"A random ranking has an expected Recall@20 of {chance:.4f}."
        lists = (unsold.report(self.options.seed),) if unsold else ()
        return summary, comparison.report(("content mean",), [note]), lists

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - started, 1)


def _by_time(part: Split) -> str:
    """Sentence about the cut by time."""
    return f"Split by time, from {part.cut:%Y-%m-%d}." if part.cut else "Split by time."
