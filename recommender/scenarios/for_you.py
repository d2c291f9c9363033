"""Personal recommendations from a profile and a session."""

from recommender.entities import Answer, Profile, Query, SessionContext
from recommender.pages.kept_states import KeptStates
from recommender.pages.personal import personal_answer
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections


def for_you(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    session: SessionContext | None = None,
    *,
    kept: KeptStates | None = None,
) -> Answer:
    """Personal recommendations, popular ones for unknown shoppers.

    Current interactions of the `session` count in addition to the profile; see `profiles.blend_histories`.
    `kept` holds what is computed from the profile alone.
    """
    return personal_answer(snapshot, corrections, profile, query, stages, session, kept=kept)
