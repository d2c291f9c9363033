"""The results of a report as plain sentences."""

import math
from collections.abc import Iterator

from indexer.evaluation.report.document import Estimate, Report, Row, SplitSummary, TaskReport, defined

OURS = "ours"
"""Beginning of the names of this program's rows."""

POPULARITY = "popularity"


def sentences(report: Report) -> Iterator[str]:
    """Yields the results in plain sentences, the most important one first."""
    tasks = {task.name: task for task in report.tasks if task.rows}
    if "discovery" in tasks:
        yield from _discovery(tasks["discovery"])
    if "repurchase" in tasks and (best := best_alternative(tasks["repurchase"])):
        yield f"Repeat purchases: {_compared(tasks['repurchase'], best)}."


def tested(split: SplitSummary, cut: str) -> str:
    """The purchases of the test, with its cut in the format `cut`."""
    share = f"latest {100 * split.test_share:.0f} % of"
    if split.kind == "order":
        return f"{share} each shopper's products"
    return f"{share} purchases{f', from {split.cut:{cut}}' if split.cut else ''}"


def best_alternative(task: TaskReport) -> Row | None:
    """The row of the best recommender that is not this program's, or None."""
    others = [row for row in task.rows[1:] if not row.name.startswith(OURS)]
    return max(others, key=lambda row: _number(task.metric(row)), default=None)


def _discovery(task: TaskReport) -> Iterator[str]:
    best, parts = best_alternative(task), []
    popular = next((row for row in task.rows if row.name == POPULARITY), None)
    if popular is not None:
        parts.append(_compared(task, popular))
    if best is not None and best is not popular:
        parts.append(_compared(task, best, "the best alternative, "))
    if parts:
        yield f"On your data: {'; '.join(parts)}."
    hits = _number(task.rows[0].hit_rate_at_10)
    if math.isfinite(hits):
        yield f"{100 * hits:.0f} of 100 tested shoppers later bought one of ten recommended products."


def _compared(task: TaskReport, other: Row, what: str = "") -> str:
    """Compares the first row with another.

    A ratio is a difference only if its interval does not contain 1.
    """
    ratio = task.rows[0].ratio_to.get(other.name)
    name = f"{what}{other.name}"
    if ratio is None or not math.isfinite(_number(ratio)):
        return f"not comparable with {name}, which found too little of what was bought"
    if ratio.low is not None and ratio.low > 1:
        return f"{ratio.mean:.2f}x better than {name}"
    if ratio.high is not None and ratio.high < 1:
        return f"worse than {name} ({ratio.mean:.2f}x)"
    return f"as good as {name}, within the margin of error ({ratio.mean:.2f}x)"


def _number(estimate: Estimate) -> float:
    """The mean, or −∞ if it is undefined."""
    mean = defined(estimate.mean)
    return -math.inf if mean is None else mean
