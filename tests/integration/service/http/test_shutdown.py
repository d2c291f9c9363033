"""Requests on open connections while the server stops."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from litestar.types import Receive, Scope, Send

from service.http.uvicorn_protocol import BoundedHttpProtocol
from tests.support.servers.threaded_server import threaded_server
from tests.support.servers.waiting import wait_until

PATIENCE = 60.0


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})


class PatientProtocol(BoundedHttpProtocol):
    farewell_seconds = PATIENCE


class ImpatientProtocol(BoundedHttpProtocol):
    farewell_seconds = 0.1


@contextmanager
def server(protocol: type[BoundedHttpProtocol]) -> Iterator[tuple[uvicorn.Server, threading.Thread]]:
    """Runs a server with this protocol."""
    with threaded_server(answer, protocol, lifespan="off", timeout_keep_alive=int(PATIENCE)) as running:
        yield running


def end(running: uvicorn.Server) -> None:
    """Stops the server and waits until it accepts no more connections."""
    running.should_exit = True
    wait_until(lambda: not any(one.is_serving() for one in running.servers), "the server ends", PATIENCE)


def connect(running: uvicorn.Server) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", running.config.port, timeout=PATIENCE)
    connection.auto_open = False
    connection.connect()
    return connection


def ask(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    connection.request("GET", "/")
    answered = connection.getresponse()
    assert (answered.status, answered.read()) == (200, b"ok")
    return answered


@pytest.mark.parametrize("used_before", [True, False])
def test_open_connection_gets_one_last_answer_from_a_stopping_server(used_before: bool) -> None:
    with server(PatientProtocol) as (running, thread):
        connection = connect(running)
        if used_before:
            assert ask(connection).getheader("connection") is None
        wait_until(lambda: bool(running.server_state.connections), "a connection", PATIENCE)
        end(running)
        assert ask(connection).getheader("connection") == "close"
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server waits although its last answer is sent"


def test_idle_connection_does_not_delay_the_stop() -> None:
    with server(ImpatientProtocol) as (running, thread):
        connection = connect(running)
        ask(connection)
        end(running)
        thread.join(PATIENCE / 2)
        assert not thread.is_alive()
        connection.close()
