"""Rounds of ready-made answers and of the service, in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.serving.questions import Batches
from benchmarks.serving.stack import Running

_SETTLING_SECONDS = 0.02
"""Work that goes on after the last answer counts, too."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds per request of one round.

    Attributes:
        process: of the service, or of the process with ready-made answers.
        stores: of Redis and PostgreSQL.
    """

    process: float
    stores: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Rounds of one row, of ready-made answers and of the service."""

    ready_made: tuple[Cost, ...]
    service: tuple[Cost, ...]

    @property
    def ratios(self) -> list[float]:
        """Rate of the service relative to ready-made answers in each round."""
        pairs = zip(self.ready_made, self.service, strict=True)
        return [ready.process / service.process for ready, service in pairs]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)


def measure(ready_made: Callable[[], Cost], service: Callable[[], Cost], rounds: int) -> Measured:
    """Measures both in turns. Every other round begins with the service."""
    costs: dict[Callable[[], Cost], list[Cost]] = {ready_made: [], service: []}
    for number in range(rounds):
        order = (ready_made, service) if number % 2 == 0 else (service, ready_made)
        for measured in order:
            costs[measured].append(measured())
    return Measured(tuple(costs[ready_made]), tuple(costs[service]))


def one_round(
    running: Running, batches: Batches, seconds: float, store_seconds: Callable[[], float] = lambda: 0.0
) -> Cost:
    """Sends batches until the process has spent `seconds` of CPU time on them."""
    spent = stores = 0.0
    requests = 0
    while spent < seconds:
        batch = next(batches)
        running.client.connect()
        time.sleep(_SETTLING_SECONDS)
        before, stores_before = running.cpu_seconds(), store_seconds()
        running.client.send(batch)
        time.sleep(_SETTLING_SECONDS)
        spent += running.cpu_seconds() - before
        stores += store_seconds() - stores_before
        requests += len(batch)
    return Cost(spent / requests, stores / requests)
