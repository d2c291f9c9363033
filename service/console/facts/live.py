"""The last minutes of the process, from its own metrics."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate, pairwise

import msgspec

from adapters.telemetry import ServiceMetrics
from adapters.telemetry.totals import BOUNDS, ByLabels, Totals

SAMPLES = 60
SAMPLE_SECONDS = 5.0
_NO_DURATIONS = (0,) * (len(BOUNDS) + 1)


class NamedSeries(msgspec.Struct, frozen=True):
    """Values of one name over time, oldest first.

    Attributes:
        name: such as a strategy.
        values: one per sample.
    """

    name: str
    values: list[float]


class ScenarioFacts(msgspec.Struct, frozen=True):
    """Results of one scenario since the start of the process.

    Attributes:
        scenario: the scenario.
        answers: responses, with those that were sent again.
        impressions: products that shoppers saw.
        clicks: products that they clicked.
        purchases: products that they bought.
        click_through: clicks per impression. Null without impressions.
        conversion: purchases per click. Null without clicks.
        click_through_history: clicks per impression up to each sample. Null without impressions.
    """

    scenario: str
    answers: int
    impressions: int
    clicks: int
    purchases: int
    click_through: float | None
    conversion: float | None
    click_through_history: list[float | None]


class CallFacts(msgspec.Struct, frozen=True):
    """Requests of one call in the last minutes.

    Attributes:
        method: their method.
        route: template of their route.
        requests: their number.
        p50_milliseconds: their median duration.
        p95_milliseconds: duration that 95 % of them stayed below.
    """

    method: str
    route: str
    requests: int
    p50_milliseconds: float
    p95_milliseconds: float


class ProblemFacts(msgspec.Struct, frozen=True):
    """One request that failed. It names no shopper and no product.

    Attributes:
        at: when it ended.
        method: its method.
        route: template of its route.
        status: status of the response.
        code: type of the problem. Null if the response has none.
    """

    at: datetime
    method: str
    route: str
    status: int
    code: str | None


class LiveView(msgspec.Struct, frozen=True):
    """The last minutes of this pod.

    Series have one value per sample, oldest first. Neither probes nor the console's pages are in them.

    Attributes:
        sample_seconds: time between two samples.
        at: time of each sample.
        requests: requests per second.
        failed: responses with a status from 500, per second.
        p50_milliseconds: median duration of a request. Null in samples without requests.
        p95_milliseconds: duration that 95 % of the requests stayed below. Null in samples without requests.
        calls: the calls with requests, the slowest 95th percentile first.
        repeated: share of recommendations that were sent again, 0 to 1. Null in samples without any.
        kept: share of personal lists with candidates from an earlier request, 0 to 1. Null in samples without any.
        strategies: responses by strategy, from the best to the last of the fallbacks.
        degraded: responses without data of a dependency, by dependency.
        scenarios: scenarios with responses.
        problems: the latest failed requests, newest first. Probes are not among them.
    """

    sample_seconds: float
    at: list[datetime]
    requests: list[float]
    failed: list[float]
    p50_milliseconds: list[float | None]
    p95_milliseconds: list[float | None]
    calls: list[CallFacts]
    repeated: list[float | None]
    kept: list[float | None]
    strategies: list[NamedSeries]
    degraded: list[NamedSeries]
    scenarios: list[ScenarioFacts]
    problems: list[ProblemFacts]


@dataclass(slots=True)
class LiveFacts:
    """Samples the process's metrics, and keeps the last ones.

    Attributes:
        seconds: time between two samples.
        clock: epoch seconds.
    """

    metrics: ServiceMetrics
    seconds: float = SAMPLE_SECONDS
    clock: Callable[[], float] = time.time
    _samples: deque[tuple[float, Totals]] = field(default_factory=lambda: deque(maxlen=SAMPLES + 1))

    async def run(self) -> None:
        """Samples until it is cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(self.seconds)

    def sample(self) -> None:
        """Takes one sample."""
        self._samples.append((self.clock(), self.metrics.totals()))

    def read(self) -> LiveView:
        """The last samples, with one of this moment's totals."""
        samples = list(self._samples)
        steps = [(max(now - then, 1e-9), old, new) for (then, old), (now, new) in pairwise(samples)]
        pairs = [(old, new) for _, old, new in steps]
        buckets = [
            [sum(counts) for counts in zip(_NO_DURATIONS, *_durations(old, new).values(), strict=True)]
            for old, new in pairs
        ]
        totals = self.metrics.totals()
        return LiveView(
            sample_seconds=self.seconds,
            at=[datetime.fromtimestamp(at, UTC) for at, _ in samples[1:]],
            requests=[(new.requests - old.requests) / seconds for seconds, old, new in steps],
            failed=[(new.failed - old.failed) / seconds for seconds, old, new in steps],
            p50_milliseconds=[1000 * quantile(counts, 0.5) if any(counts) else None for counts in buckets],
            p95_milliseconds=[1000 * quantile(counts, 0.95) if any(counts) else None for counts in buckets],
            calls=_calls(samples[0][1], samples[-1][1]) if pairs else [],
            repeated=[
                _share(_increase(a.repeated, b.repeated), _increase(a.answers, b.answers)) for a, b in pairs
            ],
            kept=[_share(_kept_increase(a, b), _increase(a.states, b.states)) for a, b in pairs],
            strategies=_series([(a.answers, b.answers) for a, b in pairs], totals.answers),
            degraded=_series([(a.degraded, b.degraded) for a, b in pairs], totals.degraded),
            scenarios=_scenarios(totals, [new for _, new in pairs]),
            problems=[
                ProblemFacts(datetime.fromtimestamp(each.at, UTC), *each[1:4], each.code or None)
                for each in reversed(self.metrics.problems())
            ],
        )


def _durations(old: Totals, new: Totals) -> dict[tuple[str, str], list[int]]:
    """Counts of durations between two samples, by method and route."""
    return {
        call: [b - a for a, b in zip(old.buckets.get(call, _NO_DURATIONS), counts, strict=True)]
        for call, counts in new.buckets.items()
    }


def _calls(old: Totals, new: Totals) -> list[CallFacts]:
    found = [
        CallFacts(*call, sum(counts), 1000 * quantile(counts, 0.5), 1000 * quantile(counts, 0.95))
        for call, counts in _durations(old, new).items()
        if any(counts)
    ]
    return sorted(found, key=lambda each: -each.p95_milliseconds)


def quantile(counts: Sequence[int], share: float) -> float:
    """A quantile of durations in seconds from counts of buckets.

    One of the counts is above 0. Within a bucket, durations are taken as evenly spread. Those above the last bound
    count as it.
    """
    place = share * sum(counts)
    below = [0, *accumulate(counts)]
    bucket = next(number for number, reached in enumerate(below[1:]) if reached >= place)
    if bucket == len(BOUNDS):
        return BOUNDS[-1]
    low = BOUNDS[bucket - 1] if bucket else 0.0
    return low + (BOUNDS[bucket] - low) * (place - below[bucket]) / counts[bucket]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _increase(old: ByLabels, new: ByLabels) -> int:
    """Increase of all counts together."""
    return sum(new.values()) - sum(old.values())


def _kept_increase(old: Totals, new: Totals) -> int:
    """Increase of the answers whose candidates were kept from an earlier one."""
    return new.states.get(("kept",), 0) - old.states.get(("kept",), 0)


def _series(pairs: Sequence[tuple[ByLabels, ByLabels]], totals: ByLabels) -> list[NamedSeries]:
    """Increases by the value of the second label, the most frequent first."""
    summed: dict[str, int] = {}
    for (_, name), count in totals.items():
        summed[str(name)] = summed.get(str(name), 0) + count
    return [
        NamedSeries(
            name,
            [float(_count_of(new, 1, name) - _count_of(old, 1, name)) for old, new in pairs],
        )
        for name in sorted(summed, key=lambda name: -summed[name])
    ]


def _count_of(totals: ByLabels, label: int, name: str) -> int:
    """Sum of the counts whose label at this place is `name`."""
    return sum(count for labels, count in totals.items() if labels[label] == name)


def _scenarios(totals: Totals, history: Iterable[Totals]) -> list[ScenarioFacts]:
    samples = list(history)
    names = {str(labels[0]) for labels in (*totals.answers, *totals.impressions)}
    found = []
    for name in sorted(names):
        seen, clicked, bought = (
            _count_of(each, 0, name) for each in (totals.impressions, totals.clicks, totals.purchases)
        )
        rates = [(_count_of(each.clicks, 0, name), _count_of(each.impressions, 0, name)) for each in samples]
        found.append(
            ScenarioFacts(
                name,
                _count_of(totals.answers, 0, name),
                seen,
                clicked,
                bought,
                _share(clicked, seen),
                _share(bought, clicked),
                [_share(clicks, impressions) for clicks, impressions in rates],
            )
        )
    return found
