"""Log lines of a search."""

from pathlib import Path

import optuna
import pytest
from structlog.testing import capture_logs

from tests.support.builders.shops.tuning_shop import search


def test_optuna_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    search(tmp_path / "s", 2)
    search(tmp_path / "s", 2)
    printed = capfd.readouterr()
    assert "study" not in printed.err
    assert "[I" not in printed.err


def test_best_trials_are_logged_and_others_every_five_seconds(tmp_path: Path) -> None:
    with capture_logs() as lines:
        search(tmp_path / "s", 15)
    said = [line for line in lines if line["event"] == "trial"]
    assert 2 <= len(said) < 15
    assert said[0]["number"] == 1
    best = [line["best"] for line in said]
    assert best == sorted(best)
    assert len({*best[1:]}) == len(best) - 1
    seconds = iter(range(0, 10_000, 5))
    with capture_logs() as lines:
        search(tmp_path / "slow", 15, clock=lambda: float(next(seconds)))
    assert [line["number"] for line in lines if line["event"] == "trial"] == [*range(1, 16)]
