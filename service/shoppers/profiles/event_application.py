"""Applies new events to a merged profile, with the result of a new merge."""

from collections.abc import Iterable, Sequence

import numpy as np

from adapters.database import RECENT_KINDS, Event, EventLimits, StoredShopper
from recommender.interactions import KINDS, Interactions
from service.shoppers.profiles.profile_cache import Basis
from service.shoppers.profiles.records import CatalogRecord

_PERMANENT = frozenset({"purchase", "hide", "unhide"})


def basis_of(epoch: bytes, record: CatalogRecord, stored: StoredShopper) -> Basis:
    """The basis for events of the profile that `record` and `stored` make."""
    refunded = (purchase.product_id for purchase in record.purchases if purchase.quantity <= 0)
    unhidden = (event.product_id for event in stored.events if event.kind == "unhide")
    permanent = sum(event.kind in _PERMANENT for event in stored.events)
    return Basis(epoch, frozenset(refunded).union(unhidden), permanent)


def changed_basis(basis: Basis, epoch: bytes, events: Iterable[Event]) -> Basis:
    """The basis of a profile that `events` were applied to."""
    permanent = sum(event.kind in _PERMANENT for event in events)
    return Basis(epoch, basis.reread, basis.permanent + permanent)


def apply_events(
    interactions: Interactions,
    basis: Basis,
    events: Sequence[Event],
    limits: EventLimits,
    *,
    read_at: float,
    now: float,
) -> Interactions | None:
    """The interactions that `merge_interactions` would return after these events, in another order.

    Args:
        interactions: those before the events, merged from catalog and database.
        basis: what was known when they were merged.
        events: those that the database added since, and nothing else.
        limits: numbers of events that the database keeps.
        read_at: time before they were merged, in epoch seconds.
        now: epoch seconds.

    Returns:
        None if the arguments do not determine the result: it depends on earlier purchases, refunds or changes of hides
        of the same product, or on what the database deletes beyond its limits.
    """
    lasting = [event for event in events if event.kind in _PERMANENT]
    if basis.permanent + len(lasting) > limits.permanent or not _are_first(interactions, basis, lasting):
        return None
    for kinds in RECENT_KINDS:
        number = sum(event.kind in kinds for event in events)
        rest = _without_oldest(interactions, kinds, limits.recent - number, read_at)
        if rest is None:
            return None
        interactions = rest
    return interactions.followed_by(
        [(event.product_id, min(event.occurred_at.timestamp(), now), event.kind) for event in events]
    )


def _are_first(interactions: Interactions, basis: Basis, lasting: Sequence[Event]) -> bool:
    """True if each is the first purchase or hide of its product.

    No refund or unhide may apply to it.
    """
    if len({(event.product_id, event.kind) for event in lasting}) < len(lasting):
        return False
    if any(event.kind == "unhide" or event.product_id in basis.reread for event in lasting):
        return False
    rows = interactions.lookup.find([event.product_id for event in lasting]).tolist()
    return not any(
        ((interactions.products == row) & (interactions.kinds == KINDS.index(event.kind))).any()
        for row, event in zip(rows, lasting, strict=True)
        if row >= 0
    )


def _without_oldest(
    interactions: Interactions, kinds: Sequence[str], limit: int, read_at: float
) -> Interactions | None:
    """The interactions without the oldest ones of `kinds` beyond `limit`.

    None if it is not certain which of them are the oldest. A time since `read_at` may have been in the future.
    """
    if len(interactions) <= limit:
        return interactions
    places = np.flatnonzero(np.isin(interactions.kinds, [KINDS.index(kind) for kind in kinds]))
    excess = len(places) - limit
    if excess <= 0:
        return interactions
    if excess >= len(places):
        return None
    oldest = places[np.argsort(interactions.times[places])][: excess + 1]
    times = interactions.times[oldest]
    if times[-2] >= min(times[-1], read_at):
        return None
    kept = np.ones(len(interactions), dtype=np.bool_)
    kept[oldest[:-1]] = False
    return interactions.where(kept)
