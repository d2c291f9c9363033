"""Runs of the rows: the processes that are called, and with which requests."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import chain, islice, repeat

import numpy as np

from benchmarks.serving.load.client import Client, get
from benchmarks.serving.load.mix import mix
from benchmarks.serving.load.questions import Batches, Caller
from benchmarks.serving.measuring import Cost, Measured, measure, one_round
from benchmarks.serving.programs.catalog import Histories
from benchmarks.serving.stack import Behavior, Running, Stack

_READY_MADE_REQUESTS = 1_000
_PGVECTOR_SHOPPERS = 300
_WARMING_BATCHES = 5
_LOAD = 0.7
_TIMED_REQUESTS, _TIMED_CONNECTIONS = 3_000, 64


class Runs:
    """Measures rows on one service and on one process of each baseline.

    Args:
        stack: starts the processes.
        histories: products of the snapshot.
        rounds: rounds of each side.
        seconds: CPU seconds of a round.
    """

    def __init__(self, stack: Stack, histories: Histories, rounds: int, seconds: float) -> None:
        self._stack, self._rounds, self._seconds = stack, rounds, seconds
        self._caller = Caller(stack, stack.service(), histories, cache(stack.service))
        self.ready_made = cache(self._start_ready_made)
        self.pgvector = cache(self._start_pgvector)

    def compare(self, batches: Callable[[Caller], Batches]) -> Measured:
        """CPU time of the service's process, against ready-made answers."""
        return self._measure(batches(self._caller), *self.ready_made())

    def compare_whole(self, batches: Callable[[Caller], Batches]) -> Measured:
        """CPU time of all processes, against pgvector."""
        return self._measure(batches(self._caller), *self.pgvector(), whole=True)

    def telemetry(self, collector: Behavior | None, batches: Callable[[Caller], Batches]) -> Measured:
        """CPU time of a service with telemetry, against one without.

        Args:
            collector: behavior of the collector that gets a trace of each request. None: no traces.
            batches: requests of each.
        """
        off = self._stack.service(SERVICE_MANAGEMENT_PORT="", SERVICE_LOG_LEVEL="ERROR")
        endpoint = "" if collector is None else self._stack.collector(collector)
        on = self._stack.service(SERVICE_OTLP_ENDPOINT=endpoint)
        return measure(self._warmed(off, batches), self._warmed(on, batches), self._rounds)

    def _warmed(self, service: Running, batches: Callable[[Caller], Batches]) -> Callable[[], Cost]:
        """Rounds of one service, after some batches that do not count."""
        own = batches(replace(self._caller, service=service))
        for _ in range(_WARMING_BATCHES):
            service.send(next(own))
        return partial(one_round, service, own, self._seconds, self._stack.store_seconds)

    def processes(self, number: int) -> Measured:
        """CPU time of all processes on the mix, of `number` services against one."""
        requests = mix(self._caller)
        return measure(
            partial(self._group_round, 1, requests),
            partial(self._group_round, number, requests),
            self._rounds,
            whole=True,
        )

    def tail(self, batches: Callable[[Caller], Batches]) -> Measured:
        """The 99th percentile at 70 % of the own peak, against ready-made answers."""
        ready_made, ready_made_batches = self.ready_made()
        own = batches(self._caller)
        return measure(
            partial(_p99, ready_made, ready_made_batches),
            partial(_p99, self._caller.service, own),
            self._rounds,
        )

    def _measure(
        self, own: Batches, baseline: Running, baseline_batches: Batches, whole: bool = False
    ) -> Measured:
        """Measures one row, after a batch of each that does not count."""
        baseline.send(next(baseline_batches))
        self._caller.service.send(next(own))
        stores = self._stack.store_seconds
        return measure(
            partial(one_round, baseline, baseline_batches, self._seconds, stores),
            partial(one_round, self._caller.service, own, self._seconds, stores),
            self._rounds,
            whole,
        )

    def _group_round(self, number: int, requests: Batches) -> Cost:
        """A round of fresh services, in which each of them spends `seconds`."""
        with self._stack.services(number) as group:
            for _ in range(_WARMING_BATCHES * number):
                group.send(next(requests))
            return one_round(group, requests, self._seconds * number, self._stack.store_seconds)

    def _start_ready_made(self) -> tuple[Running, Batches]:
        """Starts the handler with a page of the service as its answer."""
        page = self._caller.for_you(self._caller.new_shoppers(1)[0])
        started = self._stack.ready_made(self._caller.service.send([page])[0])
        return started, repeat([get("/ready-made")] * _READY_MADE_REQUESTS)

    def _start_pgvector(self) -> tuple[Running, Batches]:
        users = self._caller.new_shoppers(_PGVECTOR_SHOPPERS)
        requests = [get(f"/users/{user_id}/recommendations") for user_id in users]
        return self._stack.pgvector(self._caller.histories, users), repeat(requests)


def _p99(running: Running, batches: Batches) -> Cost:
    """The 99th percentile in seconds at 70 % of the peak."""
    requests: Iterator[bytes] = chain.from_iterable(batches)
    closed = list(islice(requests, _TIMED_REQUESTS // 3))
    running.connect()
    began = time.monotonic()
    running.send(closed)
    rate = _LOAD * len(closed) / (time.monotonic() - began)
    gaps = np.random.default_rng(9).exponential(1 / rate, _TIMED_REQUESTS)
    client = Client(running.client.port, _TIMED_CONNECTIONS)
    try:
        answers = client.send_on_time(list(islice(requests, _TIMED_REQUESTS)), np.cumsum(gaps).tolist())
    finally:
        client.close()
    if failed := [answer.status for answer in answers if answer.status >= 300]:
        raise RuntimeError(f"{len(failed)} of {len(answers)} requests failed, the first with {failed[0]}")
    return Cost(float(np.quantile([answer.seconds for answer in answers], 0.99)))
