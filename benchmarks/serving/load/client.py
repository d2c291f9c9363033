"""A lean HTTP client with many open connections."""

import json
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_SECONDS = 60.0
_IDLE_SECONDS = 2.0
_HEAD_END, _LENGTH = b"\r\n\r\n", b"content-length: "


def get(path: str, token: str | None = None) -> bytes:
    """A GET as it is sent."""
    return _head("GET", path, token) + b"\r\n"


def post(path: str, token: str, body: object) -> bytes:
    """A POST of JSON as it is sent."""
    content = json.dumps(body).encode()
    framing = f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    return _head("POST", path, token) + framing.encode() + content


def _head(method: str, path: str, token: str | None) -> bytes:
    bearer = f"authorization: Bearer {token}\r\n" if token else ""
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n{bearer}".encode()


@dataclass(slots=True)
class _Connection:
    """One connection, and what it received of its current answer."""

    port: int
    link: socket.socket | None = None
    used_at: float = 0.0
    place: int = -1
    received: bytes = b""

    def open(self) -> int:
        """Opens it, and again after a pause, since servers close idle connections.

        Returns its descriptor.
        """
        if self.link is None or time.monotonic() - self.used_at > _IDLE_SECONDS:
            self.close()
            self.link = socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.used_at = time.monotonic()
        return self.link.fileno()

    def close(self) -> None:
        """Closes it."""
        if self.link is not None:
            self.link.close()
            self.link = None

    def send(self, place: int, request: bytes) -> None:
        """Sends a request on the open connection."""
        assert self.link is not None
        self.place, self.received, self.used_at = place, b"", time.monotonic()
        self.link.sendall(request)

    def answer(self) -> bytes | None:
        """Reads. Returns the answer once it is complete.

        Raises:
            RuntimeError: the connection was closed.
        """
        assert self.link is not None
        piece = self.link.recv(1 << 18)
        if not piece:
            raise RuntimeError(f"the connection was closed after {self.received[:200]!r}")
        self.received += piece
        end = self.received.find(_HEAD_END)
        if end < 0:
            return None
        start = self.received.find(_LENGTH, 0, end)
        length = int(self.received[start + len(_LENGTH) :].split(b"\r", 1)[0]) if start >= 0 else 0
        return self.received if len(self.received) >= end + len(_HEAD_END) + length else None


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer to a request that was due at a time.

    Attributes:
        status: HTTP status.
        seconds: from the due time of the request to the complete answer.
    """

    status: int
    seconds: float


@dataclass(slots=True)
class Client:
    """Keeps connections to one server open.

    Attributes:
        port: of the server on loopback.
        connections: number of requests under way.
    """

    port: int
    connections: int
    _all: list[_Connection] = field(init=False)

    def __post_init__(self) -> None:
        self._all = [_Connection(self.port) for _ in range(self.connections)]

    def send(self, requests: Sequence[bytes]) -> list[bytes]:
        """Sends requests over all connections. Returns their bodies in order.

        Raises:
            RuntimeError: an answer that is no success, or none.
        """
        bodies = [b""] * len(requests)
        waiting = iter(enumerate(requests))
        with select.epoll() as poll:
            busy = {connection.open(): connection for connection in self._all[: len(requests)]}
            for descriptor, connection in busy.items():
                connection.send(*next(waiting))
                poll.register(descriptor, select.EPOLLIN)
            while busy:
                for descriptor in _readable(poll):
                    connection = busy[descriptor]
                    if (answer := connection.answer()) is None:
                        continue
                    bodies[connection.place] = _body(answer, requests[connection.place])
                    if (following := next(waiting, None)) is None:
                        poll.unregister(descriptor)
                        del busy[descriptor]
                    else:
                        connection.send(*following)
        return bodies

    def send_on_time(
        self, requests: Sequence[bytes], due: Sequence[float], *, exactly: bool = True
    ) -> list[Timed]:
        """Sends each request at its time, or once a connection is free.

        Does not wait for earlier answers, so that a slow one delays no later request unnoticed.

        Args:
            requests: in the order of their times.
            due: seconds from now, ascending.
            exactly: keeps a core busy to send at the exact time. Otherwise requests are sent up to a millisecond late.

        Returns:
            The answers, in the order of the requests.
        """
        self.connect()
        free, answers = deque(self._all), [Timed(0, 0.0)] * len(requests)
        busy: dict[int, _Connection] = {}
        began, following = time.monotonic(), 0
        with select.epoll() as poll:
            while busy or following < len(requests):
                now = time.monotonic() - began
                while free and following < len(requests) and due[following] <= now:
                    connection = free.popleft()
                    busy[descriptor := connection.open()] = connection
                    connection.send(following, requests[following])
                    poll.register(descriptor, select.EPOLLIN)
                    following += 1
                for descriptor in _readable(
                    poll, _wait(free, due[following : following + 1], began, exactly)
                ):
                    connection = busy[descriptor]
                    if (answer := connection.answer()) is None:
                        continue
                    late = time.monotonic() - began - due[connection.place]
                    answers[connection.place] = Timed(int(answer[len("HTTP/1.1 ") :][:3]), late)
                    poll.unregister(descriptor)
                    free.append(busy.pop(descriptor))
        return answers

    def json(self, requests: Sequence[bytes]) -> list[dict[str, Any]]:
        """Sends requests and decodes their answers."""
        return [json.loads(body) for body in self.send(requests)]

    def connect(self) -> None:
        """Opens all connections that are not open."""
        for connection in self._all:
            connection.open()

    def close(self) -> None:
        """Closes the connections. The next requests open others."""
        for connection in self._all:
            connection.close()


def _wait(
    free: Sequence[_Connection], following: Sequence[float], began: float, exactly: bool
) -> float | None:
    """Seconds until the next request is sent.

    None if an answer has to come first. Waits are rounded up to milliseconds.
    """
    if not free or not following:
        return None
    return 0.0 if exactly else max(0.0, following[0] - (time.monotonic() - began))


def _readable(poll: select.epoll, wait: float | None = None) -> Iterator[int]:
    """Descriptors with something to read, after at most `wait` seconds.

    Raises:
        RuntimeError: no answer comes.
    """
    ready = poll.poll(_SECONDS if wait is None else wait)
    if wait is None and not ready:
        raise RuntimeError(f"no answer within {_SECONDS:g} s")
    return (descriptor for descriptor, _ in ready)


def _body(answer: bytes, request: bytes) -> bytes:
    head, _, body = answer.partition(_HEAD_END)
    if not head.startswith(b"HTTP/1.1 2"):
        target = request.partition(b" HTTP")[0].decode()
        raise RuntimeError(f"{target} was answered with {head[:40]!r}: {body[:300]!r}")
    return body
