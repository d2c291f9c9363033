"""Shoppers of whom something is stored are listed, in both databases."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import EventStore, ShopperListing, ShopperStore
from tests.support.builders.recorded_events import NOW, an_event

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.fixture
def shoppers(engine: AsyncEngine, store: EventStore) -> ShopperStore:
    """Store over the same tables as `store`, whose clock is at NOW."""
    del store
    return ShopperStore(engine, clock=lambda: NOW)


@pytest.fixture
def listing(engine: AsyncEngine, store: EventStore) -> ShopperListing:
    del store
    return ShopperListing(engine)


async def test_empty_database_lists_nobody(listing: ShopperListing) -> None:
    assert await listing.latest(5) == []
    assert await listing.sample(5, Random(1), b"empty") == []
    assert await listing.erased([]) == frozenset()


async def test_shoppers_of_the_latest_events_come_newest_first(
    store: EventStore, listing: ShopperListing
) -> None:
    kinds = ("view", "purchase", "cart", "impression")
    await store.add(
        [
            an_event(f"e{n}", user_id=f"u{n % 5}", kind=kinds[n % 4], occurred_at=NOW + n * HOUR)
            for n in range(20)
        ]
    )
    assert await listing.latest(3) == [(f"u{n % 5}", NOW + n * HOUR) for n in (18, 17, 16)]
    assert [user_id for user_id, _ in await listing.latest(9)] == ["u3", "u2", "u1", "u4", "u0"]


@pytest.mark.parametrize(
    "ids", [[str(n) for n in range(1, 40)], [f"user-{n:03x}é" for n in range(30)], ["b"]]
)
async def test_sample_begins_anywhere_and_holds_each_shopper_once(
    shoppers: ShopperStore, listing: ShopperListing, ids: list[str]
) -> None:
    for user_id in ids:
        await shoppers.save_catalog_record(user_id, b"", NOW)
        await shoppers.save_catalog_record(f"{user_id}-asked", b"empty", NOW)
    assert sorted(await listing.sample(100, Random(1), b"empty")) == sorted(ids)
    firsts = {(await listing.sample(2, Random(seed), b"empty"))[0] for seed in range(12)}
    assert len(firsts) >= min(len(ids), 3)
    assert firsts <= set(ids)


async def test_erased_shopper_is_not_listed(
    store: EventStore, shoppers: ShopperStore, listing: ShopperListing
) -> None:
    for user_id in ("gone", "here"):
        await store.add([an_event(f"e-{user_id}", user_id=user_id, kind="view", occurred_at=NOW - HOUR)])
        await shoppers.save_catalog_record(user_id, b"", NOW - HOUR)
    await shoppers.erase("gone")
    assert [user_id for user_id, _ in await listing.latest(5)] == ["here"]
    assert await listing.sample(5, Random(1), b"empty") == ["here"]
    assert await listing.erased(["gone", "here", "other"]) == {"gone"}
