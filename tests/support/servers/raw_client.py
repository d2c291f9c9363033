"""An HTTP client that sends exactly the bytes it is told to, at the speed it is told to."""

import contextlib
import json
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class RawAnswer:
    """What came back: the first answer on the connection; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def problem(self) -> dict[str, Any]:
        """The body as a problem document."""
        assert self.headers["content-type"] == "application/problem+json", self
        found: dict[str, Any] = json.loads(self.body)
        return found


def exchange(url: str, parts: Iterable[bytes | float], *, half_close: bool = False) -> RawAnswer:
    """Sends bytes, waits seconds, and reads one answer; AssertionError when none comes.

    Args:
        url: the server's.
        parts: bytes are sent, numbers are seconds to wait; sending ends early when the server closes.
        half_close: whether the sending side is closed before reading.
    """
    with _connected(url) as connection:
        try:
            _send(connection, parts)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered, and does not want the rest
        with connection.makefile("rb") as stream:
            answer = _read(stream)
    assert answer is not None
    return answer


def converse(url: str, parts: Iterable[bytes | float]) -> list[RawAnswer]:
    """Sends all `parts` on one connection; returns every answer until the server closes it."""
    answers = []
    with _connected(url) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # closed before the end
            _send(connection, parts)
        with connection.makefile("rb") as stream:
            while (answer := _read(stream)) is not None:
                answers.append(answer)
    return answers


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=_WAIT_SECONDS)


def _send(connection: socket.socket, parts: Iterable[bytes | float]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            connection.sendall(part)
        else:
            time.sleep(part)


def _read(stream: BinaryIO) -> RawAnswer | None:
    """Reads one answer; None at the end of the connection."""
    first = stream.readline()
    if not first:
        return None
    assert first.startswith(b"HTTP/1.1 "), first
    headers = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return RawAnswer(int(first.split()[1]), headers, body)
