"""Monitors a run inside Locust: logs progress, aborts hopeless runs, judges results."""

import logging
import signal
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
from loadtests.progress import EVERY_SECONDS, PATIENCE_SECONDS, Progress, Sample, clock
from loadtests.settings import Settings
from loadtests.stages import length
from loadtests.tokens import ISSUER_CALL

_MAX_CLOSING_SECONDS = 20.0
_PERCENTILES = 0.95, 0.99
_LOG = logging.getLogger("loadtests")


class RunMonitor:
    """Monitors one run, in the only process or in the master.

    Attributes:
        aborted: True when the shape should end because no call succeeds any more.
        completed: True when the shape reached its end.
    """

    def __init__(self, settings: Settings) -> None:
        self.aborted = False
        self.completed = False
        self._shape = settings.shape
        self._thresholds = settings.thresholds
        self._length = length(settings.stages)
        self._failures: list[str] = []
        self._workers = 0
        self._lost = 0
        self._elapsed = 0.0
        self._closing: float | None = None
        self._empty_since = 0.0

    def attach(self, events: Events) -> None:
        """Subscribes to Locust's events.

        Raises:
            ValueError: the thresholds are invalid.
        """
        thresholds.read(self._shape, self._thresholds)
        events.init.add_listener(self._prepare)

    def closing(self, runner: Runner) -> tuple[int, float] | None:
        """The load after the end of the shape.

        It is zero shoppers until the workers have reported their last calls. None ends the run.
        """
        if not isinstance(runner, MasterRunner) or not runner.worker_count:
            return None
        now = time.monotonic()
        if self._closing is None:
            self._closing = self._empty_since = now
        if runner.user_count:
            self._empty_since = now
        is_over = (
            now - self._closing > _MAX_CLOSING_SECONDS
            or now - self._empty_since > 1.5 * WORKER_REPORT_INTERVAL
        )
        return None if is_over else (0, 100.0)

    def _prepare(self, environment: Environment, **_: object) -> None:
        events = environment.events
        if isinstance(environment.runner, WorkerRunner):
            # The master judges failed calls, so they do not fail the worker itself.
            events.quitting.add_listener(
                lambda environment, **_: setattr(environment, "process_exit_code", 0)
            )
            return
        events.test_start.add_listener(self._begin)
        events.test_stopping.add_listener(self._count_workers)
        if environment.parsed_options.headless:
            # By default, Ctrl-C raises KeyboardInterrupt wherever the program is. Locust loses it while it adds
            # shoppers.
            gevent.signal_handler(signal.SIGINT, environment.runner.quit)
            events.quitting.add_listener(self._judge)
            events.quit.add_listener(self._report)  # after the tables, at the end of the output
        else:  # with Locust's web page, which can start many runs
            events.test_stop.add_listener(self._judge)
            events.test_stop.add_listener(self._report)

    def _begin(self, environment: Environment, **_: object) -> None:
        self.aborted = self.completed = False
        self._lost, self._elapsed, self._closing = 0, 0.0, None
        if isinstance(environment.runner, MasterRunner):
            self._workers = environment.runner.worker_count
        environment.runner.greenlet.spawn(self._follow, environment)

    def _follow(self, environment: Environment) -> None:
        progress = Progress(self._shape, self._length)
        while not self.aborted:
            gevent.sleep(EVERY_SECONDS)
            if self.completed or environment.runner.state not in (STATE_SPAWNING, STATE_RUNNING):
                return
            self._count_workers(environment)
            _LOG.info("%s", progress.line(_sample(environment)))
            if progress.is_unresponsive:
                _LOG.error(
                    "no successful answer of the service for %.0f s, aborting the run", PATIENCE_SECONDS
                )
                self.aborted = True

    def _count_workers(self, environment: Environment, **_: object) -> None:
        self._elapsed = environment.shape_class.get_run_time()
        if not isinstance(environment.runner, MasterRunner):
            return
        lost = self._workers - environment.runner.worker_count
        if lost > self._lost:
            self._lost = lost
            _LOG.error("%d of %d workers and their shoppers are lost", lost, self._workers)

    def _judge(self, environment: Environment, **_: object) -> None:
        self._failures = thresholds.breaches(
            thresholds.read(self._shape, self._thresholds), _measured(environment)
        )
        self._failures += _offered_again(environment)
        if not self.completed:
            end = f"the run ended after {clock(self._elapsed)} of {clock(self._length)}"
            self._failures.append(f"{end}, and the numbers above are for that part")
        if self._lost:
            self._failures.append(
                f"{self._lost} of {self._workers} workers were lost, so there was less load than intended"
            )
        raised = environment.runner.exceptions.values() if environment.runner else ()
        self._failures += [f"a shopper failed {error['count']} times: {error['msg']}" for error in raised]
        environment.process_exit_code = 1 if self._failures else 0

    def _report(self, **_: object) -> None:
        for failure in self._failures:
            _LOG.error("FAILED  %s", failure)
        if not self._failures:
            _LOG.info("All limits for %s in %s were kept.", self._shape, self._thresholds.name)


def _sample(environment: Environment) -> Sample:
    runner, total = environment.runner, environment.stats.total
    master = isinstance(runner, MasterRunner)
    busiest = (
        max((worker.cpu_usage for worker in runner.clients.all), default=0)
        if master
        else runner.current_cpu_usage
    )
    return Sample(
        elapsed=environment.shape_class.get_run_time(),
        shoppers=runner.user_count,
        calls=total.num_requests,
        failures=total.num_failures,
        answers=sum(
            entry.num_requests - entry.num_failures
            for entry in environment.stats.entries.values()
            if entry.name != ISSUER_CALL
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
            *map(entry.get_response_time_percentile, _PERCENTILES),
        )
        for name, entry in [*entries, (thresholds.TOTAL, environment.stats.total)]
    ]


def _offered_again(environment: Environment) -> list[str]:
    """Offers of bought products, which no failure ratio excuses."""
    errors: list[Any] = list(environment.stats.errors.values())
    times = sum(error.occurrences for error in errors if OFFERED_AGAIN in str(error.error))
    return [f"{OFFERED_AGAIN}: {times} times"] if times else []
