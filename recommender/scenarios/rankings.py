"""Ranks a list of products for one shopper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender import candidate_generation, profiles, ranking
from recommender.entities import Profile, Scored, SessionContext
from recommender.interactions import Interactions
from recommender.pages.popular import POPULAR
from recommender.pages.shopper_state import NO_SESSION, PERSONALISED, SESSION
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Corrections


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranked list.

    Attributes:
        strategy: rung of the fallback ladder that the scores come from.
        scored: the products, best first.
        missing_ids: ids of the list and of the session that the snapshot lacks or that were deleted.
        hidden_ids: ids of the list that the shopper hid.
    """

    strategy: str
    scored: Scored
    missing_ids: tuple[str, ...]
    hidden_ids: tuple[str, ...]


def rank(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    product_ids: Sequence[str],
    stages: StageObserver,
    session: SessionContext = NO_SESSION,
    hidden: frozenset[str] = frozenset(),
) -> Ranking:
    """Ranks `product_ids` for this shopper, each once, best first.

    Equal scores keep the given order.

    The scores are those of recommendations that include products bought before, or the number of recent buyers if
    nothing is known of the shopper. The list is the caller's: no filters, caps or diversity apply. Products that the
    shopper hid, and further `hidden` ones, are left out.
    """
    ids = ResolvedIds(snapshot.lookup)
    current = Interactions.of(session.interactions)
    hidden |= profiles.hidden_ids(profile.interactions, profile.preferences) | profiles.hidden_ids(current)
    with stages.stage("profile"):
        profile = profiles.without_products(profile, hidden)
        past = profiles.history_of(profile.interactions, snapshot, ids)
        history = profiles.with_session(snapshot, past, current, ids)
        frequency = profiles.personal_frequency(profile, snapshot.parameters, ids)
    named = [*product_ids, *(each.product_id for each in session.interactions)]
    missing = corrections.missing(named, ids)
    gone = frozenset(missing)
    listed = [product_id for product_id in dict.fromkeys(product_ids) if product_id not in gone]
    left_out = tuple(product_id for product_id in listed if product_id in hidden)
    rows = ids.find([product_id for product_id in listed if product_id not in hidden])
    with stages.stage("ranking"):
        if len(history.rows) or len(frequency.rows):
            strategy = PERSONALISED if profile.interactions else SESSION
            query = candidate_generation.query_vector(snapshot, history)
            scores = ranking.score_rows(snapshot, query, history, frequency, rows)
        else:
            strategy, scores = POPULAR, snapshot.columns.recent_buyers[rows].astype(np.float32)
        order = np.argsort(-scores, kind="stable")
    return Ranking(strategy, Scored(rows[order], scores[order]), missing, left_out)
