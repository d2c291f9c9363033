"""Compares several recommenders in one task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer import progress
from indexer.evaluation import baselines
from indexer.evaluation.baselines import Baseline, rank
from indexer.evaluation.report import Estimate, Headline, Row, TaskReport, best_alternative
from indexer.factorization.content import Content
from indexer.progress import Advance
from indexer.protocol.metrics import (
    Interval,
    PerShopper,
    Rankings,
    TaskMetrics,
    bootstrap,
    bootstrap_ratio,
    score_rankings,
)
from indexer.protocol.split import Split
from indexer.protocol.tasks import Task

OURS = "ours, as served"
Ranker = Callable[[Task, Advance], Rankings]


@dataclass(slots=True)
class Comparison:
    """Collects the metrics of recommenders in one task.

    Attributes:
        task: the task.
        question: the task as a question, for the report.
        buyers: n_i before the cut, shape (products,).
        shoppers: number of shoppers that `buyers` counts.
        seed: seed of the bootstrap.
        headline: main metric of the task.
        results: metrics by recommender, in the order of evaluation.
        notes_of: notes by recommender.
    """

    task: Task
    question: str
    buyers: NDArray[np.int64]
    shoppers: int
    seed: int
    headline: Headline = "ndcg_at_20"
    results: dict[str, TaskMetrics] = field(default_factory=dict)
    notes_of: dict[str, str] = field(default_factory=dict)

    def evaluate(self, name: str, ranker: Ranker, note: str = "") -> Rankings:
        """Evaluates a recommender and returns its rankings."""
        with progress.stage(f"Evaluating {name}", len(self.task), "shoppers") as advance:
            rankings = ranker(self.task, advance)
        self.results[name] = score_rankings(self.task, rankings, self.buyers, self.shoppers)
        self.notes_of[name] = note
        return rankings

    def evaluate_baseline(self, baseline: Baseline, note: str = "") -> None:
        """Evaluates a baseline."""
        self.evaluate(baseline.name, lambda task, advance: rank(baseline, task, advance), note)

    def values(self, name: str) -> PerShopper:
        """Headline metric of a recommender, per shopper."""
        metrics = self.results[name]
        return metrics.recall if self.headline == "recall_at_20" else metrics.ndcg

    def ratio(self, name: str, reference: str) -> Interval:
        """Ratio of a recommender's headline metric to the reference's, over paired shoppers."""
        return bootstrap_ratio(self.values(name), self.values(reference), self.seed)

    def report(self, references: Sequence[str], notes: Sequence[str] = ()) -> TaskReport:
        """Creates the task's report.

        The first row gets its ratio to each of `references` that was evaluated, and to the best alternative.
        """
        report = TaskReport(
            name=self.task.name,
            question=self.question,
            shoppers=len(self.task),
            products=int(self.task.allowed.sum()),
            rows=tuple(self._row(name, metrics) for name, metrics in self.results.items()),
            headline=self.headline,
            notes=tuple(notes),
        )
        best = best_alternative(report)
        others = dict.fromkeys([*references, *([best.name] if best else [])])
        ratios = {
            other: estimate(self.ratio(report.rows[0].name, other))
            for other in others
            if other in self.results
        }
        rows = (*(msgspec.structs.replace(row, ratio_to=ratios) for row in report.rows[:1]), *report.rows[1:])
        return msgspec.structs.replace(report, rows=rows)

    def _row(self, name: str, metrics: TaskMetrics) -> Row:
        return Row(
            name=name,
            ndcg_at_20=estimate(bootstrap(metrics.ndcg, self.seed)),
            recall_at_20=estimate(bootstrap(metrics.recall, self.seed)),
            hit_rate_at_10=estimate(bootstrap(metrics.hit_rate, self.seed)),
            coverage_at_10=metrics.coverage,
            novelty=float(metrics.novelty.mean()) if len(metrics.novelty) else None,
            note=self.notes_of[name],
        )


def estimate(interval: Interval) -> Estimate:
    """Converts an interval to its form in the report."""
    return Estimate(interval.mean, interval.low, interval.high)


def evaluate_baselines(comparison: Comparison, part: Split, content: Content, seed: int) -> list[str]:
    """Evaluates all baselines of discovery. Returns notes on those that were left out."""
    allowed = comparison.task.allowed
    x = baselines.training_matrix(part.train, allowed)
    notes: list[str] = []
    if len(allowed) <= baselines.MAX_EASE_PRODUCTS:
        with progress.stage("Tuning EASE", None, "fits") as advance:
            tuned = baselines.tuned_ease(part.train, part.kind, allowed, x, advance)
        comparison.evaluate_baseline(tuned.baseline, f"λ = {tuned.ridge:g}, chosen on a window")
    else:
        notes.append(f"EASE: left out, more than {baselines.MAX_EASE_PRODUCTS:,} products (see --min-buyers)")
    comparison.evaluate_baseline(baselines.item_knn(x))
    if baselines.implicit_installed():
        for fit in (baselines.als, baselines.bpr):
            with progress.stage(f"Fitting {fit.__name__.upper()}", None, "fits") as advance:
                fitted = fit(x, seed)
                advance(1)
            comparison.evaluate_baseline(fitted)
    else:
        notes.append("ALS, BPR: left out, the package implicit is not installed (make setup-tests)")
    comparison.evaluate_baseline(baselines.recent_popularity(part.train, len(allowed)))
    comparison.evaluate_baseline(baselines.popularity(x))
    comparison.evaluate_baseline(baselines.content_mean(content, x))
    return notes
