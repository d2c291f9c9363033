"""The parameter search."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import structlog
from optuna.distributions import BaseDistribution
from optuna.trial import Trial, TrialState

from command_line.wrong_input import WrongInput
from indexer import progress
from indexer.evaluation.dataset import EvaluationData, InsufficientData
from indexer.protocol.split import SplitKind
from indexer.training.options import MAX_LOSS, MIN_GAIN
from indexer.training.train import TrainingConfig
from indexer.training.windows import DEFAULT_LIMITS, rolling_windows
from indexer.tuning.data import TrainingData
from indexer.tuning.parameters import (
    REFIT_PARAMETERS,
    Parameters,
    Validation,
    default_parameters,
    search_space,
)
from indexer.tuning.study import complete_trials, open_study

TRIALS_PER_FIT = 5
"""Consecutive trials that share a fit. A fit takes about ten times as long as scoring."""
_LINE_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a search.

    The search ends at the first one. The defaults are always tried.

    Attributes:
        seconds: wall time. A started trial is finished.
        max_trials: maximum number of trials of this run besides the defaults, or None.
    """

    seconds: float
    max_trials: int | None = None


@dataclass(frozen=True, slots=True)
class TuningResult:
    """Result of a search.

    Attributes:
        parameters: the best ones, or None if none are better than the defaults.
        gains: relative change of NDCG@20 in each window, empty if `parameters` is None.
        trials: total number of trials in the study, including the defaults.
        kind: how the purchases were split.
        interrupted: whether the search was interrupted by Ctrl-C.
    """

    parameters: Parameters | None
    gains: tuple[float, ...]
    trials: int
    kind: SplitKind
    interrupted: bool

    @property
    def gain(self) -> float:
        """Mean of `gains`, or 0."""
        return float(np.mean(self.gains)) if self.gains else 0.0


def tune(
    data: EvaluationData,
    config: TrainingConfig,
    budget: Budget,
    study_file: Path,
    fixed: frozenset[str] = frozenset(),
    clock: Callable[[], float] = time.monotonic,
) -> TuningResult:
    """Searches for parameters that beat those of `config`, by tree-structured Parzen estimators.

    Bergstra, Bardenet, Bengio, Kégl, "Algorithms for hyper-parameter optimization" (NeurIPS 2011), as implemented in
    Optuna. The objective is NDCG@20 relative to that of the defaults, averaged over the windows. The defaults are those
    of a build: parameters that `config` leaves open are chosen as a build chooses them.

    Args:
        data: all data. Purchases after the test's cut are not used.
        config: defaults and fixed parameters.
        budget: limits of the search.
        study_file: file of the trials. An existing study is resumed.
        fixed: names of `Parameters` that are not searched.
        clock: monotonic time in seconds.

    Raises:
        InsufficientData: a window has fewer than 30 shoppers.
        WrongInput: the file is not a study or belongs to other data, or no parameter is left to search.
        OSError: the file cannot be read or written.
    """
    started = clock()
    if fixed >= {parameter.name for parameter in fields(Parameters)}:
        raise WrongInput("nothing to tune: all parameters are set explicitly")
    training_data = TrainingData.of(data, config)
    windows = rolling_windows(
        training_data.purchases, training_data.kind, training_data.content, config.recipe
    )
    if not windows:
        raise InsufficientData(
            "too few purchases to tune: each window before the cut needs"
            f" {DEFAULT_LIMITS.min_shoppers} shoppers who bought a product before it and a new one in it"
        )
    study = open_study(study_file, training_data.fingerprint(config, fixed), config.recipe.seed)
    if "defaults" not in study.user_attrs:
        study.set_user_attr("defaults", asdict(default_parameters(training_data, config)))
    defaults = Parameters(**study.user_attrs["defaults"])
    searched = {name: span for name, span in search_space(defaults).items() if name not in fixed}
    search = _Search(study, Validation(windows, config.recipe), defaults, searched, budget, clock, started)
    interrupted = search.run()
    parameters, gains = search.best()
    return TuningResult(parameters, gains, len(complete_trials(study)), training_data.kind, interrupted)


@dataclass(slots=True)
class _Search:
    study: optuna.Study
    validation: Validation
    defaults: Parameters
    ranges: Mapping[str, BaseDistribution]
    budget: Budget
    clock: Callable[[], float]
    started: float
    best_logged: float = 0.0
    logged_at: float = -math.inf

    def run(self) -> bool:
        """Runs trials until the budget is used up. Returns whether it was interrupted."""
        with progress.stage("Tuning", round(self.budget.seconds), "seconds") as advance:
            fresh = "reference" not in self.study.user_attrs
            if fresh:
                self._try_defaults()
            reference = self.study.user_attrs["reference"]
            trials = self._trials(fresh)
            made, shown = 0, 0
            try:
                while self._seconds_left() > 0 and made != self.budget.max_trials:
                    self._try(next(trials), reference)
                    made += 1
                    elapsed = round(self.clock() - self.started)
                    advance(elapsed - shown)
                    shown = elapsed
            except KeyboardInterrupt:
                return True
        return False

    def best(self) -> tuple[Parameters | None, tuple[float, ...]]:
        """The trial with the largest sufficient mean gain that loses in no window."""
        complete = [(trial.params, trial.user_attrs["gains"]) for trial in complete_trials(self.study)]
        sound = [pair for pair in complete if min(pair[1]) >= -MAX_LOSS]
        params, gains = max(sound, key=lambda pair: float(np.mean(pair[1])), default=({}, [0.0]))
        if np.mean(gains) < MIN_GAIN:
            return None, ()
        return self._parameters(params), tuple(gains)

    def _try_defaults(self) -> None:
        reference = self.validation.ndcgs(self.defaults)
        self.study.set_user_attr("reference", reference)
        values = asdict(self.defaults)
        trial = optuna.trial.create_trial(
            value=0.0,
            params={name: values[name] for name in self.ranges},
            distributions=dict(self.ranges),
            user_attrs={"gains": [0.0] * len(reference)},
        )
        self.study.add_trial(trial)

    def _trials(self, fresh: bool) -> Iterator[Trial]:
        """Yields trials.

        Several in a row share a fit, and a new study starts with the defaults' fit.
        """
        ranges = dict(self.ranges)
        names = [name for name in REFIT_PARAMETERS if name in ranges]
        again = TRIALS_PER_FIT - 1 if len(ranges) > len(names) else 0
        values = asdict(self.defaults)
        fitted = {name: values[name] for name in names} if fresh else {}
        while True:
            if fitted:
                for _ in range(again):
                    self.study.enqueue_trial(fitted)
                    yield self.study.ask(ranges)
            trial = self.study.ask(ranges)
            yield trial
            fitted = {name: trial.params[name] for name in names}

    def _try(self, trial: Trial, reference: Sequence[float]) -> None:
        try:
            ndcgs = self.validation.ndcgs(self._parameters(trial.params))
        except BaseException:
            self.study.tell(trial, state=TrialState.FAIL)
            raise
        gains = [value / base - 1 if base else 0.0 for base, value in zip(reference, ndcgs, strict=True)]
        trial.set_user_attr("gains", gains)
        self.study.tell(trial, float(np.mean(gains)))
        self._log_trial(trial.number, float(np.mean(gains)))

    def _log_trial(self, number: int, gain: float) -> None:
        """Logs the best trial so far, and others at most every five seconds."""
        best = float(np.mean(self.best()[1] or 0.0))
        now = self.clock()
        if best > self.best_logged or now - self.logged_at >= _LINE_EVERY_SECONDS:
            self.best_logged, self.logged_at = best, now
            left = max(round(self._seconds_left()), 0)
            structlog.get_logger("indexer").info(
                "trial", number=number, gain=round(gain, 4), best=round(best, 4), seconds_left=left
            )

    def _parameters(self, searched: Mapping[str, Any]) -> Parameters:
        return replace(self.defaults, **searched)

    def _seconds_left(self) -> float:
        return self.budget.seconds - (self.clock() - self.started)
