"""Blends the history of a session with the stored history."""

from dataclasses import replace

import numpy as np

from recommender.entities import History
from recommender.interactions import IMPRESSION, Interactions
from recommender.profiles.history import history_of
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds

SESSION_SHARE = 0.7
"""Weight of the session when a stored history exists too.

The number is chosen, not measured: both histories have an effect, the session the larger one."""


def with_session(snapshot: Snapshot, past: History, session: Interactions, ids: ResolvedIds) -> History:
    """`past` blended with the session's interactions.

    Returns `past` itself if there are none.
    """
    if not len(session):
        return past
    current = history_of(session, snapshot, ids)
    # Products of the current session are not recommended. Impressions are no actions of the shopper and may be.
    acted_on = ids.find_all(session.lookup)[session.products[session.kinds != IMPRESSION]]
    return blend_histories(replace(current, known_rows=np.unique(acted_on[acted_on >= 0])), past)


def blend_histories(current: History, past: History, share: float = SESSION_SHARE) -> History:
    """`share` of the current history plus 1 − `share` of the past one.

    Either stands alone if the other is empty.

    Each is normalized by itself, so that years of purchases do not outweigh a few products viewed just now.
    """
    known = np.union1d(current.known_rows, past.known_rows).astype(np.int32)
    if not len(current.rows) or not len(past.rows):
        alone = current if len(current.rows) else past
        return History(alone.rows, alone.weights, known)
    rows, places = np.unique(np.concatenate([current.rows, past.rows]), return_inverse=True)
    weights = np.concatenate([share * current.weights, (1 - share) * past.weights])
    summed = np.bincount(places, weights=weights, minlength=len(rows))
    return History(rows.astype(np.int32), summed.astype(np.float32), known)
