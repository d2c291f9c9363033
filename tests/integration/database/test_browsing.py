"""The event store over both databases: what is recorded once is read once, in batches, oldest first."""

import asyncio
import inspect
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy.exc
from sqlalchemy import Engine, event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import (
    Browsed,
    DatabaseBounds,
    DatabaseError,
    DatabaseNotPrepared,
    DatabaseRejected,
    DatabaseUnavailable,
    Event,
    EventStore,
    database_url,
    open_engine,
)
from adapters.database.engine import database_error, reading, writing
from adapters.database.tables import events

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
IMPATIENT = DatabaseBounds(connect_seconds=1, statement_seconds=1, pool_seconds=0.2, connections=3)


def an_event(id_: str = "e", **changes: object) -> Event:
    fields = {"user_id": "u", "product_id": "p", "kind": "view", "occurred_at": NOW} | changes
    return Event(id_, **fields)  # type: ignore[arg-type]


async def batches(store: EventStore, since: datetime | None = None) -> list[list[Browsed]]:
    return [batch async for batch in store.browsing(since)]


async def browsed(store: EventStore, since: datetime | None = None) -> list[Browsed]:
    return [one for batch in await batches(store, since) for one in batch]


async def test_views_and_carts_come_in_batches_oldest_first(store: EventStore) -> None:
    kinds = ("cart", "view", "purchase", "impression", "click", "hide", "view")
    # Shuffled by a multiplication; seven events in a row share their time, so that pages end amid equal times.
    recorded = [
        an_event(
            f"e{number * 37 % 210:03}",
            user_id=f"u{number}",
            kind=kinds[number % 7],
            occurred_at=NOW + timedelta(seconds=number * 37 % 210 // 7 % 3),
        )
        for number in range(210)
    ]
    assert len(await store.add(recorded)) == 210
    expected = [
        Browsed(one.user_id, one.product_id, one.kind, one.occurred_at)
        for kind in ("view", "cart")
        for one in sorted(recorded, key=lambda one: (one.occurred_at, one.id))
        if one.kind == kind
    ]
    assert [len(batch) for batch in await batches(store)] == [10] * 9
    assert await browsed(store) == expected


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20])
async def test_no_batch_is_empty_and_none_is_lost_at_a_page_s_end(store: EventStore, count: int) -> None:
    await store.add([an_event(f"{number:02}") for number in range(count)])
    sizes = [len(batch) for batch in await batches(store)]
    assert sizes == [10] * (count // 10) + [count % 10] * (count % 10 > 0)


async def test_no_connection_is_held_between_batches(store: EventStore, engine: AsyncEngine) -> None:
    await store.add([an_event(f"{number:02}") for number in range(25)])
    async for _ in store.browsing():
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_what_is_recorded_while_reading_is_read_when_it_lies_ahead(store: EventStore) -> None:
    await store.add([an_event(f"{number:02}", user_id=f"{number:02}") for number in range(10)])
    seen: list[str] = []
    async for batch in store.browsing():
        seen += [one.user_id for one in batch]
        if len(seen) == 10:
            early = an_event("a", user_id="early", occurred_at=NOW - timedelta(seconds=1))
            await store.add([early, an_event("b", user_id="late", occurred_at=NOW + timedelta(seconds=1))])
    assert seen == [f"{number:02}" for number in range(10)] + ["late"]


async def test_times_keep_their_moment_whatever_the_zone(store: EventStore) -> None:
    zones = [timezone(timedelta(hours=hours)) for hours in (5.5, -8, 14, 0)]
    moments = [NOW + timedelta(microseconds=number) for number in range(4)]
    # Each is written in another zone: as wall clocks, they would sort otherwise.
    pairs = zip(moments, zones, strict=True)
    await store.add([an_event(str(n), occurred_at=at.astimezone(zone)) for n, (at, zone) in enumerate(pairs)])
    read = [one.at for one in await browsed(store)]
    assert read == moments
    assert {at.tzinfo for at in read} == {UTC}


@pytest.mark.parametrize("at", [datetime(1969, 12, 31, 23, 59, 59, 1, UTC), datetime(9998, 1, 1, tzinfo=UTC)])
async def test_far_times_come_back(store: EventStore, at: datetime) -> None:
    await store.add([an_event(occurred_at=at)])
    assert [one.at for one in await browsed(store)] == [at]


async def test_since_is_inclusive_and_holds_on_every_page(store: EventStore) -> None:
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


async def test_times_without_a_zone_are_refused(store: EventStore) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no time zone"):
        await browsed(store, naive)
    with pytest.raises(ValueError, match="has no time zone"):
        an_event(occurred_at=naive)


async def test_kinds_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="'look' is no kind of event; the kinds are cart, click"):
        an_event(kind="look")


async def test_ids_are_kept_to_the_character(store: EventStore) -> None:
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
    # Equal times: the order is that of the ids' bytes, the same in both databases.
    assert [one.user_id for one in read] == sorted(ids, key=str.encode)


async def test_an_event_counts_once_and_stays_as_it_was(store: EventStore) -> None:
    assert await store.add([an_event("a"), an_event("b"), an_event("b", user_id="second")]) == {"a", "b"}
    again = [an_event("a", user_id="other", kind="cart"), an_event("c", product_id="q")]
    assert await store.add(again) == {"c"}
    assert await store.add(again) == frozenset()
    assert await store.add([]) == frozenset()
    assert [(one.user_id, one.product_id) for one in await browsed(store)] == [
        ("u", "p"),
        ("u", "p"),
        ("u", "q"),
    ]


async def test_writers_of_the_same_events_share_them(store: EventStore) -> None:
    recorded = [an_event(f"e{number}") for number in range(300)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.add(recorded[::step])) for step in (1, -1, 1)]
    assert sorted(id_ for task in tasks for id_ in task.result()) == sorted(one.id for one in recorded)
    assert len(await browsed(store)) == 300


async def test_writers_of_the_same_events_never_wait_for_each_other(
    opened: Callable[[str], AsyncEngine], postgres_database_url: str
) -> None:
    engine = opened(postgres_database_url)
    store = EventStore(engine)
    await store.create_tables()
    insert = text("INSERT INTO events VALUES (:id, 'u', 'p', 'view', now(), now(), NULL, NULL)")
    async with asyncio.TaskGroup() as group:
        async with writing(engine) as connection:
            await connection.execute(insert, {"id": "a"})
            waiting = group.create_task(store.add([an_event("z"), an_event("a")]))
            await asyncio.sleep(0.2)  # it waits for "a" by now, and must not hold "z"
            await connection.execute(insert, {"id": "z"})
        assert await waiting == frozenset()


async def test_more_events_than_one_statement_holds(engine: AsyncEngine, store: EventStore) -> None:
    recorded = [an_event(f"e{number:05}") for number in range(6_000)]
    assert len(await store.add(recorded)) == 6_000
    sizes = [len(batch) async for batch in EventStore(engine).browsing()]
    assert sizes == [6_000]


async def test_all_fields_are_recorded(engine: AsyncEngine, store: EventStore) -> None:
    recorder = EventStore(engine, clock=lambda: NOW + timedelta(days=1))
    await recorder.add([an_event("a", kind="purchase", quantity=3, price=2.55), an_event("b")])
    async with reading(engine) as connection:
        rows = (await connection.execute(select(events).order_by(events.c.id))).all()
    later = NOW + timedelta(days=1)
    assert [tuple(row) for row in rows] == [
        ("a", "u", "p", "purchase", NOW, later, 3, 2.55),
        ("b", "u", "p", "view", NOW, later, None, None),
    ]


async def test_events_are_added_all_or_none(store: EventStore) -> None:
    with pytest.raises(DatabaseRejected, match="user_id"):
        await store.add([an_event("a"), an_event("b", user_id=None)])
    assert await browsed(store) == []


async def test_what_no_column_holds_is_rejected(store: EventStore) -> None:
    for wrong in (an_event("a", quantity=2**80), an_event("\ud800")):
        with pytest.raises(DatabaseRejected):
            await store.add([wrong])


async def test_tables_may_be_made_by_many_at_once(engine: AsyncEngine) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(EventStore(engine).create_tables())
    store = EventStore(engine)
    await store.add([an_event()])
    await store.create_tables()
    assert len(await browsed(store)) == 1


async def test_a_database_without_tables_is_not_prepared(engine: AsyncEngine) -> None:
    store = EventStore(engine)
    for call in (browsed(store), store.add([an_event()])):
        with pytest.raises(DatabaseNotPrepared, match="events"):
            await call


async def test_a_table_of_another_version_is_not_prepared(engine: AsyncEngine, store: EventStore) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("ALTER TABLE events DROP COLUMN price"))
    with pytest.raises(DatabaseNotPrepared, match="price"):
        await store.add([an_event()])


async def test_a_locked_table_is_unavailable_and_then_available(
    engine: AsyncEngine, store: EventStore
) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("DELETE FROM events"))
        if connection.dialect.name == "postgresql":
            await connection.execute(text("LOCK TABLE events"))
        with pytest.raises(DatabaseUnavailable):
            await store.add([an_event()])
    assert await store.add([an_event()]) == {"e"}


async def test_waiting_for_a_connection_is_bounded(engine: AsyncEngine, store: EventStore) -> None:
    async with reading(engine), reading(engine), reading(engine):
        with pytest.raises(DatabaseUnavailable, match="QueuePool limit"):
            await store.add([an_event()])


async def test_a_failed_transaction_leaves_nothing(engine: AsyncEngine, store: EventStore) -> None:
    with pytest.raises(ZeroDivisionError):
        async with writing(engine) as connection:
            await connection.execute(
                text("INSERT INTO events VALUES ('a', 'u', 'p', 'view', :at, :at, NULL, NULL)").bindparams(
                    at=NOW if connection.dialect.name == "postgresql" else "2026-05-17 09:30:00.000000"
                )
            )
            raise ZeroDivisionError
    assert await browsed(store) == []


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[str], AsyncEngine]]:
    """Opens engines; all are closed at the end."""
    engines: list[AsyncEngine] = []

    def open_one(url: str) -> AsyncEngine:
        engines.append(open_engine(url, IMPATIENT))
        return engines[-1]

    yield open_one
    for engine in engines:
        await engine.dispose()


@pytest.fixture(params=["away", "no such host", "no such database", "no such folder", "no database"])
def unavailable_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that cannot be used."""
    if request.param == "away":
        return f"postgresql://someone:secret@127.0.0.1:{request.getfixturevalue('free_port')}/shop"
    if request.param == "no such host":
        return "postgresql://someone:secret@no-such-host.invalid/shop"
    if request.param == "no such database":
        address = database_url(request.getfixturevalue("postgres_database_url")).set(database="nowhere")
        return address.render_as_string(hide_password=False)
    if request.param == "no such folder":
        return f"sqlite:///{tmp_path}/none/events.db"
    (tmp_path / "events.db").write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    return f"sqlite:///{tmp_path}/events.db"


async def test_a_database_that_cannot_be_used_is_unavailable(
    opened: Callable[[str], AsyncEngine], unavailable_url: str
) -> None:
    store = EventStore(opened(unavailable_url))
    for call in (browsed(store), store.add([an_event()]), store.create_tables()):
        with pytest.raises(DatabaseUnavailable, match="cannot be used") as caught:
            await call
        assert "secret" not in str(caught.value)


async def test_a_file_that_cannot_be_opened_leaves_no_thread(
    opened: Callable[[str], AsyncEngine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    start = threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread: (started.append(thread.name), start(thread))
    )
    engine = opened(f"sqlite:///{tmp_path}/none/events.db")
    with pytest.raises(DatabaseUnavailable, match="unable to open"):
        await browsed(EventStore(engine))
    # The driver's thread would outlive the event loop now and then, and print a traceback.
    assert not [name for name in started if "connection_worker" in name]


async def test_it_is_used_again_when_it_is_back(opened: Callable[[str], AsyncEngine], tmp_path: Path) -> None:
    store = EventStore(opened(f"sqlite:///{tmp_path}/volume/events.db"))
    with pytest.raises(DatabaseUnavailable, match="unable to open"):
        await store.create_tables()
    (tmp_path / "volume").mkdir()
    await store.create_tables()
    assert await browsed(store) == []


async def test_a_connection_that_died_idle_is_replaced(
    opened: Callable[[str], AsyncEngine], postgres_database_url: str
) -> None:
    engine = opened(postgres_database_url)
    store = EventStore(engine)
    await store.create_tables()
    async with reading(engine) as connection:
        ours = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    async with reading(opened(postgres_database_url)) as connection:
        await connection.execute(text(f"SELECT pg_terminate_backend({ours}, 5000)"))
    assert await store.add([an_event()]) == {"e"}


async def test_a_connection_that_dies_in_use_is_unavailable(
    opened: Callable[[str], AsyncEngine], postgres_database_url: str
) -> None:
    with pytest.raises(DatabaseUnavailable, match="terminating connection"):
        async with reading(opened(postgres_database_url)) as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_statement_that_takes_too_long_is_unavailable(
    opened: Callable[[str], AsyncEngine], postgres_database_url: str
) -> None:
    with pytest.raises(DatabaseUnavailable, match="no answer in time"):
        async with reading(opened(postgres_database_url)) as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))


async def test_a_page_is_a_range_of_an_index_and_is_not_sorted(
    opened: Callable[[str], AsyncEngine], sqlite_url: str
) -> None:
    engine = opened(sqlite_url)
    store = EventStore(engine, page_size=10)
    await store.create_tables()
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


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///events.db", "sqlite+aiosqlite:///events.db"),
        ("sqlite+aiosqlite:////data/events.db", "sqlite+aiosqlite:////data/events.db"),
        ("postgres://u:p@db/shop", "postgresql+asyncpg://u:p@db/shop"),
        ("postgresql://u:p@db:1/shop?sslmode=require", "postgresql+asyncpg://u:p@db:1/shop?ssl=require"),
    ],
)
async def test_addresses_get_the_driver_that_is_used(given: str, used: str) -> None:
    assert database_url(given).render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("mysql://u:secret@db/shop", "'mysql'; SQLite and PostgreSQL are supported"),
        ("postgresql+psycopg2://u:secret@db/shop", "psycopg2"),
        ("u:secret", "is not a database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
async def test_addresses_that_are_not_usable_are_told(given: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        open_engine(given)
    assert "secret" not in str(caught.value)


def by_what_to_do(sqlstate: str) -> set[type[DatabaseError]]:
    """What a state of PostgreSQL may be told as; its first two characters are its class."""
    if sqlstate in {"42P01", "42703", "3F000"}:
        return {DatabaseNotPrepared}
    if sqlstate[:2] in {"22", "23"} or sqlstate == "42601":
        return {DatabaseRejected}  # values, constraints, syntax: the caller's mistakes
    if sqlstate[:2] in {"08", "28", "3D", "40", "53", "57", "58", "XX"}:
        return {DatabaseUnavailable}
    return {DatabaseRejected, DatabaseUnavailable}


def test_every_error_of_postgresql_is_told_by_what_to_do_about_it() -> None:
    kinds = [
        member
        for member in vars(asyncpg).values()
        if inspect.isclass(member) and issubclass(member, asyncpg.PostgresError) and member.sqlstate
    ]
    assert len(kinds) > 200
    told = {kind.__name__: (type(database_error(kind("reason"), "db")), kind.sqlstate) for kind in kinds}
    assert {
        name: (found, state) for name, (found, state) in told.items() if found not in by_what_to_do(state)
    } == {}


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError("Connection refused"), DatabaseUnavailable),
        (TimeoutError(), DatabaseUnavailable),
        (sqlalchemy.exc.TimeoutError("pool"), DatabaseUnavailable),
        (asyncpg.InterfaceError("connection is closed"), DatabaseUnavailable),
        (sqlite3.OperationalError("unable to open database file"), DatabaseUnavailable),
        (sqlite3.OperationalError("no such table: events"), DatabaseNotPrepared),
        (sqlite3.IntegrityError("NOT NULL constraint failed"), DatabaseRejected),
        (sqlalchemy.exc.StatementError("m", "s", None, ValueError("no time zone")), DatabaseRejected),
    ],
)
def test_errors_of_other_layers_are_told_too(error: Exception, found: type[DatabaseError]) -> None:
    assert type(database_error(error, "db")) is found
