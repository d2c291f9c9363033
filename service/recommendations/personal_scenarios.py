"""Scenarios that make a list for one shopper."""

from dataclasses import replace
from typing import Protocol

from recommender.entities import Answer, Profile, Query
from recommender.pages.kept_states import KeptStates
from recommender.ports import StageObserver
from recommender.scenarios.new_arrivals import new_arrivals
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections


class PersonalScenario(Protocol):
    """Makes the answer of a scenario for one shopper."""

    def __call__(
        self,
        snapshot: Snapshot,
        corrections: Corrections,
        profile: Profile,
        query: Query,
        stages: StageObserver,
        *,
        kept: KeptStates,
    ) -> Answer:
        """The answer. `kept` holds what was computed for other pages of the profile."""
        ...


def unseen_arrivals(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    *,
    kept: KeptStates,
) -> Answer:
    """The latest additions that the shopper has not bought, hidden or ignored repeatedly."""
    del kept
    return new_arrivals(snapshot, corrections, replace(query, viewer=profile), stages)
