"""A lean HTTP client with many open connections."""

import json
import select
import socket
import time
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

    socket: socket.socket
    place: int = -1
    received: bytes = b""

    def send(self, place: int, request: bytes) -> None:
        self.place, self.received = place, b""
        self.socket.sendall(request)

    def answer(self) -> bytes | None:
        """Reads. Returns the answer once it is complete.

        Raises:
            RuntimeError: the connection was closed.
        """
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise RuntimeError(f"the connection was closed after {self.received[:200]!r}")
        self.received += piece
        end = self.received.find(_HEAD_END)
        if end < 0:
            return None
        start = self.received.find(_LENGTH, 0, end)
        length = int(self.received[start + len(_LENGTH) :].split(b"\r", 1)[0]) if start >= 0 else 0
        return self.received if len(self.received) >= end + len(_HEAD_END) + length else None


@dataclass(slots=True)
class Client:
    """Keeps connections to one server open.

    Attributes:
        port: of the server on loopback.
        connections: number of requests under way.
    """

    port: int
    connections: int
    _open: dict[int, _Connection] = field(default_factory=dict)
    _used_at: float = 0.0

    def send(self, requests: Sequence[bytes]) -> list[bytes]:
        """Sends requests over all connections. Returns their bodies in order.

        Raises:
            RuntimeError: an answer that is no success, or none.
        """
        self.connect()
        bodies = [b""] * len(requests)
        waiting = iter(enumerate(requests))
        poll = select.epoll()
        busy = 0
        for descriptor, connection in self._open.items():
            if busy == len(requests):
                break
            connection.send(*next(waiting))
            poll.register(descriptor, select.EPOLLIN)
            busy += 1
        while busy:
            for descriptor in self._readable(poll):
                connection = self._open[descriptor]
                answer = connection.answer()
                if answer is None:
                    continue
                bodies[connection.place] = _body(answer, requests[connection.place])
                following = next(waiting, None)
                if following is None:
                    poll.unregister(descriptor)
                    busy -= 1
                else:
                    connection.send(*following)
        poll.close()
        self._used_at = time.monotonic()
        return bodies

    def json(self, requests: Sequence[bytes]) -> list[dict[str, Any]]:
        """Sends requests and decodes their answers."""
        return [json.loads(body) for body in self.send(requests)]

    def connect(self) -> None:
        """Opens connections, unless they were just used. The server closes idle ones."""
        if time.monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
        while len(self._open) < self.connections:
            opened = socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open[opened.fileno()] = _Connection(opened)
        self._used_at = time.monotonic()

    def close(self) -> None:
        """Closes the connections. The next requests open others."""
        for connection in self._open.values():
            connection.socket.close()
        self._open.clear()

    def _readable(self, poll: select.epoll) -> Iterator[int]:
        ready = poll.poll(_SECONDS)
        if not ready:
            raise RuntimeError(f"no answer within {_SECONDS:g} s")
        return (descriptor for descriptor, _ in ready)


def _body(answer: bytes, request: bytes) -> bytes:
    head, _, body = answer.partition(_HEAD_END)
    if not head.startswith(b"HTTP/1.1 2"):
        target = request.partition(b" HTTP")[0].decode()
        raise RuntimeError(f"{target} was answered with {head[:40]!r}: {body[:300]!r}")
    return body
