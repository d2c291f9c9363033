"""Stored events of a shopper are bounded, and permanent ones are kept."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import Event, EventLimits, EventStore, ShopperStore
from adapters.database.engine import reading
from adapters.database.tables import events
from tests.support.builders.recorded_events import NOW, an_event

pytestmark = pytest.mark.anyio

RECENT = ("view", "cart", "click", "impression")


def at(minutes: float) -> dict[str, object]:
    return {"occurred_at": NOW + timedelta(minutes=minutes)}


@pytest.fixture
def small(engine: AsyncEngine, store: EventStore) -> EventStore:
    """Store with low limits for each shopper."""
    del store
    return EventStore(engine, limits=EventLimits(recent=5, permanent=4))


async def stored(engine: AsyncEngine, user_id: str = "u", limit: int = 1_000) -> list[str]:
    return [event.id for event in (await ShopperStore(engine).read(user_id, limit)).events]


@pytest.mark.parametrize("kind", RECENT)
async def test_newer_events_crowd_out_neither_hides_nor_purchases(
    engine: AsyncEngine, small: EventStore, kind: str
) -> None:
    permanent = [an_event(one, kind=one, **at(0)) for one in ("hide", "purchase", "unhide")]
    await small.add([*permanent, an_event("other", user_id="v", **at(-1))])
    for turn in range(3):
        flood = [an_event(f"{turn}{n}", kind=kind, **at(1 + 10 * turn + n)) for n in range(9)]
        assert set(await small.add(flood)) == {"added", "ignored"}
    assert await stored(engine) == ["28", "27", "26", "25", "24", "unhide", "purchase", "hide"]
    # Reading is bounded apart from storing.
    assert await stored(engine, limit=1) == ["28", "unhide", "purchase", "hide"]
    assert await stored(engine, "v") == ["other"]


async def test_impressions_crowd_out_no_views(engine: AsyncEngine, small: EventStore) -> None:
    await small.add([an_event("cart", kind="cart"), an_event("view")])
    await small.add([an_event(f"i{n}", kind="impression", **at(n)) for n in range(9)])
    assert {"cart", "view"} <= set(await stored(engine))
    assert len(await stored(engine)) == 7


async def test_a_late_event_older_than_all_that_are_kept_is_ignored(
    engine: AsyncEngine, small: EventStore
) -> None:
    assert await small.add([an_event(f"e{n}", **at(n)) for n in range(5)]) == ["added"] * 5
    late = [an_event("late", **at(-1)), an_event("hide", kind="hide", **at(-2))]
    assert await small.add(late) == ["ignored", "added"]
    assert await stored(engine) == ["e4", "e3", "e2", "e1", "e0", "hide"]


async def test_a_full_shopper_loses_superseded_events_first(engine: AsyncEngine, small: EventStore) -> None:
    def change(id_: str, minute: float, product: str, kind: str = "hide") -> Event:
        return an_event(id_, kind=kind, product_id=product, **at(minute))

    first = [change("a1", 1, "a"), change("a2", 2, "a", "unhide"), change("b1", 0, "b", "purchase")]
    assert await small.add([*first, change("b2", 3, "b", "purchase")]) == ["added"] * 4
    assert await small.add([change("c", 4, "c")]) == ["added"]
    assert await stored(engine) == ["c", "b2", "a2", "a1"]
    assert await small.add([change("d", 5, "d"), change("e", 6, "e"), an_event("view")]) == [
        "added",
        "full",
        "added",
    ]
    assert await stored(engine) == ["d", "c", "b2", "a2", "view"]
    # A change of a product that is stored is never rejected.
    assert await small.add([change("a3", 7, "a"), change("f", 8, "f", "purchase")]) == ["added", "full"]
    assert await stored(engine) == ["a3", "d", "c", "b2", "view"]


@pytest.mark.usefixtures("store")
async def test_concurrent_writers_stay_within_the_limit_and_never_deadlock(engine: AsyncEngine) -> None:
    small = EventStore(engine, limits=EventLimits(recent=5))
    async with asyncio.TaskGroup() as group:
        for writer in range(4):
            batch = [an_event(f"{writer}-{n}", **at(n * 7 % 40)) for n in range(40)]
            group.create_task(small.add(batch[:: 1 if writer % 2 else -1]))
    await small.add([an_event("last", **at(99))])
    async with reading(engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(events))).scalar_one() == 5


async def test_full_shoppers_cost_no_statement_each(engine: AsyncEngine, small: EventStore) -> None:
    statements: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    shoppers = [f"u{number}" for number in range(30)]
    counts = []
    for turn, writers in enumerate([shoppers, shoppers, shoppers[:1]]):
        statements.clear()
        await small.add([an_event(f"{turn}{n}", user_id=user) for user in writers for n in range(6)])
        counts.append(len(statements))
    assert counts == counts[:1] * 3


async def test_retention_keeps_permanent_events(engine: AsyncEngine, store: EventStore) -> None:
    kinds = (*RECENT, "purchase", "hide", "unhide")
    await store.add([an_event(kind, kind=kind) for kind in kinds])
    assert await store.purge(NOW + timedelta(days=1), batch=2) == 4
    assert sorted(await stored(engine)) == ["hide", "purchase", "unhide"]
