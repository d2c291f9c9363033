"""Compares several recommenders in one task."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer import progress
from indexer.evaluation import baselines
from indexer.evaluation.baselines import Baseline, rank
from indexer.evaluation.report import Headline, Measured, Row, TaskReport
from indexer.factorization.content import Content
from indexer.progress import Advance
from indexer.protocol.metrics import Interval, Judged, PerShopper, Rankings, bootstrap, bootstrap_ratio, judge
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
        answers: metrics by recommender, in the order of evaluation.
        remarks: notes by recommender.
    """

    task: Task
    question: str
    buyers: NDArray[np.int64]
    shoppers: int
    seed: int
    headline: Headline = "ndcg_at_20"
    answers: dict[str, Judged] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    def ask(self, name: str, ranker: Ranker, remark: str = "") -> Rankings:
        """Evaluates a recommender and returns its rankings."""
        with progress.stage(f"Evaluating {name}", len(self.task), "shoppers") as advance:
            rankings = ranker(self.task, advance)
        self.answers[name] = judge(self.task, rankings, self.buyers, self.shoppers)
        self.remarks[name] = remark
        return rankings

    def ask_baseline(self, baseline: Baseline, remark: str = "") -> None:
        """Evaluates a baseline."""
        self.ask(baseline.name, lambda task, advance: rank(baseline, task, advance), remark)

    def values(self, name: str) -> PerShopper:
        """Headline metric of a recommender, per shopper."""
        judged = self.answers[name]
        return judged.recall if self.headline == "recall_at_20" else judged.ndcg

    def ratio(self, name: str, reference: str) -> Interval:
        """Ratio of a recommender's headline metric to the reference's, over paired shoppers."""
        return bootstrap_ratio(self.values(name), self.values(reference), self.seed)

    def report(self, bars: Sequence[str], notes: Sequence[str] = ()) -> TaskReport:
        """Creates the task's report.

        The first row gets its ratio to each of `bars` that was evaluated.
        """
        rows = [self._row(name, judged) for name, judged in self.answers.items()]
        if rows:
            first = rows[0].name
            ratios = {bar: measured(self.ratio(first, bar)) for bar in bars if bar in self.answers}
            rows[0] = _with_ratios(rows[0], ratios)
        return TaskReport(
            name=self.task.name,
            question=self.question,
            shoppers=len(self.task),
            products=int(self.task.allowed.sum()),
            rows=tuple(rows),
            headline=self.headline,
            notes=tuple(notes),
        )

    def _row(self, name: str, judged: Judged) -> Row:
        return Row(
            name=name,
            ndcg_at_20=measured(bootstrap(judged.ndcg, self.seed)),
            recall_at_20=measured(bootstrap(judged.recall, self.seed)),
            hit_rate_at_10=measured(bootstrap(judged.hit_rate, self.seed)),
            coverage_at_10=judged.coverage,
            novelty=float(judged.novelty.mean()) if len(judged.novelty) else None,
            note=self.remarks[name],
        )


def measured(interval: Interval) -> Measured:
    """Converts an interval to its form in the report."""
    return Measured(interval.mean, interval.low, interval.high)


def _with_ratios(row: Row, ratios: Mapping[str, Measured]) -> Row:
    return Row(
        name=row.name,
        ndcg_at_20=row.ndcg_at_20,
        recall_at_20=row.recall_at_20,
        hit_rate_at_10=row.hit_rate_at_10,
        coverage_at_10=row.coverage_at_10,
        novelty=row.novelty,
        ratio_to=dict(ratios),
        note=row.note,
    )


def ask_baselines(comparison: Comparison, part: Split, content: Content, seed: int) -> list[str]:
    """Evaluates all baselines of discovery. Returns notes on those that were left out."""
    allowed = comparison.task.allowed
    x = baselines.training_matrix(part.train, allowed)
    notes: list[str] = []
    if len(allowed) <= baselines.MOST_EASE_PRODUCTS:
        with progress.stage("Tuning EASE", None, "fits") as advance:
            tuned = baselines.tuned_ease(part.train, part.kind, allowed, x, advance)
        comparison.ask_baseline(tuned.baseline, f"λ = {tuned.ridge:g}, chosen on a window")
    else:
        notes.append(
            f"EASE: left out, more than {baselines.MOST_EASE_PRODUCTS:,} products (see --min-buyers)"
        )
    comparison.ask_baseline(baselines.item_knn(x))
    if baselines.available():
        for fit in (baselines.als, baselines.bpr):
            with progress.stage(f"Fitting {fit.__name__.upper()}", None, "fits") as advance:
                fitted = fit(x, seed)
                advance(1)
            comparison.ask_baseline(fitted)
    else:
        notes.append("ALS, BPR: not installed (pip install 'recommender[baselines]')")
    comparison.ask_baseline(baselines.recent_popularity(part.train, len(allowed)))
    comparison.ask_baseline(baselines.popularity(x))
    comparison.ask_baseline(baselines.content_mean(content, x))
    return notes
