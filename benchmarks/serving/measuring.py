"""Rounds of ready-made answers and of the service, in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.serving.load.questions import Batches
from benchmarks.serving.stack import Target

_SETTLING_SECONDS = 0.02
"""Time in which a process ends what it does after an answer, which counts, and after a connection, which does not.

Nothing tells from outside that it has ended. The clock of `/proc` ticks every 10 ms: two ticks are enough."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds per request of one round.

    Attributes:
        process: of the processes that are called. In the row `tail`, the 99th percentile of answer times.
        stores: of Redis and PostgreSQL.
    """

    process: float
    stores: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Rounds of one row, of its baseline and of the service.

    Attributes:
        whole: the time of Redis and PostgreSQL counts.
    """

    baseline: tuple[Cost, ...]
    service: tuple[Cost, ...]
    whole: bool = False

    @property
    def ratios(self) -> list[float]:
        """Rate of the service relative to the baseline in each round."""
        pairs = zip(self.baseline, self.service, strict=True)
        return [self._seconds(baseline) / self._seconds(service) for baseline, service in pairs]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    def _seconds(self, cost: Cost) -> float:
        return cost.process + cost.stores if self.whole else cost.process


def measure(
    baseline: Callable[[], Cost], service: Callable[[], Cost], rounds: int, whole: bool = False
) -> Measured:
    """Measures both in turns. Every other round begins with the service."""
    costs: dict[Callable[[], Cost], list[Cost]] = {baseline: [], service: []}
    for number in range(rounds):
        order = (baseline, service) if number % 2 == 0 else (service, baseline)
        for measured in order:
            costs[measured].append(measured())
    return Measured(tuple(costs[baseline]), tuple(costs[service]), whole)


def one_round(target: Target, batches: Batches, seconds: float, store_seconds: Callable[[], float]) -> Cost:
    """Sends batches until the target has spent `seconds` of CPU time."""
    spent = stores = 0.0
    requests = 0
    while spent < seconds:
        batch = next(batches)
        target.connect()
        time.sleep(_SETTLING_SECONDS)
        before, stores_before = target.cpu_seconds(), store_seconds()
        target.send(batch)
        time.sleep(_SETTLING_SECONDS)
        spent += target.cpu_seconds() - before
        stores += store_seconds() - stores_before
        requests += len(batch)
    return Cost(spent / requests, stores / requests)
