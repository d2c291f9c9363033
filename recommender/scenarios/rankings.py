"""Ranks a list of products for one shopper."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from recommender import candidate_generation, profiles, ranking
from recommender.arrays import FloatVector, Rows
from recommender.entities import Profile, SessionContext
from recommender.interactions import Interactions
from recommender.pages.popular import POPULAR
from recommender.pages.shopper_state import NO_SESSION, PERSONALISED, SESSION
from recommender.ports import StageObserver
from recommender.scenarios.additions import best_sellers
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranked list.

    Attributes:
        strategy: rung of the fallback ladder that the scores come from.
        product_ids: the products, best first.
        scores: their scores, shape (len(product_ids),).
        missing_ids: ids of the list and of the session that the snapshot lacks or that were deleted.
        hidden_ids: ids of the list that the shopper hid.
    """

    strategy: str
    product_ids: tuple[str, ...]
    scores: FloatVector
    missing_ids: tuple[str, ...]
    hidden_ids: tuple[str, ...]


def rank(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    product_ids: Sequence[str],
    stages: StageObserver,
    session: SessionContext = NO_SESSION,
    *,
    hidden: frozenset[str] = frozenset(),
) -> Ranking:
    """Ranks `product_ids` for this shopper, each once, best first.

    Equal scores keep the given order.

    The scores are those of recommendations that include products bought before, or the number of recent buyers if
    nothing is known of the shopper. The list is the caller's: no filters, caps or diversity apply. Products that the
    shopper hid, and further `hidden` ones, are left out. A product that the snapshot lacks yet is scored by the mean of
    its category's best sellers.
    """
    ids = ResolvedIds(snapshot.lookup)
    hidden |= profiles.hidden_ids(profile.interactions, profile.preferences)
    hidden |= profiles.hidden_ids(session.interactions)
    current = Interactions.of(profiles.session_without(session, hidden).interactions)
    with stages.stage("profile"):
        profile = profiles.without_products(profile, hidden)
        past = profiles.history_of(profile.interactions, snapshot, ids)
        history = profiles.with_session(snapshot, past, current, ids)
        frequency = profiles.personal_frequency(profile, snapshot, ids)
    missing = _missing(product_ids, session, corrections, ids)
    unknown = frozenset(missing)
    listed = [product_id for product_id in dict.fromkeys(product_ids) if product_id not in unknown]
    left_out = tuple(product_id for product_id in listed if product_id in hidden)
    shown = [product_id for product_id in listed if product_id not in hidden]
    rows = ids.find(shown)
    with stages.stage("ranking"):
        strategy, score = POPULAR, partial(_popularity, snapshot)
        if len(history.rows) or len(frequency.rows):
            strategy = PERSONALISED if profile.interactions else SESSION
            query = candidate_generation.query_vector(snapshot, history)
            score = partial(ranking.score_rows, snapshot, query, history, frequency)
        known = rows >= 0
        scores = np.zeros(len(rows), dtype=np.float32)
        scores[known] = score(rows[known])
        for place in np.flatnonzero(~known).tolist():
            alike = best_sellers(snapshot, corrections.additions.by_id[shown[place]])
            scores[place] = score(alike).mean() if len(alike) else 0.0
        order = np.argsort(-scores, kind="stable")
    return Ranking(strategy, tuple(shown[place] for place in order), scores[order], missing, left_out)


def _missing(
    product_ids: Sequence[str], session: SessionContext, corrections: Corrections, ids: ResolvedIds
) -> tuple[str, ...]:
    """Ids of the list and of the session that are unknown.

    A new product is known in the list, but an action on it says nothing yet.
    """
    named = [*product_ids, *(each.product_id for each in session.interactions)]
    new = frozenset(product_ids) & corrections.additions.by_id.keys()
    return tuple(product_id for product_id in corrections.missing(named, ids) if product_id not in new)


def _popularity(snapshot: Snapshot, rows: Rows) -> FloatVector:
    return snapshot.columns.recent_buyers[rows].astype(np.float32)
