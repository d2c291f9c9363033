from pathlib import Path

import pytest

from loadtests import thresholds
from loadtests.progress import EVERY_SECONDS, PATIENCE_SECONDS, Progress, Sample
from loadtests.stages import SHAPES, Stage, length, stretched, target_load
from loadtests.thresholds import Limits, Measured, Thresholds, breaches


def test_stages_follow_one_another() -> None:
    stages = (Stage(10, 1, 1), Stage(20, 5, 2))
    loads = [target_load(stages, second) for second in (0, 9.9, 10, 29.9, 30)]
    assert loads == [(1, 1), (1, 1), (5, 2), (5, 2), None]
    assert target_load(stages, 10, scale=3) == (15, 6)
    assert target_load(stages, 10, scale=0.01) == (1, 1)
    assert length(stretched(stages, 0.5)) == 15
    assert target_load(stretched(stages, 0.5), 5) == (5, 2)


def test_each_exceeded_limit_is_named() -> None:
    limits = Limits(p95=100, p99=200, failure_ratio=0.01, calls=50)
    kept = Measured("call", 100, 1, 100, 200)
    assert breaches(Thresholds({"call": limits}), [kept]) == []
    exceeded = Measured("call", 49, 2, 101, 201)
    found = breaches(Thresholds({"call": limits}), [exceeded])
    assert [sentence.split()[1] for sentence in found] == ["p95", "p99", "4.08%", "49"]
    assert breaches(Thresholds({"call": limits}), []) == ["call: was not called"]


def test_every_shape_has_limits() -> None:
    for shape in SHAPES:
        assert thresholds.read(shape).limits[thresholds.TOTAL].failure_ratio is not None
    assert thresholds.read("spike").limits["GET similar"].p95 == 1000
    assert thresholds.read("ramp").limits["GET similar"].p95 == 150


def test_unknown_limit_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text("[default.total]\np96 = 1\n")
    with pytest.raises(ValueError, match="p96"):
        thresholds.read("smoke", file)


def test_progress_line_covers_the_last_seconds_and_the_time_left() -> None:
    progress = Progress("ramp", 300)
    assert "no calls yet" in progress.line(Sample(10, 20, 0, 0, 0, None, 0.0))
    line = progress.line(Sample(20, 40, 500, 10, 480, 123.4, 0.25))
    assert line.startswith("ramp 0:20 of 5:00, 4:40 left: 40 shoppers, 50 calls/s, 10 failed, p95 123 ms")
    assert "25% of a core" in line


def test_service_without_a_successful_answer_is_unresponsive_after_a_while() -> None:
    progress = Progress("ramp", 300)
    progress.line(Sample(EVERY_SECONDS, 5, 100, 99, 1, 10, 0.0))
    elapsed = EVERY_SECONDS
    while elapsed - EVERY_SECONDS < PATIENCE_SECONDS:
        assert not progress.is_unresponsive
        elapsed += EVERY_SECONDS
        progress.line(Sample(elapsed, 5, 10_000, 9_999, 1, 10, 0.0))
    assert progress.is_unresponsive
