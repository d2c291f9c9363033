"""Callers that do not read their answers or do not finish their heads."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from litestar.types import Receive, Scope, Send

from service.http.connection_timeouts import UnreadAnswers
from service.http.uvicorn_protocol import BoundedHttpProtocol
from tests.support.servers.threaded_server import threaded_server
from tests.support.servers.waiting import wait_until

SIZE = 16 << 20
"""More than the sockets of a connection hold."""

PATIENCE = 60.0
REQUEST = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    length = (b"content-length", str(SIZE).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": bytes(SIZE), "more_body": False})


class ImpatientProtocol(BoundedHttpProtocol):
    reading_seconds = 0.2


class PatientProtocol(BoundedHttpProtocol):
    reading_seconds = PATIENCE
    unread_answers = UnreadAnswers(2 * SIZE)


class HastyProtocol(BoundedHttpProtocol):
    head_seconds = 0.2


@contextmanager
def server(protocol: type[BoundedHttpProtocol], idle_seconds: int = 5) -> Iterator[uvicorn.Server]:
    """Runs a server with this protocol. Its end does not wait for connections."""
    with threaded_server(answer, protocol, lifespan="off", timeout_keep_alive=idle_seconds) as (running, _):
        try:
            yield running
        finally:
            running.force_exit = True


@contextmanager
def connected(running: uvicorn.Server, *requests: bytes) -> Iterator[socket.socket]:
    """A connection on which the requests are sent and no answer is read."""
    with socket.create_connection(("127.0.0.1", running.config.port), timeout=PATIENCE) as connection:
        for request in requests:
            connection.sendall(request)
        yield connection


def connections(running: uvicorn.Server) -> int:
    return len(running.server_state.connections)


def read_all(connection: socket.socket) -> int:
    """The number of bytes until the end of the connection or of one answer."""
    total = 0
    while total < SIZE:
        try:
            part = connection.recv(1 << 16)
        except ConnectionResetError:
            return total
        if not part:
            return total
        total += len(part)
    return total


@pytest.mark.parametrize(
    "requests", [[REQUEST], [REQUEST * 5], [REQUEST.replace(b"test", b"a\r\nconnection: close")]]
)
def test_connection_that_does_not_read_its_answer_is_aborted(requests: list[bytes]) -> None:
    with server(ImpatientProtocol) as running, connected(running, *requests) as connection:
        wait_until(lambda: running.server_state.total_requests > 0, "the first answer", PATIENCE)
        wait_until(lambda: not connections(running), "the connection is aborted", PATIENCE)
        assert read_all(connection) < SIZE


def test_connection_that_reads_keeps_its_answer() -> None:
    with server(ImpatientProtocol) as running, connected(running, REQUEST) as connection:
        assert read_all(connection) >= SIZE


def test_longest_unread_answers_are_aborted_when_all_are_too_large() -> None:
    with server(PatientProtocol) as running, ExitStack() as stack:
        readers = []
        for number in range(4):
            readers.append(stack.enter_context(connected(running, REQUEST)))
            wait_until(
                lambda expected=number + 1: running.server_state.total_requests == expected,
                "the answer",
                PATIENCE,
            )
        assert connections(running) < 4
        assert read_all(readers[0]) < SIZE
        assert read_all(readers[-1]) >= SIZE


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nhost: te"])
def test_connection_without_a_complete_head_is_closed(start: bytes) -> None:
    with server(HastyProtocol) as running, connected(running, start) as connection:
        assert read_all(connection) == 0


def test_later_head_without_an_end_is_closed() -> None:
    with server(HastyProtocol) as running, connected(running, REQUEST) as connection:
        assert read_all(connection) >= SIZE
        connection.sendall(b"GET / HTTP/1.1\r\n")
        while connection.recv(1 << 16):
            pass


@pytest.mark.parametrize("later", [b"", b"\r\n"])
def test_idle_connection_is_closed(later: bytes) -> None:
    with server(BoundedHttpProtocol, 1) as running, connected(running, REQUEST) as connection:
        assert len(connection.recv(1 << 16, socket.MSG_WAITALL)) > 0
        connection.sendall(later)
        assert read_all(connection) > 0
