"""Browsing events are read in batches, oldest first, from both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import BrowsingEvent, EventStore
from adapters.database.engine import reading
from adapters.database.migrations import migrate
from tests.support.builders.recorded_events import NOW, an_event, batches, browsed
from tests.support.builders.storage.database_engines import Opened

pytestmark = pytest.mark.anyio


async def test_views_and_carts_come_in_batches_oldest_first(store: EventStore) -> None:
    kinds = ("cart", "view", "purchase", "impression", "click", "hide", "view")
    # Shuffled by a multiplication. Seven events in a row share their time, so that pages end within equal times.
    recorded = [
        an_event(
            f"e{number * 37 % 210:03}",
            user_id=f"u{number}",
            kind=kinds[number % 7],
            occurred_at=NOW + timedelta(seconds=number * 37 % 210 // 7 % 3),
        )
        for number in range(210)
    ]
    assert await store.add(recorded) == ["added"] * 210
    expected = [
        BrowsingEvent(one.user_id, one.product_id, one.kind, one.occurred_at)
        for kind in ("view", "cart")
        for one in sorted(recorded, key=lambda one: (one.occurred_at, one.user_id))
        if one.kind == kind
    ]
    assert [len(batch) for batch in await batches(store)] == [10] * 9
    assert await browsed(store) == expected


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20])
async def test_no_batch_is_empty_and_no_event_is_lost_between_pages(store: EventStore, count: int) -> None:
    await store.add([an_event(f"{number:02}") for number in range(count)])
    sizes = [len(batch) for batch in await batches(store)]
    assert sizes == [10] * (count // 10) + [count % 10] * (count % 10 > 0)


async def test_no_connection_is_held_between_batches(store: EventStore, engine: AsyncEngine) -> None:
    await store.add([an_event(f"{number:02}") for number in range(25)])
    async for _ in store.browsing():
        assert engine.pool.checkedout() == 0


async def test_an_event_recorded_while_reading_is_included_if_still_ahead(store: EventStore) -> None:
    await store.add([an_event(f"{number:02}", user_id=f"{number:02}") for number in range(10)])
    seen: list[str] = []
    async for batch in store.browsing():
        seen += [one.user_id for one in batch]
        if len(seen) == 10:
            early = an_event("a", user_id="early", occurred_at=NOW - timedelta(seconds=1))
            await store.add([early, an_event("b", user_id="late", occurred_at=NOW + timedelta(seconds=1))])
    assert seen == [f"{number:02}" for number in range(10)] + ["late"]


async def test_times_of_any_zone_are_returned_in_utc(store: EventStore) -> None:
    zones = [timezone(timedelta(hours=hours)) for hours in (5.5, -8, 14, 0)]
    moments = [NOW + timedelta(microseconds=number) for number in range(4)]
    # Each has another zone. As wall clock times they would sort differently.
    pairs = zip(moments, zones, strict=True)
    await store.add([an_event(str(n), occurred_at=at.astimezone(zone)) for n, (at, zone) in enumerate(pairs)])
    read = [one.at for one in await browsed(store)]
    assert read == moments
    assert {at.tzinfo for at in read} == {UTC}


@pytest.mark.parametrize("at", [datetime(1969, 12, 31, 23, 59, 59, 1, UTC), datetime(9998, 1, 1, tzinfo=UTC)])
async def test_far_times_are_returned_unchanged(store: EventStore, at: datetime) -> None:
    await store.add([an_event(occurred_at=at)])
    assert [one.at for one in await browsed(store)] == [at]


async def test_since_is_inclusive_on_every_page(store: EventStore) -> None:
    await store.add(
        [
            an_event(f"{kind}{n}", user_id=str(n), kind=kind, occurred_at=NOW + timedelta(hours=n))
            for kind in ("view", "cart")
            for n in range(30)
        ]
    )
    since = (NOW + timedelta(hours=5)).astimezone(timezone(timedelta(hours=-9)))
    read = await browsed(store, since)
    assert [int(one.user_id) for one in read] == 2 * list(range(5, 30))
    assert await browsed(store, since + timedelta(microseconds=1)) == read[1:25] + read[26:]
    assert await browsed(store, NOW + timedelta(days=2)) == []


async def test_ids_are_returned_unchanged(store: EventStore) -> None:
    ids = [
        "'; DROP TABLE events; --",
        '"',
        "%",
        "_",
        "\\",
        ":id",
        "$1",
        "?",
        "a b",
        " a",
        "A",
        "a",
        "á",
        "a\u0301",
    ]
    ids += ["茶", "🧦", "\u202eabc", "x" * 200, "𐀀", "\uffff", "é", "Z"]
    await store.add([an_event(id_, user_id=id_, product_id=id_[::-1]) for id_ in ids])
    read = await browsed(store)
    assert {(one.user_id, one.product_id) for one in read} == {(id_, id_[::-1]) for id_ in ids}
    # Equal times are ordered by the bytes of the keys, the same in both databases.
    assert [one.user_id for one in read] == sorted(ids, key=lambda id_: f"{id_}/{id_}".encode())


async def test_a_page_is_an_index_range_without_sorting(opened: Opened, sqlite_url: str) -> None:
    engine = opened(sqlite_url)
    store = EventStore(engine, page_size=10)
    await migrate(engine)
    await store.add([an_event(f"{number:02}") for number in range(25)])
    statements: list[tuple[str, tuple[object, ...]]] = []

    def note(
        connection: Engine, cursor: object, statement: str, values: tuple[object, ...], *rest: object
    ) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await browsed(store, NOW)
    assert len(statements) == 4
    async with reading(engine) as connection:
        for statement, values in statements:
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)).all()
            assert len(plan) == 1
            assert "SEARCH events USING INDEX events_of_kind (kind=? AND " in plan[0][-1]
