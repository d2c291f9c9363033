"""The benchmark of the build."""

import time

import pytest

from benchmarks.build import cpu_of_stages
from indexer import progress


def work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_stages_add_up_and_one_within_another_counts_alone() -> None:
    stage, started = progress.stage, time.process_time()
    with cpu_of_stages() as seconds:
        for _ in range(2):
            with progress.stage("outer", None, "steps"):
                work(0.02)
                with progress.stage("inner", None, "steps"):
                    work(0.01)
        work(0.03)
    assert progress.stage is stage
    assert sum(seconds.values()) == pytest.approx(time.process_time() - started, abs=0.01)
    assert seconds["outer"] >= 0.04
    assert seconds["inner"] >= 0.02
    assert seconds["other"] >= 0.03
