"""Metrics of one list as served, beside baselines."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from indexer.evaluation.comparison import OURS, estimate
from indexer.evaluation.report import ListReport, ListRow
from indexer.protocol.metrics import Interval, PerShopper, bootstrap, bootstrap_ratio

SAMPLED_TOLERANCE = 0.2


@dataclass(frozen=True, slots=True)
class ListMeasurement:
    """Metrics of one list as served and of its baselines, over the same tests.

    Attributes:
        name: the list, such as `buy-again`.
        question: what is measured, as a question.
        protocol: how it is measured, one sentence.
        values: for each metric, such as `precision@5`, the values of each recommender per test, shape (tests,). The
            first metric is the main one, and `OURS` is one of the recommenders.
        must_beat: baselines that the quality gate compares with.
        tolerance: relative loss of the main metric against the live snapshot that the quality gate accepts at least.
    """

    name: str
    question: str
    protocol: str
    values: Mapping[str, Mapping[str, PerShopper]]
    must_beat: tuple[str, ...] = ()
    tolerance: float = 0.0

    @classmethod
    def of(
        cls, name: str, question: str, protocol: str, values: Mapping[str, Mapping[str, PerShopper]]
    ) -> "ListMeasurement | None":
        """The measurement of the metrics that have values, None without any.

        It has a tolerance, because the few hundred cases differ from build to build.
        """
        known = {metric: found for metric, found in values.items() if found}
        return cls(name, question, protocol, known, tolerance=SAMPLED_TOLERANCE) if known else None

    @property
    def main(self) -> str:
        """The main metric."""
        return next(iter(self.values))

    def interval(self, seed: int) -> Interval:
        """The main metric as served.

        Samples of zeros are all zero, however few there are. The upper bound of none in n cases is 3 / n (Hanley,
        Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983).
        """
        values = self.values[self.main][OURS]
        found = bootstrap(values, seed)
        return found if found.mean else Interval(0.0, 0.0, min(3 / len(values), 1.0))

    def ratio(self, reference: str, seed: int) -> Interval:
        """Ratio of the main metric to that of a baseline, over paired tests."""
        values = self.values[self.main]
        return bootstrap_ratio(values[OURS], values[reference], seed)

    def metrics(self) -> dict[str, float]:
        """Metrics as served, by their names in the manifest, rounded to four digits."""
        return {
            self.key(metric): round(float(np.mean(by_name[OURS])), 4)
            for metric, by_name in self.values.items()
        }

    def key(self, metric: str) -> str:
        """Name of a metric in the manifest, such as `buy_again_precision_at_5`."""
        return f"{self.name}_{metric}".replace("@", "_at_").translate({ord(sign): "_" for sign in "- "})

    def report(self, seed: int) -> ListReport:
        """Creates the list's report."""
        names = self.values[self.main]
        rows = tuple(
            ListRow(
                name,
                {metric: estimate(bootstrap(found[name], seed)) for metric, found in self.values.items()},
            )
            for name in names
        )
        ratios = {name: estimate(self.ratio(name, seed)) for name in names if name != OURS}
        return ListReport(self.name, self.question, self.protocol, rows, ratios)
