"""The report as a document: everything that was measured, and how, for programs to read."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Number: TypeAlias = float | None
"""A measured number; None, or NaN before it is encoded, where it is not defined."""

Headline = Literal["ndcg_at_20", "recall_at_20"]
"""The metric that a task's answers are first compared by."""

HEADLINES: dict[Headline, str] = {"ndcg_at_20": "NDCG@20", "recall_at_20": "Recall@20"}
"""The metrics' names for people."""


class Measured(msgspec.Struct, frozen=True):
    """A mean over shoppers with its 95 % bootstrap interval."""

    mean: Number
    low: Number
    high: Number


class Row(msgspec.Struct, frozen=True):
    """One recommender's answers to one task.

    Attributes:
        name: of the recommender.
        ndcg_at_20: normalised discounted cumulative gain, binary relevance (Järvelin and Kekäläinen, TOIS 2002).
        recall_at_20: share of what the shopper bought that is among 20 answers.
        hit_rate_at_10: share of shoppers who bought one of 10 answers.
        coverage_at_10: share of the candidates that are among anyone's 10 answers.
        novelty: mean self-information of the answers, in bits (Zhou et al., PNAS 2010): rarer products have more.
        ratio_to: by the name of another row, how many times its headline metric this row's is, shoppers paired.
        note: what a reader should know of it, such as its parameters.
    """

    name: str
    ndcg_at_20: Measured
    recall_at_20: Measured
    hit_rate_at_10: Measured
    coverage_at_10: Number
    novelty: Number
    ratio_to: dict[str, Measured] = {}
    note: str = ""


class TaskReport(msgspec.Struct, frozen=True):
    """What all recommenders answered to one question.

    Attributes:
        name: of the task.
        question: one sentence.
        shoppers: how many were asked about.
        products: how many products were candidates.
        rows: one per recommender; ours is the first.
        headline: the metric that counts here: recall where products have no purchases to be ranked by.
        notes: what is missing from the rows, and why.
    """

    name: str
    question: str
    shoppers: int
    products: int
    rows: tuple[Row, ...]
    headline: Headline = "ndcg_at_20"
    notes: tuple[str, ...] = ()


class DataSummary(msgspec.Struct, frozen=True):
    """What was read.

    Attributes:
        name: of the data, for titles.
        purchases, shoppers, products: how many.
        with_text: products that have any text.
        first, last: the times of the earliest and the latest purchase.
    """

    name: str
    purchases: int
    shoppers: int
    products: int
    with_text: int
    first: datetime | None = None
    last: datetime | None = None


class SplitSummary(msgspec.Struct, frozen=True):
    """How it was divided, and which products take part.

    Attributes:
        kind: "time": one moment for all; "order": each shopper's own latest products.
        test_share: share of the purchases that is asked about; by order, of each shopper's products.
        cut: the first moment of the test; None by order.
        learnt_from, asked_about: purchases on either side.
        minimum_buyers: distinct buyers before the cut that a product needs to take part.
        products: how many have them; all of these are candidates.
    """

    kind: Literal["time", "order"]
    test_share: float
    cut: datetime | None
    learnt_from: int
    asked_about: int
    minimum_buyers: int
    products: int


class IndexSummary(msgspec.Struct, frozen=True):
    """The approximate index that the first row was answered from.

    Attributes:
        vectors: how many it holds.
        dims: their length.
        trees: of Annoy.
        search_k: nodes that a search may inspect.
        recall_at_20: share of the exact search's 20 best that it finds.
        loss: NDCG@20 in discovery that index and truncation cost, relative to scoring every product by the
            item-item weights themselves.
    """

    vectors: int
    dims: int
    trees: int
    search_k: int
    recall_at_20: Number
    loss: Measured | None = None


class ColdSummary(msgspec.Struct, frozen=True):
    """Where products that (almost) nobody has bought end up when all products are candidates.

    Attributes:
        products: how many there are.
        recall_among_cold: Recall@20 of what was bought of them when only they are candidates.
        recall_among_all: the same when all products are.
        share: the latter over the former, shoppers paired.
        warm_recall: Recall@20 of all other products in discovery with the cold ones as candidates.
        warm_recall_without: the same when they are no candidates.
        warm_ratio: the former over the latter, shoppers paired.
    """

    products: int
    recall_among_cold: Number
    recall_among_all: Number
    share: Measured
    warm_recall: Number
    warm_recall_without: Number
    warm_ratio: Measured


class Report(msgspec.Struct, frozen=True):
    """One evaluation.

    Attributes:
        created: when.
        data: what was read.
        split: how it was divided.
        choices: parameters that were chosen on windows before the cut, by name.
        tasks: what was asked.
        index: None where no index took part.
        cold: None where too few shoppers bought cold products.
        windows: for each option that was tried on the windows, its relative change of NDCG@20 in each of them.
        seconds: how long each step took, by name.
        seed: of samples and bootstrap intervals.
        version: of the program.
        notes: what holds for all tasks.
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


def encode(report: Report) -> bytes:
    """Indented JSON that ends in a line break; what is not a finite number is null."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def decode(content: bytes) -> Report:
    """The report that `encode` wrote; raises msgspec.DecodeError when it is none."""
    return msgspec.json.decode(content, type=Report)
