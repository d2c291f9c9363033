"""A list of products that the caller chose, put in order for one shopper."""

import numpy as np

from recommender import candidate_generation, profiles, ranking
from recommender.entities import Present, Profile, Rows, Scored
from recommender.pages.pipeline import NOTHING_PRESENT, PERSONALISED, POPULAR, SESSION
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot


def rank(
    snapshot: Snapshot,
    profile: Profile,
    rows: Rows,
    stages: StageObserver,
    present: Present = NOTHING_PRESENT,
) -> tuple[str, Scored]:
    """`rows` for this shopper, best first and equal ones in the order given, and what the scores stand on.

    The scores are those of recommendations in which what was bought before may stand again; the number of recent
    buyers where nothing is known of the shopper. Nothing is filtered, nothing is varied: the list is the caller's.
    """
    with stages.stage("profile"):
        history = profiles.with_present(snapshot, profiles.history_of(profile, snapshot), present)
        frequency = profiles.personal_frequency(profile, snapshot)
    with stages.stage("ranking"):
        if len(history.rows) or len(frequency.rows):
            strategy = PERSONALISED if profile.interactions else SESSION
            query = candidate_generation.query_vector(snapshot, history)
            sums = candidate_generation.neighbour_sums(snapshot, history)
            scores = ranking.page_scores(snapshot, query, sums, frequency, rows)
        else:
            strategy, scores = POPULAR, snapshot.columns.recent_buyers[rows].astype(np.float32)
        order = np.argsort(-scores, kind="stable")
    return strategy, Scored(rows[order], scores[order])
