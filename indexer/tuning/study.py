"""A search's trials in a file: continued when it is there already, refused when it is another search's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

STARTUP_TRIALS = 20
"""Trials that are drawn at random before the sampler learns from them."""
_NAME = "recipe"


def complete_trials(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that were not broken off."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def open_study(path: Path, marks: Mapping[str, Any], seed: int) -> optuna.Study:
    """The study in the file, or a new one.

    Args:
        path: the file.
        marks: what its trials depend on, as JSON values.
        seed: of the sampler.

    Raises:
        ValueError: the file holds something else, or a study with other marks.
        OSError: it cannot be read or written.
    """
    # What Optuna would say on a terminal, our own lines say.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        storage = JournalStorage(JournalFileBackend(str(path)))
        study = optuna.create_study(
            storage=storage, study_name=_NAME, direction="maximize", load_if_exists=True
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no study of `tune`: {error}") from error
    # A second run with the first one's seed would draw the first one's trials again.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials), n_startup_trials=STARTUP_TRIALS)
    before = study.user_attrs.get("data")
    if before is None:
        study.set_user_attr("data", dict(marks))
    elif before != marks:
        names = [name for name in marks if before.get(name) != marks[name]]
        changed = ", ".join(f"{name}: {before.get(name)} there, {marks[name]} here" for name in names)
        raise ValueError(
            f"the study {path} is of other data or settings ({changed}): delete it, or name another with --study"
        )
    return study
