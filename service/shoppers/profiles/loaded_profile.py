"""A shopper's profile for one answer."""

from dataclasses import dataclass
from typing import Literal

from recommender.entities import Profile

Degradation = Literal["redis", "catalog", "database"]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class LoadedProfile:
    """A profile, and the dependencies that were down while it was read.

    Attributes:
        hides_known: false if the shopper may have hidden products that cannot be read. Nothing may be shown then.
    """

    profile: Profile
    degraded: tuple[Degradation, ...] = ()
    hides_known: bool = True
