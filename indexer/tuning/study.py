"""Keeps the trials of a search in a file that can be resumed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from command_line.wrong_input import WrongInput

STARTUP_TRIALS = 20
"""Random trials before the sampler uses their results."""
_NAME = "recipe"


def complete_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that were completed."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def open_study(path: Path, fingerprint: Mapping[str, Any], seed: int) -> optuna.Study:
    """Opens the study in a file, or creates one.

    Args:
        path: the file.
        fingerprint: everything that the trials depend on, as JSON values.
        seed: seed of the sampler.

    Raises:
        WrongInput: the file is not a study, or a study of other data or settings.
        OSError: the file cannot be read or written.
    """
    # Optuna's own log lines are replaced by the search's.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        storage = JournalStorage(JournalFileBackend(str(path)))
        study = optuna.create_study(
            storage=storage, study_name=_NAME, direction="maximize", load_if_exists=True
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WrongInput(f"{path} is not a study of `tune`: {error}") from error
    # Offset by the existing trials, because a resumed search would otherwise repeat the same draws.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials), n_startup_trials=STARTUP_TRIALS)
    before = study.user_attrs.get("data")
    if before is None:
        study.set_user_attr("data", dict(fingerprint))
    elif before != fingerprint:
        names = [name for name in fingerprint if before.get(name) != fingerprint[name]]
        changed = ", ".join(
            f"{name}: {before.get(name)} in the study, {fingerprint[name]} now" for name in names
        )
        raise WrongInput(
            f"the study {path} has other data or settings ({changed}): delete it, or name another with --study"
        )
    return study
