"""The simulated autoscaler against the rules of Kubernetes, and its queues against theory."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.autoscaling.autoscaler import Autoscaler, Defaults, Policy
from benchmarks.autoscaling.simulation import Costs, Course, simulate

DEFAULTS = Defaults(
    least=2,
    most=20,
    target=0.5,
    up=Policy(pods=4, percent=100, period_seconds=30),
    down=Policy(pods=1, percent=20, period_seconds=60),
    down_window_seconds=300,
)
ALL_THE_SAME = Costs(seconds=(0.01,), shares=(1.0,), start_seconds=10, cold_factor=1.0)


def test_defaults_are_those_of_the_chart() -> None:
    defaults = Defaults.of_chart()
    assert (defaults.least, defaults.most) == (2, 10)
    assert defaults.target == pytest.approx(0.65 * 0.5)
    assert defaults.up.largest_change(3) == 4
    assert defaults.down.largest_change(9) == 2
    assert defaults.down_window_seconds == 300


@pytest.mark.parametrize(
    ("pods", "ready", "use", "expected"),
    [
        (4, 4, 0.54, 4),  # Within the tolerance of a tenth.
        (4, 4, 0.60, 5),
        (4, 4, 9.00, 8),  # At most twice as many, or four more.
        (2, 2, 9.00, 6),
        (18, 18, 0.9, 20),
        (4, 2, 0.90, 4),  # The two that start count as idle.
        (4, 2, 1.60, 7),
        (4, 2, 0.10, 3),  # The two that start count as fully used.
        (3, 3, 0.01, 2),
    ],
)
def test_number_of_pods_follows_their_use(pods: int, ready: int, use: float, expected: int) -> None:
    assert Autoscaler(DEFAULTS).pods(0, pods, ready, use) == expected


def test_pods_are_removed_by_the_highest_recommendation_of_five_minutes() -> None:
    autoscaler = Autoscaler(DEFAULTS)
    assert autoscaler.pods(0, 10, 10, 0.5) == 10
    assert autoscaler.pods(285, 10, 10, 0.01) == 10
    assert autoscaler.pods(315, 10, 10, 0.01) == 8
    assert autoscaler.pods(330, 8, 8, 0.01) == 8
    assert autoscaler.pods(390, 8, 8, 0.01) == 6


def test_pods_are_added_once_per_period() -> None:
    autoscaler = Autoscaler(DEFAULTS)
    assert autoscaler.pods(0, 4, 4, 5.0) == 8
    assert autoscaler.pods(15, 8, 8, 5.0) == 8
    assert autoscaler.pods(45, 8, 8, 5.0) == 16


@pytest.mark.parametrize("use", [0.3, 0.6])
def test_waiting_times_are_those_of_one_server_with_constant_service(use: float) -> None:
    # Pollaczek and Khinchine: the mean wait is ρ s / (2 (1 − ρ)).
    fixed = replace(DEFAULTS, least=20)
    course = simulate(fixed, ALL_THE_SAME, lambda now: 20 * use / 0.01, 150)
    expected = 0.01 * (1 + use / (2 * (1 - use)))
    assert course.mean_seconds == pytest.approx(expected, rel=0.03)


def test_use_is_measured_while_pods_are_overloaded() -> None:
    fixed = replace(DEFAULTS, most=2)
    course = simulate(fixed, ALL_THE_SAME, lambda now: 400.0, 60)
    assert course.p99[-1] > 25
    assert set(course.pods.tolist()) == {2}


def test_step_is_absorbed_without_flapping() -> None:
    course = simulate(DEFAULTS, ALL_THE_SAME, lambda now: 200.0 if now < 60 else 390.0, 900)
    assert (course.pods[0], course.pods[-1]) == (4, 8)
    assert course.p99_of_all < 0.25
    assert course.flaps == 0


def test_pods_that_come_back_are_counted() -> None:
    pods = np.array([4] * 10 + [3] * 100 + [4] * 700 + [3] * 10 + [2] * 10)
    course = Course(pods, pods, pods, pods * 0.1, 0.1, 0.1)
    assert course.flaps == 1
    assert course.slow_seconds(0.35) == 710
