"""Reports of an evaluation with few rows."""

from datetime import UTC, datetime
from typing import Any

from indexer.evaluation.report import DataSummary, Estimate, Report, Row, SplitSummary, TaskReport

CUT = datetime(2011, 10, 20, 8, 12, tzinfo=UTC)


def estimate(mean: float) -> Estimate:
    return Estimate(mean, mean - 0.01, mean + 0.02)


def row(name: str, ndcg: float, recall: float = 0.2, **changed: Any) -> Row:
    fields: dict[str, Any] = {
        "name": name,
        "ndcg_at_20": estimate(ndcg),
        "recall_at_20": estimate(recall),
        "hit_rate_at_10": estimate(0.4),
        "coverage_at_10": 0.256,
        "novelty": 9.426,
    }
    return Row(**{**fields, **changed})


def task(*rows: Row, **changed: Any) -> TaskReport:
    fields: dict[str, Any] = {
        "name": "discovery",
        "question": "What will the shopper buy for the first time?",
        "shoppers": 1517,
        "products": 3249,
        "rows": rows or (row("ours", 0.0998), row("EASE", 0.0925)),
    }
    return TaskReport(**{**fields, **changed})


def report(*tasks: TaskReport, **changed: Any) -> Report:
    fields: dict[str, Any] = {
        "created": datetime(2026, 1, 2, tzinfo=UTC),
        "data": DataSummary(
            "gift-ware", 396_337, 4_334, 3_659, 3_650, datetime(2010, 12, 1), datetime(2011, 12, 9)
        ),
        "split": SplitSummary("time", 0.2, CUT, 317_069, 79_268, 3, 3_249),
        "choices": {"trend exponent": 0.5, "ridge": 10},
        "tasks": tasks or (task(),),
    }
    return Report(**{**fields, **changed})
