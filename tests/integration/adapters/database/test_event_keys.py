"""A client's event id belongs to one shopper and one event."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import EventStore, ShopperStore
from adapters.database.engine import writing
from adapters.database.migrations import migrate
from tests.support.builders.recorded_events import NOW, an_event

pytestmark = pytest.mark.anyio

# The statement of the release before revision 0004.
EARLIER_INSERT = """
INSERT INTO events (id, user_id, product_id, kind, occurred_at, recorded_at, quantity, price)
VALUES (:id, :user_id, 'p', 'hide', '2026-05-17 09:30:00Z', '2026-05-17 09:30:00Z', NULL, NULL)
ON CONFLICT DO NOTHING RETURNING events.id
"""


async def test_two_shoppers_may_use_the_same_id(engine: AsyncEngine, store: EventStore) -> None:
    both = [an_event("x", user_id="a"), an_event("x", user_id="b", kind="hide")]
    assert await store.add(both[:1]) == ["added"]
    assert await store.add(both) == ["duplicate", "added"]
    for event in both:
        assert (await ShopperStore(engine).read(event.user_id, 10)).events == (event,)


async def test_keys_of_different_shoppers_never_collide(store: EventStore) -> None:
    assert await store.add([an_event("c", user_id="a b"), an_event("b c", user_id="a")]) == ["added"] * 2


OTHERS = [
    {"product_id": "q"},
    {"kind": "unhide"},
    {"kind": "view"},
    {"occurred_at": NOW + timedelta(microseconds=1)},
    {"quantity": 1},
    {"price": 0.5},
    {"recommendation_id": "r"},
    {"order_id": "o"},
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
async def test_another_event_under_a_known_id_is_a_conflict(
    engine: AsyncEngine, store: EventStore, other: dict[str, object]
) -> None:
    first, second = an_event("x", kind="hide"), an_event("x", **{"kind": "hide", **other})
    assert await store.add([first, second, first]) == ["added", "conflict", "duplicate"]
    assert await store.add([second, an_event("y"), first]) == ["conflict", "added", "duplicate"]
    assert first in (await ShopperStore(engine).read("u", 10)).events


async def test_an_earlier_release_stores_events_in_the_migrated_database(engine: AsyncEngine) -> None:
    await migrate(engine, "0003")
    async with writing(engine) as connection:
        await connection.execute(text(EARLIER_INSERT), {"id": "before", "user_id": "u"})
    await migrate(engine)
    async with writing(engine) as connection:
        await connection.execute(text(EARLIER_INSERT), {"id": "during", "user_id": "u"})
    store, shoppers = EventStore(engine), ShopperStore(engine)
    old = [an_event("before", kind="hide"), an_event("during", kind="hide")]
    changed = an_event("during", kind="hide", product_id="q")
    assert await store.add([*old, changed]) == ["duplicate", "duplicate", "conflict"]
    assert await store.add([an_event("during", user_id="v")]) == ["added"]
    assert (await shoppers.read("u", 10)).events == tuple(old[::-1])
    # The earlier release reads and deletes rows of this one.
    async with writing(engine) as connection:
        deleted = await connection.execute(text("DELETE FROM events WHERE id = 'during' RETURNING user_id"))
        assert list(deleted.scalars()) == ["u"]
        kinds = await connection.execute(text("SELECT kind FROM events WHERE user_id = 'v'"))
        assert list(kinds.scalars()) == ["view"]


async def test_an_unhide_is_returned_as_one_and_stored_as_earlier_releases_can_read(
    engine: AsyncEngine, store: EventStore
) -> None:
    event = an_event("x", kind="unhide")
    assert await store.add([event, event]) == ["added", "duplicate"]
    assert (await ShopperStore(engine).read("u", 0)).events == (event,)
    async with writing(engine) as connection:
        assert (await connection.execute(text("SELECT kind FROM events"))).scalar_one() == "hide"
