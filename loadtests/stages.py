"""How many shoppers there are at which moment: the shapes of a load, as plain numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Stage:
    """`shoppers` are there for `seconds`, after `arrivals` came (or left) per second."""

    seconds: float
    shoppers: int
    arrivals: float


SHAPES: Mapping[str, Sequence[Stage]] = {
    "smoke": (Stage(30, 5, 5),),
    "ramp": tuple(Stage(60, shoppers, 2) for shoppers in (20, 40, 60, 80, 100)),
    "spike": (Stage(60, 20, 5), Stage(60, 200, 50), Stage(120, 20, 50)),
    "hpa-step": (Stage(120, 50, 10), Stage(420, 200, 20), Stage(600, 50, 20)),
}


def stretched(stages: Sequence[Stage], factor: float) -> Sequence[Stage]:
    """The same shape, longer or shorter in time; shoppers come as fast as ever."""
    return tuple(replace(stage, seconds=stage.seconds * factor) for stage in stages)


def length(stages: Sequence[Stage]) -> float:
    """Seconds from the beginning to the end."""
    return sum(stage.seconds for stage in stages)


def wanted(stages: Sequence[Stage], elapsed: float, scale: float = 1.0) -> tuple[int, float] | None:
    """Shoppers and arrivals per second after `elapsed` seconds; None when it is over.

    Args:
        stages: one after the other.
        elapsed: seconds since the beginning.
        scale: multiplies shoppers and arrivals; at least one shopper stays.
    """
    for stage in stages:
        if elapsed < stage.seconds:
            return max(1, round(stage.shoppers * scale)), max(1.0, stage.arrivals * scale)
        elapsed -= stage.seconds
    return None
