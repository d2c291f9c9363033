"""The rows of the table, with their limits."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.serving.load import questions
from benchmarks.serving.load.mix import mix
from benchmarks.serving.measuring import Measured
from benchmarks.serving.runs import Runs

_Questions = Callable[[questions.Caller], questions.Batches]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        title: what is measured.
        measure: measures it.
        limit, aim: rate relative to the baseline, or the inverse for times. None: measured for information.
    """

    title: str
    measure: Callable[[Runs], Measured]
    limit: float | None = None
    aim: float | None = None


def _requests(title: str, asked: _Questions, limit: float | None = None, aim: float | None = None) -> Row:
    """A row that compares the service's process with ready-made answers."""
    return Row(title, lambda runs: runs.compare(asked), limit, aim)


def _after_event(length: int, limit: float | None = None, aim: float | None = None) -> Row:
    return _requests(f"for-you after an event, {length} purchases", questions.after_event(length), limit, aim)


ROWS = {
    "same-question": _requests("for-you again, nothing changed", questions.same_question, 0.40, 0.70),
    "other-question": _requests("another question of a known shopper", questions.other_question, 0.20, 0.35),
    "shared-lists": _requests("the five shared lists", questions.shared_lists, 0.40, 0.60),
    "after-event-50": _after_event(50, 0.12, 0.20),
    "after-event-500": _after_event(500, 0.07, 0.12),
    "unseen-in-redis": _requests("for-you of a shopper in Redis", questions.unseen_in_redis, 0.10, 0.15),
    "mix": _requests("the load test's mix of calls", mix, 0.20, 0.35),
    "pgvector": Row("the mix, all processes", lambda runs: runs.compare_whole(mix), 3.0, 5.0),
    "health": _requests("the liveness probe", questions.health),
    "snapshot": _requests("the manifest, with a token", questions.snapshot),
    "history-1": _after_event(1),
    "history-10": _after_event(10),
    "history-100": _after_event(100),
    "history-200": _after_event(200),
    "history-1000": _after_event(1_000),
    "processes-2": Row("the mix on two services", lambda runs: runs.processes(2), 0.9, 1.0),
    "processes-4": Row("the mix on four services", lambda runs: runs.processes(4), 0.9, 1.0),
    "telemetry-untraced": Row("the mix, metrics and logs", lambda runs: runs.telemetry(None, mix)),
    "telemetry-traced": Row("the mix, all requests traced", lambda runs: runs.telemetry("answers", mix)),
    "telemetry-hangs": Row("the same, and the collector hangs", lambda runs: runs.telemetry("hangs", mix)),
    "telemetry-refuses": Row(
        "the same, and the collector refuses", lambda runs: runs.telemetry("refuses", mix)
    ),
    "telemetry-repeated-untraced": Row(
        "repeated answers, metrics and logs", lambda runs: runs.telemetry(None, questions.same_question)
    ),
    "telemetry-repeated": Row(
        "repeated answers, all requests traced",
        lambda runs: runs.telemetry("answers", questions.same_question),
    ),
    "tail": Row("99th percentile", lambda runs: runs.tail(questions.same_question), 1 / 3, 1 / 2),
}
GROUPS = {
    "history": [name for name in ROWS if name.startswith(("after-event-", "history-"))],
    "telemetry": [name for name in ROWS if name.startswith("telemetry-")],
    "processes": [name for name in ROWS if name.startswith("processes-")],
}
"""Names that stand for several rows."""
