"""Applying an event has the same result as a new merge."""

import random
from datetime import timedelta

import pytest

from adapters.database import RECENT_KINDS, Event, EventLimits, StoredShopper
from recommender.interactions import Interactions
from service.shoppers.profiles.event_application import apply_events, basis_of, changed_basis
from service.shoppers.profiles.merging import merge_interactions
from service.shoppers.profiles.profile_cache import Basis
from service.shoppers.profiles.records import CatalogRecord, PurchaseRecord
from tests.support.builders.recorded_events import NOW, an_event

LIMITS = EventLimits(recent=6, permanent=12)
TIME = NOW.timestamp()
PURCHASES = [
    PurchaseRecord("e1", "refunded", TIME - 9e5, "o1", 2.0),
    PurchaseRecord(None, "refunded", TIME - 5e5, "o1", -2.0),
    PurchaseRecord("e2", "bought", TIME - 3e5, "o2"),
    PurchaseRecord("e3", "ordered", TIME + 9e5, "o3"),
]
PRODUCTS = ["refunded", "bought", "ordered", "x", "y", "z", "茶"]


def merged(events: list[Event]) -> Interactions:
    return Interactions.of(merge_interactions(PURCHASES, events, TIME))


def read_again(events: list[Event]) -> list[Event]:
    """The events that the database keeps, and reads newest first. Times differ."""
    newest = sorted(events, key=lambda event: event.occurred_at, reverse=True)
    recent = [[event for event in newest if event.kind in kinds][: LIMITS.recent] for kinds in RECENT_KINDS]
    others = [event for event in newest if event.kind in {"purchase", "hide", "unhide"}]
    return sorted(sum(recent, others), key=lambda event: event.occurred_at, reverse=True)


@pytest.mark.parametrize("seed", range(20))
def test_applying_equals_merging(seed: int) -> None:
    chance, applied = random.Random(seed), set()
    kinds = ["view", "view", "cart", "click", "impression", "purchase", "hide", "unhide"]
    stored: list[Event] = []
    profile, basis, read_at = merged(stored), basis_of(b"0", CatalogRecord(PURCHASES), StoredShopper()), TIME
    for number in range(60):
        new = [
            an_event(
                chance.choice(["e1", "e2", "e3", f"n{number}"]),
                kind=chance.choice(kinds),
                product_id=chance.choice(PRODUCTS),
                order_id=chance.choice(["o1", "o2", "o3", None]),
                occurred_at=NOW
                + timedelta(days=chance.randint(-12, 0), hours=0.1 - chance.random(), seconds=number),
            )
            for _ in range(chance.choice([1, 1, 2]))
        ]
        after = read_again([*stored, *new])
        if not all(event in after for event in new) or sum(event.kind in kinds[5:] for event in after) > 12:
            continue  # Not stored.
        changed = apply_events(profile, basis, new, LIMITS, read_at=read_at, now=TIME)
        if changed is not None:
            assert sorted(changed) == sorted(merged(after)), new
            applied |= {event.kind for event in new}
            profile, basis = changed, changed_basis(basis, b"0", new)
        else:
            profile = merged(after)
            basis = basis_of(b"0", CatalogRecord(PURCHASES), StoredShopper(tuple(after)))
        stored = after
    assert applied >= {"view", "impression"}


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({"kind": "unhide"}, {}),
        ({"kind": "purchase", "product_id": "bought"}, {}),
        ({"kind": "purchase", "product_id": "refunded"}, {}),
        ({"kind": "purchase", "product_id": "twice"}, {}),
        ({"kind": "hide"}, {"kind": "unhide"}),
        ({"kind": "hide"}, {"kind": "hide"}),
    ],
)
def test_an_event_that_depends_on_more_than_the_profile_is_not_applied(
    changes: dict[str, str], known: dict[str, str]
) -> None:
    events = (an_event(**known),) if known else ()
    basis = basis_of(b"0", CatalogRecord(PURCHASES), StoredShopper(events))
    new = [
        an_event(f"new{number}", **changes)
        for number in range(2 if changes.get("product_id") == "twice" else 1)
    ]
    assert apply_events(merged([*events]), basis, new, LIMITS, read_at=TIME, now=TIME) is None


def applied(stored: list[Event], new: list[Event], read_at: float = TIME) -> Interactions | None:
    basis = basis_of(b"0", CatalogRecord(), StoredShopper(tuple(stored)))
    packed = Interactions.of(merge_interactions((), stored, TIME))
    return apply_events(packed, basis, new, LIMITS, read_at=read_at, now=TIME)


def test_events_beyond_the_limits_are_not_applied_if_it_is_uncertain_which_are_dropped() -> None:
    earlier = NOW - timedelta(hours=1)
    at_once = [an_event(f"v{number}", product_id=f"p{number}", occurred_at=earlier) for number in range(6)]
    assert applied(at_once, [an_event()]) is None, "all have the same time"
    times = [NOW - timedelta(minutes=number) for number in range(6)]
    spread = [an_event(f"v{number}", occurred_at=each) for number, each in enumerate(times)]
    assert applied(spread, [an_event()]) is not None
    assert applied(spread, [an_event()], read_at=TIME - 301) is None, "the oldest may have been ahead"
    assert applied(at_once, [an_event(f"w{number}") for number in range(6)]) is None, "all are dropped"
    lasting = [an_event(f"h{number}", product_id=f"p{number}", kind="hide") for number in range(12)]
    assert applied(lasting, [an_event(kind="purchase")]) is None, "superseded ones are dropped"
    assert applied(lasting[1:], [an_event(kind="purchase")]) is not None
    assert applied(lasting, [an_event()]) is not None
    basis = basis_of(b"0", CatalogRecord(), StoredShopper(tuple(lasting)))
    assert changed_basis(basis, b"1", [*lasting, an_event()]) == Basis(b"1", frozenset(), 24)
