"""The search itself."""

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

from indexer import progress
from indexer.evaluation.dataset import EvaluationData, NothingToEvaluate
from indexer.protocol.split import SplitKind
from indexer.training.selection import LEAST_GAIN, LEAST_SHOPPERS, WORST_LOSS, rolling_periods
from indexer.training.train import Learning
from indexer.tuning.parameters import FITTED, Parameters, Validation, built_with, ranges
from indexer.tuning.past import Past
from indexer.tuning.study import complete_trials, open_study

TRIES_PER_FIT = 5
"""Trials in a row that share a fit: fitting takes about ten times as long as scoring."""
_LINE_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Budget:
    """How long is searched, whichever is reached first; the defaults' trial is always made.

    Attributes:
        seconds: of wall time; a trial that has begun is finished.
        most_trials: of this run, beside the defaults'; None without a limit.
    """

    seconds: float
    most_trials: int | None = None


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was found.

    Attributes:
        parameters: the best ones; None when the defaults are as good.
        gains: their relative change of NDCG@20 in each window; empty when the defaults are as good.
        trials: how many the study holds by now, the defaults' included.
        kind: how the purchases were split.
        interrupted: whether the search ended early, by Ctrl-C.
    """

    parameters: Parameters | None
    gains: tuple[float, ...]
    trials: int
    kind: SplitKind
    interrupted: bool

    @property
    def gain(self) -> float:
        """The mean of `gains`; 0 without."""
        return float(np.mean(self.gains)) if self.gains else 0.0


def tune(
    data: EvaluationData,
    learning: Learning,
    budget: Budget,
    study_file: Path,
    fixed: frozenset[str] = frozenset(),
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:
    """Searches parameters that beat `learning`'s own, by tree-structured Parzen estimators.

    Bergstra, Bardenet, Bengio, Kégl, "Algorithms for hyper-parameter optimization" (NeurIPS 2011), as Optuna has
    them. The objective is the mean over the windows of NDCG@20 relative to the defaults' in the same window. The
    defaults are what a build would take: what `learning` leaves open is chosen as a build chooses it.

    Args:
        data: all of it; purchases after the test's cut are not looked at.
        learning: the defaults, and what stays as it is.
        budget: how long.
        study_file: keeps the trials; a study that is there already is continued.
        fixed: names of `Parameters` that are not searched.
        clock: seconds of a clock that never goes back.

    Raises:
        NothingToEvaluate: a window holds fewer than 30 shoppers.
        ValueError: the file holds no study, or one of other data; or nothing is left to search.
        OSError: the file cannot be read or written.
    """
    started = clock()
    if fixed >= {parameter.name for parameter in fields(Parameters)}:
        raise ValueError("there is nothing to tune: all parameters are set explicitly")
    past = Past.of(data, learning)
    periods = rolling_periods(past.purchases, past.kind, past.content, learning.recipe)
    if not periods:
        raise NothingToEvaluate(
            "too little was bought to tune by: each of the windows before the cut needs"
            f" {LEAST_SHOPPERS} shoppers who bought something before it and something new in it"
        )
    study = open_study(study_file, past.marks(learning, fixed), learning.recipe.seed)
    if "defaults" not in study.user_attrs:
        study.set_user_attr("defaults", asdict(built_with(past, learning)))
    defaults = Parameters(**study.user_attrs["defaults"])
    searched = {name: span for name, span in ranges(defaults).items() if name not in fixed}
    search = _Search(study, Validation(periods, learning.recipe), defaults, searched, budget, clock, started)
    interrupted = search.run()
    parameters, gains = search.best()
    return Tuned(parameters, gains, len(complete_trials(study)), past.kind, interrupted)


@dataclass(slots=True)
class _Search:
    study: optuna.Study
    validation: Validation
    defaults: Parameters
    ranges: Mapping[str, BaseDistribution]
    budget: Budget
    clock: Callable[[], float]
    started: float
    best_said: float = 0.0
    said: float = -math.inf

    def run(self) -> bool:
        """Makes trials until the budget is used up; whether it was interrupted before."""
        with progress.stage("Tuning", round(self.budget.seconds), "seconds") as advance:
            fresh = "reference" not in self.study.user_attrs
            if fresh:
                self._try_defaults()
            reference = self.study.user_attrs["reference"]
            trials = self._trials(fresh)
            made, shown = 0, 0
            try:
                while self._seconds_left() > 0 and made != self.budget.most_trials:
                    self._try(next(trials), reference)
                    made += 1
                    elapsed = round(self.clock() - self.started)
                    advance(elapsed - shown)
                    shown = elapsed
            except KeyboardInterrupt:
                return True
        return False

    def best(self) -> tuple[Parameters | None, tuple[float, ...]]:
        """The trial of the largest mean gain by which no window loses; None when it gains next to nothing."""
        complete = [(trial.params, trial.user_attrs["gains"]) for trial in complete_trials(self.study)]
        sound = [pair for pair in complete if min(pair[1]) >= -WORST_LOSS]
        params, gains = max(sound, key=lambda pair: float(np.mean(pair[1])), default=({}, [0.0]))
        if np.mean(gains) < LEAST_GAIN:
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
        """Several in a row share what is fitted; a fresh study begins with the defaults' fit."""
        ranges = dict(self.ranges)
        names = [name for name in FITTED if name in ranges]
        again = TRIES_PER_FIT - 1 if len(ranges) > len(names) else 0
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
        self._say(trial.number, float(np.mean(gains)))

    def _say(self, number: int, gain: float) -> None:
        """A line for each trial, but not for more than one in five seconds unless it is the best so far."""
        best = float(np.mean(self.best()[1] or 0.0))
        now = self.clock()
        if best > self.best_said or now - self.said >= _LINE_EVERY_SECONDS:
            self.best_said, self.said = best, now
            left = max(round(self._seconds_left()), 0)
            structlog.get_logger("indexer").info(
                "trial", number=number, gain=round(gain, 4), best=round(best, 4), seconds_left=left
            )

    def _parameters(self, searched: Mapping[str, Any]) -> Parameters:
        return replace(self.defaults, **searched)

    def _seconds_left(self) -> float:
        return self.budget.seconds - (self.clock() - self.started)
