"""Watches a run from within Locust: tells how it goes, gives a hopeless one up, and judges it at its end."""

import logging
import time
from typing import Any

import gevent
from locust.env import Environment
from locust.event import Events
from locust.runners import (
    STATE_RUNNING,
    STATE_SPAWNING,
    WORKER_REPORT_INTERVAL,
    MasterRunner,
    Runner,
    WorkerRunner,
)

from loadtests import thresholds
from loadtests.answers import OFFERED_AGAIN
from loadtests.progress import EVERY_SECONDS, PATIENCE_SECONDS, Moment, Progress, clock
from loadtests.settings import Settings
from loadtests.stages import length
from loadtests.tokens import ASKING

_LONGEST_CLOSING = 20.0
_STATISTICS = 0.95, 0.99
_LOG = logging.getLogger("loadtests")


class Watch:
    """One run of a shape, in the process that has the numbers of all: the only one, or the master.

    Attributes:
        given_up: whether the shape should end, since nothing succeeds any more.
        completed: whether the shape came to its own end.
    """

    def __init__(self, settings: Settings) -> None:
        self.given_up = False
        self.completed = False
        self._shape = settings.shape
        self._thresholds = settings.thresholds
        self._length = length(settings.stages)
        self._found: list[str] = []
        self._workers = 0
        self._lost = 0
        self._elapsed = 0.0
        self._closing: float | None = None
        self._empty_since = 0.0

    def attach(self, events: Events) -> None:
        """Listens to what happens in Locust from its start to its end. ValueError for wrong thresholds."""
        thresholds.read(self._shape, self._thresholds)
        events.init.add_listener(self._prepare)

    def closing(self, runner: Runner) -> tuple[int, float] | None:
        """What a shape says after its end: with workers, nobody, until they have reported what was under way."""
        if not isinstance(runner, MasterRunner) or not runner.worker_count:
            return None
        now = time.monotonic()
        if self._closing is None:
            self._closing = self._empty_since = now
        if runner.user_count:
            self._empty_since = now
        is_over = (
            now - self._closing > _LONGEST_CLOSING or now - self._empty_since > 1.5 * WORKER_REPORT_INTERVAL
        )
        return None if is_over else (0, 100.0)

    def _prepare(self, environment: Environment, **_: object) -> None:
        events = environment.events
        if isinstance(environment.runner, WorkerRunner):
            # Its failures are counted by the master, which judges; a worker that did its work ended well.
            events.quitting.add_listener(
                lambda environment, **_: setattr(environment, "process_exit_code", 0)
            )
            return
        events.test_start.add_listener(self._begin)
        events.test_stopping.add_listener(self._count_workers)
        if environment.parsed_options.headless:
            events.quitting.add_listener(self._judge)
            events.quit.add_listener(self._tell)  # after the tables, where it is seen
        else:  # with Locust's own page, as many runs as its user likes
            events.test_stop.add_listener(self._judge)
            events.test_stop.add_listener(self._tell)

    def _begin(self, environment: Environment, **_: object) -> None:
        self.given_up = self.completed = False
        self._lost, self._elapsed, self._closing = 0, 0.0, None
        if isinstance(environment.runner, MasterRunner):
            self._workers = environment.runner.worker_count
        environment.runner.greenlet.spawn(self._follow, environment)

    def _follow(self, environment: Environment) -> None:
        progress = Progress(self._shape, self._length)
        while not self.given_up:
            gevent.sleep(EVERY_SECONDS)
            if self.completed or environment.runner.state not in (STATE_SPAWNING, STATE_RUNNING):
                return
            self._count_workers(environment)
            _LOG.info("%s", progress.line(_moment(environment)))
            if progress.hopeless:
                _LOG.error(
                    "the service gave no good answer for %.0f s; the run is given up", PATIENCE_SECONDS
                )
                self.given_up = True

    def _count_workers(self, environment: Environment, **_: object) -> None:
        self._elapsed = environment.shape_class.get_run_time()
        if not isinstance(environment.runner, MasterRunner):
            return
        lost = self._workers - environment.runner.worker_count
        if lost > self._lost:
            self._lost = lost
            _LOG.error("%d of %d workers are gone, and their shoppers with them", lost, self._workers)

    def _judge(self, environment: Environment, **_: object) -> None:
        self._found = thresholds.breaches(
            thresholds.read(self._shape, self._thresholds), _measured(environment)
        )
        self._found += _offered_again(environment)
        if not self.completed:
            end = f"the run ended after {clock(self._elapsed)} of {clock(self._length)}"
            self._found.append(f"{end}; what is said above holds for that part")
        if self._lost:
            self._found.append(
                f"{self._lost} of {self._workers} workers were lost: there was less load than meant"
            )
        raised = environment.runner.exceptions.values() if environment.runner else ()
        self._found += [f"{one['count']} times a shopper stumbled: {one['msg']}" for one in raised]
        environment.process_exit_code = 1 if self._found else 0

    def _tell(self, **_: object) -> None:
        for sentence in self._found:
            _LOG.error("NOT KEPT  %s", sentence)
        if not self._found:
            _LOG.info("Every limit for %s in %s was kept.", self._shape, self._thresholds.name)


def _moment(environment: Environment) -> Moment:
    runner, total = environment.runner, environment.stats.total
    master = isinstance(runner, MasterRunner)
    busiest = (
        max((one.cpu_usage for one in runner.clients.all), default=0) if master else runner.current_cpu_usage
    )
    return Moment(
        elapsed=environment.shape_class.get_run_time(),
        shoppers=runner.user_count,
        calls=total.num_requests,
        failures=total.num_failures,
        answers=sum(
            entry.num_requests - entry.num_failures
            for entry in environment.stats.entries.values()
            if entry.name != ASKING
        ),
        p95=total.get_current_response_time_percentile(0.95),
        load=busiest / 100,
    )


def _measured(environment: Environment) -> list[thresholds.Measured]:
    entries = [(entry.name, entry) for entry in environment.stats.entries.values()]
    return [
        thresholds.Measured(
            name,
            entry.num_requests,
            entry.num_failures,
            *map(entry.get_response_time_percentile, _STATISTICS),
        )
        for name, entry in [*entries, (thresholds.TOTAL, environment.stats.total)]
    ]


def _offered_again(environment: Environment) -> list[str]:
    """No share of failures excuses these."""
    errors: list[Any] = list(environment.stats.errors.values())
    times = sum(one.occurrences for one in errors if OFFERED_AGAIN in str(one.error))
    return [f"{OFFERED_AGAIN}: {times} times"] if times else []
