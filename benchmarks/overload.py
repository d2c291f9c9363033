"""Sends more requests than one process can answer, and times answers and probes.

    python -m benchmarks.overload [--seconds 20]

The peak is the rate that a closed loop reaches with the load test's mix. Then requests arrive at random (Poisson) with
one, two and four times that rate. Ends with an error when answers or probes take too long, or overload costs answers.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context

import numpy as np

from benchmarks.serving import shop
from benchmarks.serving.load.client import Client, Timed, get
from benchmarks.serving.load.mix import mix
from benchmarks.serving.load.questions import Caller
from benchmarks.serving.programs.catalog import Histories
from benchmarks.serving.stack import Stack, running_stack
from command_line.messages import ArgumentParser

_LOADS = (1, 2, 4)
_CONNECTIONS = 1_000
_PEAK_REQUESTS = 2_000
_WARMING_REQUESTS = 1_000
_PROBE_EVERY = 0.2
_PROBES_AT_ONCE = 16
_ANSWER_SECONDS = 1.0
"""Longest 95th percentile of answers: twice the time that a request may wait by default."""
_PROBE_SECONDS = 1.0
"""Longest probe: Kubernetes waits a second by default."""
_KEPT_RATE = 0.5
"""Smallest rate of answers under overload, relative to the peak."""


@dataclass(frozen=True, slots=True)
class _Load:
    """One run.

    Attributes:
        peak: answers per second of the closed loop.
        times: offered rate, relative to `peak`.
        answers: of all requests.
        duration: seconds until the last answer.
        probes: answers to the probes.
    """

    peak: float
    times: int
    answers: list[Timed]
    duration: float
    probes: list[Timed]

    @property
    def answered(self) -> list[float]:
        """Seconds of the successful answers."""
        return [answer.seconds for answer in self.answers if answer.status < 300]

    @property
    def rejected(self) -> list[float]:
        """Seconds of the answers that say that the service is overloaded."""
        return [answer.seconds for answer in self.answers if answer.status == 503]

    @property
    def slowest_probe(self) -> float:
        """Seconds of the slowest probe."""
        return max(probe.seconds for probe in self.probes)

    def missed(self) -> str:
        """The limits that were missed, or nothing."""
        found = {
            f"{len(self.answers) - len(self.answered) - len(self.rejected)} other answers": len(self.answers)
            > len(self.answered) + len(self.rejected),
            f"answers take more than {_ANSWER_SECONDS:g} s": _quantile(self.answered, 0.95) > _ANSWER_SECONDS,
            f"a probe takes more than {_PROBE_SECONDS:g} s": self.slowest_probe > _PROBE_SECONDS,
            "a probe fails": any(probe.status != 200 for probe in self.probes),
            f"fewer answers than {_KEPT_RATE:g} of the peak": len(self.answered) / self.duration
            < _KEPT_RATE * self.peak,
        }
        return ", ".join(text for text, is_missed in found.items() if is_missed)

    def line(self) -> str:
        """One line of the table."""
        rate = len(self.answered) / self.duration
        milliseconds = [
            1000 * seconds
            for seconds in (
                *(_quantile(self.answered, share) for share in (0.5, 0.95, 0.99)),
                _quantile(self.rejected, 0.95),
                self.slowest_probe,
            )
        ]
        cells = "".join(f"{value:>10,.0f}" for value in milliseconds)
        share = len(self.rejected) / len(self.answers)
        return f"{self.times:>5}x{rate:>12,.0f}{share:>10.0%}{cells}  {self.missed()}"


_HEADER = f"{'load':>6}{'answers/s':>12}{'rejected':>10}" + "".join(
    f"{name:>10}" for name in ("p50, ms", "p95", "p99", "503: p95", "probe max")
)


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints. Returns 1 if a limit is missed."""
    parsed = _parser().parse_args(arguments)
    published = shop.synthetic(parsed.products)
    with running_stack(published, connections=16) as stack:
        loads = list(_loads(stack, Histories.of(published.current), parsed.seconds))
    return int(any(load.missed() for load in loads))


def _loads(stack: Stack, histories: Histories, seconds: float) -> Iterator[_Load]:
    """Measures the peak, then each load, and prints them."""
    service = stack.service()
    requests = chain.from_iterable(mix(Caller(stack, service, histories, stack.service)))
    service.send(list(islice(requests, _WARMING_REQUESTS)))
    closed = list(islice(requests, _PEAK_REQUESTS))
    began = time.monotonic()
    service.send(closed)
    peak = len(closed) / (time.monotonic() - began)
    print(f"peak: {peak:,.0f} answers per second\n{_HEADER}", flush=True)
    for times in _LOADS:
        load = _load(service.client.port, requests, peak, times, seconds)
        print(load.line(), flush=True)
        yield load


def _load(port: int, requests: Iterator[bytes], peak: float, times: int, seconds: float) -> _Load:
    number = int(peak * times * seconds)
    due = np.cumsum(np.random.default_rng(times).exponential(1 / (peak * times), number)).tolist()
    sent = list(islice(requests, number))
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as other,
        closing(Client(port, _CONNECTIONS)) as client,
    ):
        other.submit(int).result()
        client.send([get("/health/live")] * _CONNECTIONS)  # A shop's proxies keep their connections open.
        probes = other.submit(_probe, port, seconds)
        began = time.monotonic()
        answers = client.send_on_time(sent, due, exactly=False)
        return _Load(peak, times, answers, time.monotonic() - began, probes.result())


def _probe(port: int, seconds: float) -> list[Timed]:
    """Sends readiness probes.

    It runs in another process, so that the load does not delay it.
    """
    due = np.arange(0, seconds, _PROBE_EVERY).tolist()
    with closing(Client(port, _PROBES_AT_ONCE)) as client:
        return client.send_on_time([get("/health/ready")] * len(due), due, exactly=False)


def _quantile(seconds: list[float], share: float) -> float:
    return float(np.quantile(seconds, share)) if seconds else 0.0


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument(
        "--products", type=int, default=shop.LARGE, help="size of the synthetic shop (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="time of each load (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
