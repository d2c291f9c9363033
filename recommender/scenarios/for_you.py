"""Personal recommendations from a profile and a session."""

from recommender.entities import Answer, Profile, Query, SessionContext
from recommender.pages.personal import personal_answer
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections


def for_you(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    session: SessionContext | None = None,
) -> Answer:
    """Personal recommendations, popular ones for unknown shoppers.

    Current interactions of the `session` count in addition to the profile; see `profiles.blend_histories`.
    """
    return personal_answer(snapshot, corrections, profile, query, stages, session)
