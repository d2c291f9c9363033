"""The report as a JSON document, with all metrics and the protocol."""

import math
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Number: TypeAlias = float | None
"""A metric. None, or not finite before encoding, if it is undefined."""


def defined(number: Number) -> float | None:
    """The number, None if it is undefined."""
    return number if number is not None and math.isfinite(number) else None


Headline = Literal["ndcg_at_20", "recall_at_20"]
"""Main metric of a task."""

HEADLINES: dict[Headline, str] = {"ndcg_at_20": "NDCG@20", "recall_at_20": "Recall@20"}
"""Readable names of the metrics."""


class Estimate(msgspec.Struct, frozen=True):
    """A mean over shoppers with its 95 % bootstrap interval."""

    mean: Number
    low: Number
    high: Number


class Row(msgspec.Struct, frozen=True):
    """Metrics of one recommender in one task.

    Attributes:
        name: name of the recommender.
        ndcg_at_20: normalized discounted cumulative gain, binary relevance (Järvelin and Kekäläinen, TOIS 2002).
        recall_at_20: share of the shopper's later purchases that is among the 20 recommendations.
        hit_rate_at_10: share of shoppers who bought one of 10 recommendations.
        coverage_at_10: share of the candidates that is among any shopper's 10 recommendations.
        novelty: mean self-information of the recommendations in bits, higher for rarer products (Zhou et al., PNAS
            2010).
        ratio_to: ratio of the headline metric to that of other rows, over paired shoppers, by row name.
        note: information for the reader, such as parameters.
    """

    name: str
    ndcg_at_20: Estimate
    recall_at_20: Estimate
    hit_rate_at_10: Estimate
    coverage_at_10: Number
    novelty: Number
    ratio_to: dict[str, Estimate] = {}
    note: str = ""


class TaskReport(msgspec.Struct, frozen=True):
    """Metrics of all recommenders in one task.

    Attributes:
        name: name of the task.
        question: the task as a question.
        shoppers: number of tested shoppers.
        products: number of candidates.
        rows: one row per recommender, this program's first.
        headline: main metric of the task. Recall for products without purchases.
        notes: recommenders that were left out, and why.
    """

    name: str
    question: str
    shoppers: int
    products: int
    rows: tuple[Row, ...]
    headline: Headline = "ndcg_at_20"
    notes: tuple[str, ...] = ()

    def metric(self, row: Row) -> Estimate:
        """Main metric of a row."""
        return row.recall_at_20 if self.headline == "recall_at_20" else row.ndcg_at_20


class ListRow(msgspec.Struct, frozen=True):
    """Metrics of one recommender for one list.

    Attributes:
        name: name of the recommender.
        metrics: estimates by metric, such as `precision@5`.
    """

    name: str
    metrics: dict[str, Estimate]


class ListReport(msgspec.Struct, frozen=True):
    """Metrics of a list other than for-you.

    Attributes:
        name: the list, such as `buy-again`.
        question: what is measured, as a question.
        protocol: how it is measured.
        rows: one row per recommender, this program's first.
        ratio_to: ratio of the first row's first metric to that of other rows, over paired tests, by row name.
    """

    name: str
    question: str
    protocol: str
    rows: tuple[ListRow, ...]
    ratio_to: dict[str, Estimate] = {}


class DataSummary(msgspec.Struct, frozen=True):
    """The evaluated data.

    Attributes:
        name: name in titles.
        purchases, shoppers, products: their numbers.
        with_text: number of products with any text.
        first, last: times of the earliest and the latest purchase.
    """

    name: str
    purchases: int
    shoppers: int
    products: int
    with_text: int
    first: datetime | None = None
    last: datetime | None = None


class SplitSummary(msgspec.Struct, frozen=True):
    """The split and the products that take part.

    Attributes:
        kind: "time" for one cut of all purchases, "order" for a cut of each shopper's own products.
        test_share: share of the purchases in the test. By order, of each shopper's products.
        cut: time of the first test purchase, None by order.
        training_purchases, test_purchases: numbers of training and test purchases.
        minimum_buyers: minimum number of distinct buyers before the cut of a product that takes part.
        products: number of these products, which are all candidates.
    """

    kind: Literal["time", "order"]
    test_share: float
    cut: datetime | None
    training_purchases: int
    test_purchases: int
    minimum_buyers: int
    products: int


class IndexSummary(msgspec.Struct, frozen=True):
    """The approximate index behind the first row.

    Attributes:
        vectors: number of vectors.
        dims: their length.
        trees: number of Annoy's trees.
        search_k: nodes that a search may inspect.
        recall_at_20: share of the exact top 20 that it finds.
        loss: relative loss of NDCG@20 in discovery by index and truncation, against scoring every product by the
            item-item weights.
    """

    vectors: int
    dims: int
    trees: int
    search_k: int
    recall_at_20: Number
    loss: Estimate | None = None


class ColdSummary(msgspec.Struct, frozen=True):
    """Recall of cold products, and their effect on other products.

    Attributes:
        products: number of cold products.
        recall_among_cold: Recall@20 of cold products with only cold products as candidates.
        recall_among_all: Recall@20 of cold products with all products as candidates.
        share: recall_among_all / recall_among_cold, over paired shoppers.
        warm_recall: Recall@20 of warm products in discovery with all products as candidates.
        warm_recall_without: Recall@20 of warm products with only warm products as candidates.
        warm_ratio: warm_recall / warm_recall_without, over paired shoppers.
    """

    products: int
    recall_among_cold: Number
    recall_among_all: Number
    share: Estimate
    warm_recall: Number
    warm_recall_without: Number
    warm_ratio: Estimate


class Report(msgspec.Struct, frozen=True):
    """One evaluation.

    Attributes:
        created: time of the report.
        data: the evaluated data.
        split: the split.
        choices: parameters chosen on windows before the cut, by name.
        tasks: one report per task.
        index: the index, or None if none was used.
        cold: None if too few shoppers bought cold products.
        windows: relative change of NDCG@20 in each window, by tried option.
        seconds: duration of each step, by name.
        seed: seed of samples and bootstrap intervals.
        version: version of this program.
        notes: notes on all tasks.
        lists: one report per list.
    """

    created: datetime
    data: DataSummary
    split: SplitSummary
    choices: dict[str, str | int | float | bool | None]
    tasks: tuple[TaskReport, ...]
    index: IndexSummary | None = None
    cold: ColdSummary | None = None
    windows: dict[str, list[float]] = {}
    seconds: dict[str, float] = {}
    seed: int | None = None
    version: str = ""
    notes: tuple[str, ...] = ()
    lists: tuple[ListReport, ...] = ()


def encode(report: Report) -> bytes:
    """Encodes a report as indented JSON with a final line break.

    Numbers that are not finite become null.
    """
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
