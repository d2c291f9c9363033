"""Chooses an option by its gains on rolling windows."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np

Option = TypeVar("Option", bound=Hashable)

MAX_LOSS = 0.02
"""An option is rejected if it loses more than this share of NDCG@20 in any window."""
MIN_GAIN = 0.005
"""Minimum mean gain of an option, as a share of NDCG@20."""


def best_option(
    options: Iterable[Option],
    default: Option,
    reference: Sequence[float],
    ndcgs: Callable[[Option], Sequence[float]],
) -> tuple[Option, dict[Option, tuple[float, ...]]]:
    """The best option, and each option's gains in each window.

    Gains are relative to `reference`, the NDCGs of the default.
    """
    gains = {option: _gains(reference, ndcgs(option)) for option in options}
    acceptable = {option: np.mean(parts) for option, parts in gains.items() if min(parts) >= -MAX_LOSS}
    option, gain = max(acceptable.items(), key=lambda pair: pair[1], default=(default, 0.0))
    return (option if gain >= MIN_GAIN else default), gains


def _gains(base: Iterable[float], values: Iterable[float]) -> tuple[float, ...]:
    return tuple(
        value / reference - 1 if reference else 0.0 for reference, value in zip(base, values, strict=True)
    )
