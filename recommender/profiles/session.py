"""What a shopper does right now, beside what is known of them."""

from dataclasses import replace

import numpy as np

from recommender.entities import History, Present, Profile
from recommender.profiles.history import history_of
from recommender.snapshot import Snapshot

PRESENT_SHARE = 0.7
"""How much the present counts where a past is known too. A choice, not measured: both are felt, the present more."""


def with_present(snapshot: Snapshot, past: History, present: Present) -> History:
    """`past` joined with what the shopper does now; `past` itself where that is nothing."""
    if not present.interactions:
        return past
    now = history_of(Profile("", present.interactions), snapshot)
    # What is being looked at is no recommendation; what was looked at some day, or only shown, may be one.
    done = {each.product_id for each in present.interactions if each.kind != "impression"}
    rows = snapshot.lookup.find(sorted(done))
    return joined(replace(now, known_rows=np.sort(rows[rows >= 0])), past)


def joined(present: History, past: History, share: float = PRESENT_SHARE) -> History:
    """`share` of the present history and 1 − `share` of the past one; either alone where the other is empty.

    Each is normalised by itself, so that three products looked at just now do not drown in years of purchases.
    """
    known = np.union1d(present.known_rows, past.known_rows).astype(np.int32)
    if not len(present.rows) or not len(past.rows):
        alone = present if len(present.rows) else past
        return History(alone.rows, alone.weights, known)
    rows, places = np.unique(np.concatenate([present.rows, past.rows]), return_inverse=True)
    weights = np.concatenate([share * present.weights, (1 - share) * past.weights])
    summed = np.bincount(places, weights=weights, minlength=len(rows))
    return History(rows.astype(np.int32), summed.astype(np.float32), known)
