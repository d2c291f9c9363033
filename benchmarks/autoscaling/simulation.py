"""Pods as queues under a load that changes, with the autoscaler."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.autoscaling.autoscaler import SYNC_SECONDS, Autoscaler, Defaults

Load = Callable[[float], float]
"""Requests per second at a time in seconds."""

METRIC_SECONDS = 30
"""The autoscaler sees the mean use of the last 30 s: metrics-server reads every 15 s, and its rates are that old."""

_WARMING_SECONDS = 60.0
_FLAP_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU time of requests and the start of a pod.

    Attributes:
        seconds, shares: CPU seconds of each kind of request, and the share of each.
        start_seconds: from the decision of the autoscaler until a new pod gets requests.
        cold_factor: how much more a request costs in the first minute of a pod, which knows no shopper yet.
    """

    seconds: tuple[float, ...]
    shares: tuple[float, ...]
    start_seconds: float
    cold_factor: float

    @property
    def mean(self) -> float:
        """Mean CPU seconds per request."""
        return float(np.dot(self.seconds, self.shares))


@dataclass(slots=True)
class _Pod:
    """A pod, and its share of busy time in each of the last seconds."""

    ready_at: float
    busy: NDArray[np.float64]
    free_at: float = 0.0

    @classmethod
    def starting(cls, ready_at: float, share: float = 0.0) -> "_Pod":
        """A pod that gets requests from `ready_at` on."""
        return cls(ready_at, np.full(METRIC_SECONDS, share))


@dataclass(frozen=True, slots=True)
class Course:
    """Every second of a run.

    Attributes:
        load: requests per second.
        pods, ready: all pods, and those that get requests.
        p99: 99th percentile of response times in that second, NaN without requests.
        p99_of_all, mean_seconds: 99th percentile and mean of all response times of the run.
    """

    load: NDArray[np.float64]
    pods: NDArray[np.int64]
    ready: NDArray[np.int64]
    p99: NDArray[np.float64]
    p99_of_all: float
    mean_seconds: float

    @property
    def flaps(self) -> int:
        """Number of times that pods were added within ten minutes after some were removed."""
        steps = np.diff(self.pods)
        removed, added = np.flatnonzero(steps < 0), np.flatnonzero(steps > 0)
        return sum(bool(((removed < at) & (removed >= at - _FLAP_SECONDS)).any()) for at in added)

    def slow_seconds(self, limit: float) -> int:
        """Seconds in which the 99th percentile was above `limit`."""
        return int((self.p99 > limit).sum())


def simulate(defaults: Defaults, costs: Costs, load: Load, seconds: int, seed: int = 1) -> Course:
    """Runs the queues second by second.

    Each request goes to a random ready pod, which works on one at a time in the order of arrival.
    """
    random = np.random.default_rng(seed)
    autoscaler = Autoscaler(defaults)
    number = _pods_for(defaults, costs, load(0.0))
    share = load(0.0) * costs.mean / number
    pods = [_Pod.starting(-_WARMING_SECONDS, share) for _ in range(number)]
    found: list[tuple[float, int, int, float]] = []
    times: list[NDArray[np.float64]] = []
    for now in range(seconds):
        ready = [pod for pod in pods if pod.ready_at <= now]
        waited = np.concatenate([_serve(pod, now, load(now) / len(ready), costs, random) for pod in ready])
        times.append(waited)
        found.append(
            (load(now), len(pods), len(ready), float(np.quantile(waited, 0.99)) if len(waited) else np.nan)
        )
        if now and now % SYNC_SECONDS == 0:
            use = float(np.mean([pod.busy.mean() for pod in ready]))
            wanted = autoscaler.pods(now, len(pods), len(ready), use)
            pods += [_Pod.starting(now + costs.start_seconds) for _ in range(wanted - len(pods))]
            pods = pods[:wanted]
    loads, all_pods, all_ready, p99 = map(np.array, zip(*found, strict=True))
    waited = np.concatenate(times)
    return Course(loads, all_pods, all_ready, p99, float(np.quantile(waited, 0.99)), float(waited.mean()))


def _pods_for(defaults: Defaults, costs: Costs, rate: float) -> int:
    needed = int(np.ceil(rate * costs.mean / defaults.target))
    return min(max(needed, defaults.least), defaults.most)


def _serve(
    pod: _Pod, now: int, rate: float, costs: Costs, random: np.random.Generator
) -> NDArray[np.float64]:
    """Response times of the requests that arrive at `pod` in the second from `now`."""
    arrivals = now + np.sort(random.random(random.poisson(rate)))
    work = random.choice(costs.seconds, len(arrivals), p=costs.shares)
    if now < pod.ready_at + _WARMING_SECONDS:
        work = work * costs.cold_factor
    done = np.cumsum(work)
    # Each starts at its arrival or when the one before is done (Lindley, "The theory of queues with a single server").
    starts = np.maximum.accumulate(np.maximum(arrivals, pod.free_at) - (done - work))
    finished = starts + done
    begun = pod.free_at
    pod.free_at = float(finished[-1]) if len(finished) else begun
    pod.busy[now % METRIC_SECONDS] = _busy_share(begun, starts + done - work, finished, now)
    waited: NDArray[np.float64] = finished - arrivals
    return waited


def _busy_share(begun: float, starts: NDArray[np.float64], finished: NDArray[np.float64], now: int) -> float:
    """Share of a second in which the pod works, on earlier requests too."""
    earlier = min(max(begun - now, 0.0), 1.0)
    own = np.clip(finished, now, now + 1) - np.clip(starts, now, now + 1)
    return float(min(earlier + own.sum(), 1.0))
