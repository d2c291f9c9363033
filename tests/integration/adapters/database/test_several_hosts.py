"""Parameters and several hosts, with a real PostgreSQL."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseUnavailable, EventStore
from adapters.database.engine import reading, writing
from adapters.database.migrations import migrate
from tests.support.builders.recorded_events import an_event, browsed
from tests.support.builders.storage.database_engines import PATIENT, Opened
from tests.support.servers.certificates import untrusted_server

pytestmark = pytest.mark.anyio


def printed(url: str, first_host: str = "", parameters: str = "") -> str:
    """The test's database, as a provider prints it."""
    parts = make_url(url)
    socket = parts.query.get("host")
    own = f"{parts.host or 'localhost'}:{parts.port or 5432}"
    user = f"{parts.username}:{parts.password}" if parts.password else f"{parts.username}"
    hosts = f"?host={first_host}{socket}&" if socket else "?"
    authority = "" if socket else f"{first_host}{own}"
    return f"postgresql://{user}@{authority}/{parts.database}{hosts}{parameters}"


async def show(engine: AsyncEngine, name: str) -> str:
    async with reading(engine) as connection:
        return str((await connection.execute(text(f"SHOW {name}"))).scalar_one())


async def test_parameters_reach_the_server(opened: Opened, postgres_database_url: str) -> None:
    parameters = "application_name=shop&options=-c%20work_mem%3D4321kB&sslmode=prefer&connect_timeout=10"
    engine = opened(printed(postgres_database_url, parameters=parameters))
    assert [await show(engine, name) for name in ("application_name", "work_mem")] == ["shop", "4321kB"]


@pytest.mark.parametrize("first", ["dead", "hanging"])
async def test_the_next_host_is_used(
    opened: Opened, postgres_database_url: str, free_port: int, first: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if first == "hanging" else free_port
        engine = opened(printed(postgres_database_url, f"127.0.0.1:{port},", "connect_timeout=4"))
        await migrate(engine)
        assert await EventStore(engine).add([an_event()]) == ["added"]


async def test_the_remedy_of_a_host_is_said_once(opened: Opened, free_port: int, tmp_path: Path) -> None:
    context = untrusted_server(tmp_path)
    async with await asyncio.start_server(lambda *_: None, "localhost", 0, ssl=context) as server:
        hosts = f"localhost:{server.sockets[0].getsockname()[1]},127.0.0.1:{free_port}"
        engine = opened(f"postgresql://u:x@{hosts}/shop?sslmode=verify-full&sslnegotiation=direct")
        with pytest.raises(
            DatabaseUnavailable,
            match=r"self-signed certificate [^ ]+; .*\. Set sslrootcert or SSL_CERT_FILE to its authority$",
        ):
            await browsed(EventStore(engine))


async def test_a_server_that_became_read_only_is_left(opened: Opened, postgres_database_url: str) -> None:
    """After a failover, pooled connections still lead to the former primary."""
    database = make_url(postgres_database_url).database
    engine, operator = (
        opened(printed(postgres_database_url, "nowhere.invalid,"), replace(PATIENT, read_only_seconds=0.0)),
        opened(postgres_database_url),
    )
    store = EventStore(engine)
    await migrate(engine)

    async def change(value: str) -> None:
        async with reading(operator) as connection:
            await connection.execute(
                text(f'ALTER DATABASE "{database}" SET default_transaction_read_only = {value}')
            )
            await connection.commit()

    async with reading(engine) as connection:  # As the server does to a session when it is demoted.
        await connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        await connection.commit()
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        await store.add([an_event()])
    assert await store.add([an_event()]) == ["added"], "a new connection"
    await change("on")
    await engine.dispose()
    with pytest.raises(
        DatabaseUnavailable, match=r": nowhere\.invalid:5432: \[Errno.*; .*:.*: it is not read-write$"
    ):
        await browsed(store)
    await operator.dispose()


async def test_a_read_only_server_is_connected_to_once_in_a_while(
    opened: Opened, postgres_database_url: str
) -> None:
    """Failing writes do not take the connections of reads."""
    engine = opened(postgres_database_url)
    await migrate(engine)
    store, connected = EventStore(engine), []
    event.listen(engine.sync_engine, "connect", lambda *_: connected.append(1))
    async with writing(engine) as connection:
        database = make_url(postgres_database_url).database
        await connection.execute(text(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on'))
    await engine.dispose()
    for number in range(5):
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            await store.add([an_event(f"e{number}")])
        assert await browsed(store) == []
    assert len(connected) == 1
