"""Memory of request bodies."""

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from adapters.telemetry import ServiceMetrics
from service.http.middleware.body_memory import MIN_CALLERS, WAITING_BYTES, Body, BodyMemory
from service.http.problems import ProblemException

CALLERS = 8
MEMORY = CALLERS * WAITING_BYTES


class Bodies:
    """Opens bodies and records evictions."""

    def __init__(self) -> None:
        self._readings = InMemoryMetricReader()
        metrics = ServiceMetrics(MeterProvider([self._readings]).get_meter("tests"))
        self.memory = BodyMemory(MEMORY, metrics)
        self.evicted: list[str] = []

    def open(self, caller: str) -> Body:
        return self.memory.open(caller, lambda: self.evicted.append(caller))

    def shed(self) -> int:
        """The number of counted requests."""
        data = self._readings.get_metrics_data()
        assert data
        metrics = data.resource_metrics[0].scope_metrics[0].metrics
        return sum(
            getattr(point, "value", 0)
            for metric in metrics
            if metric.name == "recommender.shed"
            for point in metric.data.data_points
        )


def test_caller_beyond_its_share_is_rejected() -> None:
    bodies = Bodies()
    own = [bodies.open("a") for _ in range(CALLERS // MIN_CALLERS)]
    for _ in range(3):
        with pytest.raises(ProblemException) as rejection:
            bodies.open("a")
        assert (rejection.value.status, rejection.value.headers["retry-after"]) == (503, "1")
    bodies.open("b")
    bodies.memory.close(own[0])
    bodies.open("a")
    assert not bodies.evicted
    assert bodies.shed() == 3


def test_longest_arriving_body_is_evicted() -> None:
    bodies = Bodies()
    arriving = [bodies.open(f"slow {number}") for number in range(CALLERS)]
    bodies.memory.complete(arriving[0])  # small, so it counts no longer
    bodies.open("new")
    assert not bodies.evicted
    bodies.open("newer")
    assert bodies.evicted == ["slow 1"]
    bodies.memory.close(arriving[1])
    bodies.open("newest")
    assert bodies.evicted == ["slow 1", "slow 2"]
    assert bodies.shed() == 2


def test_complete_body_is_not_evicted() -> None:
    bodies = Bodies()
    for number in range(CALLERS // 2):
        body = bodies.open(f"worked on {number}")
        bodies.memory.grow(body, 2 * WAITING_BYTES)
        bodies.memory.complete(body)
    with pytest.raises(ProblemException):
        bodies.open("new")
    assert not bodies.evicted


def test_growing_body_is_rejected_rather_than_younger_ones() -> None:
    bodies = Bodies()
    oldest = bodies.open("slow")
    for number in range(CALLERS - 1):
        bodies.open(f"young {number}")
    with pytest.raises(ProblemException):
        bodies.memory.grow(oldest, 2 * WAITING_BYTES)
    assert not bodies.evicted
    bodies.open("new")  # The rejected one is no longer counted.
    assert not bodies.evicted
