"""Locked, busy, unreachable, slow or damaged databases, and recovery from them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseUnavailable, EventStore
from adapters.database.engine import DatabaseBounds, reading, writing
from adapters.database.migrations import migrate
from tests.support.builders.recorded_events import NOW, an_event, browsed
from tests.support.builders.storage.database_engines import IMPATIENT, PATIENT, Opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(opened: Opened, database_url: str) -> AsyncEngine:
    """Engine with short timeouts."""
    return opened(database_url, IMPATIENT)


async def test_a_locked_table_is_unavailable_until_it_is_unlocked(
    engine: AsyncEngine, store: EventStore
) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("DELETE FROM events"))
        if connection.dialect.name == "postgresql":
            await connection.execute(text("LOCK TABLE events"))
        with pytest.raises(DatabaseUnavailable):
            await store.add([an_event()])
    assert await store.add([an_event()]) == ["added"]


async def test_waiting_for_a_connection_is_bounded(engine: AsyncEngine, store: EventStore) -> None:
    async with reading(engine), reading(engine), reading(engine):
        with pytest.raises(DatabaseUnavailable, match="QueuePool limit"):
            await store.add([an_event()])


async def test_waiting_writers_do_not_block_readers(opened: Opened, sqlite_url: str) -> None:
    engine = opened(sqlite_url, IMPATIENT)
    await migrate(engine)
    store = EventStore(engine)
    async with writing(engine):
        writers = [asyncio.create_task(store.add([an_event(f"e{number}")])) for number in range(9)]
        await asyncio.sleep(0.05)
        async with reading(engine), reading(engine):
            pass
    for ended in await asyncio.gather(*writers, return_exceptions=True):
        assert not isinstance(ended, BaseException) or isinstance(ended, DatabaseUnavailable)
    assert await store.add([an_event("later")]) == ["added"]


async def test_a_failed_transaction_is_rolled_back(engine: AsyncEngine, store: EventStore) -> None:
    with pytest.raises(ZeroDivisionError):
        async with writing(engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO events VALUES ('a', 'u', 'p', 'view', :at, :at, NULL, NULL, NULL, NULL, NULL)"
                ).bindparams(
                    at=NOW if connection.dialect.name == "postgresql" else "2026-05-17 09:30:00.000000"
                )
            )
            raise ZeroDivisionError
    assert await browsed(store) == []


@pytest.fixture(params=["away", "no such host", "no such database", "no such folder", "no database"])
def unavailable_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an unusable database."""
    if request.param == "away":
        return f"postgresql://someone:secret@127.0.0.1:{request.getfixturevalue('free_port')}/shop"
    if request.param == "no such host":
        return "postgresql://someone:secret@no-such-host.invalid/shop"
    if request.param == "no such database":
        address = make_url(request.getfixturevalue("postgres_database_url")).set(database="nowhere")
        return address.render_as_string(hide_password=False)
    if request.param == "no such folder":
        return f"sqlite:///{tmp_path}/none/events.db"
    (tmp_path / "events.db").write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    return f"sqlite:///{tmp_path}/events.db"


async def test_an_unusable_database_is_unavailable(opened: Opened, unavailable_url: str) -> None:
    engine = opened(unavailable_url, IMPATIENT)
    store = EventStore(engine)
    for call in (browsed(store), store.add([an_event()]), migrate(engine)):
        with pytest.raises(DatabaseUnavailable, match="cannot be used") as caught:
            await call
        assert "secret" not in str(caught.value)


async def test_a_file_that_cannot_be_opened_leaves_no_thread(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    start = threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread: (started.append(thread.name), start(thread))
    )
    engine = opened(f"sqlite:///{tmp_path}/none/events.db")
    with pytest.raises(DatabaseUnavailable, match="unable to open"):
        await browsed(EventStore(engine))
    # The driver's thread would sometimes outlive the event loop and print a traceback.
    assert not [name for name in started if "connection_worker" in name]


async def test_a_database_is_used_again_after_an_outage(opened: Opened, tmp_path: Path) -> None:
    engine = opened(f"sqlite:///{tmp_path}/volume/events.db")
    with pytest.raises(DatabaseUnavailable, match="unable to open"):
        await migrate(engine)
    (tmp_path / "volume").mkdir()
    await migrate(engine)
    assert await browsed(EventStore(engine)) == []


async def test_a_dead_idle_connection_is_replaced(opened: Opened, postgres_database_url: str) -> None:
    engine = opened(postgres_database_url)
    store = EventStore(engine)
    await migrate(engine)
    async with reading(engine) as connection:
        ours = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    async with reading(opened(postgres_database_url)) as connection:
        await connection.execute(text(f"SELECT pg_terminate_backend({ours}, 5000)"))
    assert await store.add([an_event()]) == ["added"]


@pytest.mark.parametrize(("idle_seconds", "tested"), [(0.0, True), (600.0, False)])
async def test_a_connection_is_tested_after_it_was_idle(
    opened: Opened, postgres_database_url: str, idle_seconds: float, tested: bool
) -> None:
    engine = opened(postgres_database_url, DatabaseBounds(connections=1, idle_seconds=idle_seconds))
    sent: list[str] = []
    async with reading(engine) as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        driver.add_query_logger(lambda record: sent.append(record.query))
        sent.clear()
    async with reading(engine) as connection:
        await connection.execute(text("SELECT 1"))
    assert sent == ["SELECT 1"] * tested + ["BEGIN;", "ROLLBACK;"]


@asynccontextmanager
async def never_closed(url: str) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """URL of a relay that keeps connections open which the server closes.

    Calling the function loses all that is sent on connections that are open.
    """
    address, ended = make_url(url), asyncio.Event()
    open_ones = list[asyncio.Future[list[None]]]()
    folder = address.query.get("host")

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = address.port or 5432
        server = await (
            asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
            if folder
            else asyncio.open_connection(address.host, port)
        )
        open_ones.append(asyncio.gather(copy(reader, server[1]), copy(server[0], writer)))
        await ended.wait()
        writer.close()
        server[1].close()

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while block := await source.read(65536):
            target.write(block)

    def lose() -> None:
        while open_ones:
            open_ones.pop().cancel()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        relayed = address.set(host="127.0.0.1", port=port, query={})
        yield relayed.render_as_string(hide_password=False), lose
        lose()
        ended.set()


async def test_the_first_lost_connection_replaces_all(opened: Opened, postgres_database_url: str) -> None:
    """A network that loses packets closes no connection."""
    bounds = replace(PATIENT, idle_seconds=0.0, test_seconds=0.2)
    await migrate(opened(postgres_database_url))
    async with never_closed(postgres_database_url) as (url, lose):
        engine, made, lost = opened(url, bounds), list[object](), list[object]()
        event.listen(engine.sync_engine.pool, "connect", lambda *found: made.append(found[0]))
        async with reading(engine), reading(engine), reading(engine):
            pass
        lose()
        first = made[:]
        event.listen(engine.sync_engine.pool, "invalidate", lambda *found: lost.append(found[0]))
        async with asyncio.timeout(30):
            added = [await EventStore(engine).add([an_event(f"e{number}")]) for number in range(4)]
        assert added == [["added"]] * 4
        assert sum(one in first for one in lost) == 1, "the others were replaced without a test"


async def test_a_connection_that_dies_in_use_is_unavailable(
    opened: Opened, postgres_database_url: str
) -> None:
    with pytest.raises(DatabaseUnavailable, match="terminating connection"):
        async with reading(opened(postgres_database_url)) as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_connection_that_the_server_ended_is_named_before_it_is_closed(
    opened: Opened, postgres_database_url: str
) -> None:
    """The driver has a reason of its own until the connection is closed."""
    async with never_closed(postgres_database_url) as (url, _):
        engine = opened(url)
        with pytest.raises(DatabaseUnavailable, match=r"cannot be used: the server ended the connection$"):
            async with reading(engine) as connection:
                ours = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                async with reading(opened(postgres_database_url)) as other:
                    await other.execute(text(f"SELECT pg_terminate_backend({ours}, 5000)"))
                await asyncio.sleep(0.2)
                await connection.execute(text("SELECT 1"))


async def test_a_slow_statement_is_unavailable(opened: Opened, postgres_database_url: str) -> None:
    engine, replaced = opened(postgres_database_url, IMPATIENT), list[BaseException | None]()
    event.listen(engine.sync_engine.pool, "invalidate", lambda *found: replaced.append(found[2]))
    with pytest.raises(DatabaseUnavailable, match="no answer in time"):
        async with reading(engine) as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))
    assert [type(error) for error in replaced] == [TimeoutError], "it would wait again for a rollback"
