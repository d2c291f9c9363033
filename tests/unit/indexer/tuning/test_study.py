"""Studies: resuming, rejecting and interrupting a search."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from indexer.evaluation.dataset import InsufficientData
from indexer.tuning import Parameters
from indexer.tuning.parameters import Validation
from indexer.tuning.study import complete_trials, open_study
from tests.support.builders.shops.tuning_shop import POOR, search, shop, trials_in


def test_second_run_resumes_the_study(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert search(path, 3).trials == 4
    first = trials_in(path)
    tuned = search(path, 8)
    assert tuned.trials == 12
    trials = trials_in(path)
    assert [t.params for t in trials[:4]] == [t.params for t in first]
    assert len({t.params["half_life_days"] for t in trials}) == 12
    assert sum(t.params["ridge"] == 100.0 for t in trials) == 4
    assert tuned.gain == max(float(np.mean(t.user_attrs["gains"])) for t in trials if sound(t))


def sound(trial: optuna.trial.FrozenTrial) -> bool:
    """True if no window loses more than two percent."""
    return bool(min(trial.user_attrs["gains"]) >= -0.02)


def test_study_of_other_data_or_settings_is_rejected_with_the_difference(tmp_path: Path) -> None:
    path, data = tmp_path / "s", shop()
    search(path, 0, data)
    swapped = data.purchases.products.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    for other, config, named in (
        (replace(data, purchases=replace(data.purchases, products=swapped)), POOR, "checksum"),
        (shop(shoppers=210), POOR, "purchases: 1600 in the study, 1680 now"),
        (data, replace(POOR, kind="order"), "split: time in the study, order now"),
        (data, replace(POOR, half_life_days=90.0), "half_life_days: 180.0 in the study, 90.0 now"),
        (data, replace(POOR, recipe=replace(POOR.recipe, minimum_buyers=3)), "minimum_buyers"),
    ):
        with pytest.raises(ValueError, match="has other data or settings") as refusal:
            search(path, 1, other, config)
        assert named in str(refusal.value)
        assert str(path) in str(refusal.value)
    with pytest.raises(ValueError, match="not searched"):
        search(path, 1, data, fixed=frozenset({"ridge"}))
    assert len(trials_in(path)) == 1


def test_file_that_is_not_a_study_is_rejected_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for content in ("{}\n{}\n", "no study\nat all\n", "[1]\n"):
        path.write_text(content)
        with pytest.raises(ValueError, match="is not a study of `tune`"):
            search(path, 1)
        assert path.read_text() == content


def test_interrupted_search_keeps_its_trials_and_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, calls = tmp_path / "s", 0
    ndcgs = Validation.ndcgs

    def interrupted_at_the_eighth(self: Validation, parameters: Parameters) -> list[float]:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return ndcgs(self, parameters)

    monkeypatch.setattr(Validation, "ndcgs", interrupted_at_the_eighth)
    tuned = search(path, 30)
    assert tuned.interrupted
    assert tuned.trials == 7
    assert [t.state for t in trials_in(path)] == [TrialState.COMPLETE] * 7 + [TrialState.FAIL]
    again = search(path, 2)
    assert not again.interrupted
    assert again.trials == 9


def test_too_few_shoppers_create_no_study(tmp_path: Path) -> None:
    with pytest.raises(InsufficientData, match="30 shoppers"):
        search(tmp_path / "s", 1, shop(shoppers=25))
    assert not (tmp_path / "s").exists()


def test_complete_trials_exclude_failed_and_running_ones(tmp_path: Path) -> None:
    study = open_study(tmp_path / "s", {"purchases": 1}, 1)
    study.tell(study.ask(), 0.5)
    study.tell(study.ask(), state=TrialState.FAIL)
    study.ask()
    assert [trial.value for trial in complete_trials(study)] == [0.5]
