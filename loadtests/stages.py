"""Shapes of the load: the number of shoppers over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Stage:
    """A number of shoppers for some seconds.

    Attributes:
        seconds: length of the stage.
        shoppers: number to reach.
        arrivals: shoppers that are added or removed per second until then.
    """

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
    """The same shape with its length multiplied. Arrivals per second stay."""
    return tuple(replace(stage, seconds=stage.seconds * factor) for stage in stages)


def length(stages: Sequence[Stage]) -> float:
    """Length of the whole shape in seconds."""
    return sum(stage.seconds for stage in stages)


def target_load(stages: Sequence[Stage], elapsed: float, scale: float = 1.0) -> tuple[int, float] | None:
    """Shoppers and arrivals per second after `elapsed` seconds. None after the end.

    Args:
        stages: in order.
        elapsed: seconds since the start.
        scale: multiplies shoppers and arrivals. At least one shopper remains.
    """
    for stage in stages:
        if elapsed < stage.seconds:
            return max(1, round(stage.shoppers * scale)), max(1.0, stage.arrivals * scale)
        elapsed -= stage.seconds
    return None
