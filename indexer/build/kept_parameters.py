"""Keeps the parameters of the live snapshot while the shop is about the same.

Choosing parameters takes a third of a build, and the next build of nearly the same data chooses the same.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from adapters.snapshots import Manifest
from adapters.snapshots.manifest import EmbeddingModel
from indexer import __version__
from indexer.build.holdout import HoldoutMetrics
from indexer.statistics.bought_together import ComplementOrder
from indexer.training.selection import ChosenParameters
from indexer.training.train import TrainingConfig

MAX_CHANGE = 0.1
"""Maximum relative change of the number of products, purchases or shoppers since the choice."""
MAX_FALL = 0.03
"""Maximum relative loss of NDCG@20 on the holdout since the choice. Below the quality gate's margin."""
_RECORD = "choice"


class KeptParameters(msgspec.Struct, frozen=True):
    """Parameters that rolling windows choose, see `ChosenParameters`."""

    half_life_days: float
    trend_exponent: float
    text_weight: float
    ridge: float
    dropped_rules: tuple[str, ...] | None = None
    repurchase: tuple[float, float, float] | None = None
    cold_text_weight: float | None = None
    popularity_weight: float | None = None
    alternatives_text_weight: float | None = None
    complement_order: ComplementOrder | None = None
    basket_popularity: float | None = None
    basket_own_weight: float | None = None

    @classmethod
    def of(cls, choices: ChosenParameters) -> "KeptParameters | None":
        """The parameters.

        None if the windows had too few shoppers, or nothing was left to choose.
        """
        if not choices.shoppers or choices.text_weight is None or choices.ridge is None:
            return None
        return cls(
            choices.half_life_days,
            choices.trend_exponent,
            choices.text_weight,
            choices.ridge,
            choices.dropped_rules,
            choices.repurchase,
            choices.cold_text_weight,
            choices.popularity_weight,
            choices.alternatives_text_weight,
            choices.complement_order,
            choices.basket_popularity,
            choices.basket_own_weight,
        )

    def applied_to(self, config: TrainingConfig) -> TrainingConfig:
        """`config` with these parameters, so that they are not chosen again."""
        return config.with_choices(ChosenParameters(**msgspec.structs.asdict(self)))


class ShopSize(msgspec.Struct, frozen=True):
    """Numbers of records that a build read, to tell whether a shop has changed."""

    products: int
    purchases: int
    shoppers: int

    def differs_from(self, other: "ShopSize") -> bool:
        """True if a number is more than a tenth larger or smaller."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return any(abs(own - theirs) > MAX_CHANGE * theirs for own, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Conditions of a build that a choice of parameters depends on.

    Attributes:
        config: configuration of the training.
        model: the text encoder.
        size: size of the shop.
        time: current time.
    """

    config: TrainingConfig
    model: EmbeddingModel
    size: ShopSize
    time: datetime


class Choice(msgspec.Struct, frozen=True):
    """A choice of parameters, and the circumstances that it was made in.

    Attributes:
        chosen_at: time of the choice.
        version: version of the indexer.
        config: configuration of the training, in which the chosen parameters were open.
        model: the text encoder.
        size: size of the shop.
        holdout: parameters chosen without the latest fifth of the purchases. The holdout is measured with them.
        final: parameters chosen with all purchases. The snapshot is trained with them.
        ndcg_at_20: NDCG@20 on the holdout.
    """

    chosen_at: datetime
    version: str
    config: dict[str, Any]
    model: EmbeddingModel
    size: ShopSize
    holdout: KeptParameters
    final: KeptParameters
    ndcg_at_20: float

    @classmethod
    def of(
        cls,
        circumstances: Circumstances,
        holdout: HoldoutMetrics | None,
        final: ChosenParameters,
    ) -> "Choice | None":
        """The choice of a build.

        None if no holdout measured it, or nothing was chosen.
        """
        measured = KeptParameters.of(holdout.choices) if holdout else None
        trained = KeptParameters.of(final)
        if holdout is None or measured is None or trained is None:
            return None
        return cls(
            chosen_at=circumstances.time,
            version=__version__,
            config=asdict(circumstances.config),
            model=circumstances.model,
            size=circumstances.size,
            holdout=measured,
            final=trained,
            ndcg_at_20=holdout.ndcg.mean,
        )

    @classmethod
    def of_manifest(cls, manifest: Manifest) -> "Choice | None":
        """The choice that a snapshot was built with, or None if it has none."""
        try:
            return msgspec.convert(manifest.recipe.get(_RECORD), cls)
        except msgspec.ValidationError:
            return None

    def record(self) -> dict[str, Any]:
        """The choice as a part of the manifest's recipe."""
        return {_RECORD: msgspec.to_builtins(self)}

    def outdated(self, now: Circumstances, max_age: timedelta) -> str | None:
        """The reason to choose again, or None if the parameters still hold."""
        if self.version != __version__:
            return "another version of the indexer chose them"
        if self.config != asdict(now.config) or self.model != now.model:
            return "the training is configured differently"
        if not timedelta(0) <= now.time - self.chosen_at < max_age:
            return "they are too old"
        if now.size.differs_from(self.size):
            return "the shop has changed by more than a tenth"
        return None

    def has_fallen(self, holdout: HoldoutMetrics) -> bool:
        """True if the recommendations are worse than when the parameters were chosen."""
        return holdout.ndcg.mean < (1 - MAX_FALL) * self.ndcg_at_20
