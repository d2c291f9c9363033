"""The rows of the table: what is asked, and what it may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.serving import questions


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of request.

    Attributes:
        title: what is measured.
        batches: makes the requests.
        must, aim: rate of the service relative to ready-made answers. None: measured for information.
    """

    title: str
    batches: Callable[[questions.Caller], questions.Batches]
    must: float | None = None
    aim: float | None = None


ROWS = {
    "same-question": Row("for-you again, nothing changed", questions.same_question, 0.40, 0.70),
    "other-question": Row("another question of a known shopper", questions.other_question, 0.20, 0.35),
    "shared-lists": Row("the five shared lists", questions.shared_lists, 0.40, 0.60),
    "after-event-50": Row("for-you after an event, 50 purchases", questions.after_event(50), 0.12, 0.20),
    "after-event-500": Row("for-you after an event, 500 purchases", questions.after_event(500), 0.07, 0.12),
    "unseen-in-redis": Row("for-you of a shopper in Redis", questions.unseen_in_redis, 0.10, 0.15),
    "health": Row("the liveness probe", questions.health),
    "snapshot": Row("the manifest, with a token", questions.snapshot),
}
