"""Command line: `python -m benchmarks.autoscaling [--picture FILE]`.

Simulates the chart's autoscaling with its defaults, and with ten times as many pods. Ends with 1 if the 99th percentile
of a load that the chart is made for exceeds the limit, or if the number of pods goes up and down.
"""

import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.autoscaling.autoscaler import Defaults
from benchmarks.autoscaling.picture import draw
from benchmarks.autoscaling.simulation import Costs, Course, Load, simulate
from command_line.messages import ArgumentParser

LIMIT_SECONDS = 0.25
"""Largest 99th percentile of the response times of a run."""

MEASURED = Costs(
    seconds=(0.0017, 0.0018, 0.0028, 0.0073, 0.0107),
    shares=(0.39, 0.27, 0.24, 0.04, 0.06),
    start_seconds=10.0,
    cold_factor=2.0,
)
"""The row `mix` of `benchmarks.serving`: events, similar products, pages of shoppers and guests, first reads.

A pod is ready 3 s of CPU time after its start. The rest is for scheduling, and for the period of the readiness probe.
"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load over time.

    Attributes:
        factor: multiple of the load at the start.
        holds: true if the chart is made for it.
    """

    name: str
    seconds: int
    factor: Load
    holds: bool = True

    def load(self, base: float) -> Load:
        """Requests per second, `base` of them at the start."""
        return lambda now: base * self.factor(now)


SCENARIOS = (
    Scenario("step to twice the load", 1800, lambda now: 2.0 if now >= 300 else 1.0),
    Scenario("step to four times the load", 1800, lambda now: 4.0 if now >= 300 else 1.0, holds=False),
    Scenario("spike of two minutes, 2.5 times", 1800, lambda now: 2.5 if 300 <= now < 420 else 1.0),
    Scenario("a day in four hours", 14_400, lambda now: 1.75 - 1.25 * math.cos(2 * math.pi * now / 14_400)),
)


def main(arguments: list[str]) -> int:
    """Runs all scenarios and prints a table."""
    parser = ArgumentParser(prog="python -m benchmarks.autoscaling", description=__doc__)
    parser.add_argument("--picture", type=Path, help="SVG file to draw")
    parsed = parser.parse_args(arguments)
    defaults = Defaults.of_chart()
    runs: dict[str, Course] = {}
    missed = False
    print(f"{'scenario':45} {'pods':>9} {'p99':>8} {'worst s':>9} {'slow s':>7} {'flaps':>6}")
    for times in (1, 10):
        scaled = replace(defaults, least=defaults.least * times, most=defaults.most * times)
        # A quarter of the largest number of pods carries the load at the start.
        base = scaled.most / 4 * scaled.target / MEASURED.mean
        for scenario in SCENARIOS:
            course = simulate(scaled, MEASURED, scenario.load(base), scenario.seconds)
            name = f"{scenario.name}, up to {scaled.most} pods"
            runs[name] = course
            pods = f"{course.pods.min()} to {course.pods.max()}"
            worst, slow = float(max(course.p99)), course.slow_seconds(LIMIT_SECONDS)
            print(f"{name:45} {pods:>9} {_ms(course.p99_of_all)} {_ms(worst)} {slow:7} {course.flaps:6}")
            missed |= scenario.holds and (course.p99_of_all > LIMIT_SECONDS or course.flaps > 0)
    if parsed.picture:
        draw(runs, LIMIT_SECONDS, parsed.picture)
    return int(missed)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:6,.0f}ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
