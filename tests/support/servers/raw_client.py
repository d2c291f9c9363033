"""An HTTP client that sends given bytes at a given speed."""

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
    """One answer, with header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def problem(self) -> dict[str, Any]:
        """The body as a problem document."""
        assert self.headers["content-type"] == "application/problem+json", self
        found: dict[str, Any] = json.loads(self.body)
        return found


def exchange(url: str, parts: Iterable[bytes | float], *, half_close: bool = False) -> RawAnswer:
    """Sends `parts` and reads one answer.

    Args:
        url: base URL of the server.
        parts: bytes to send and seconds to wait. Sending ends early if the server closes the connection.
        half_close: closes the sending side before reading.

    Raises:
        AssertionError: no answer.
    """
    with _connected(url) as connection:
        try:
            _send(connection, parts)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server has answered and rejects the rest.
        with connection.makefile("rb") as stream:
            answer = _read(stream)
    assert answer is not None
    return answer


def converse(url: str, parts: Iterable[bytes | float]) -> list[RawAnswer]:
    """Sends all `parts` on one connection. Returns every answer until the server closes it."""
    answers = []
    with _connected(url) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            _send(connection, parts)
        with connection.makefile("rb") as stream:
            while (answer := _read(stream)) is not None:
                answers.append(answer)
    return answers


def statuses(url: str, *parts: bytes | float) -> list[int]:
    """Sends all `parts` on one connection. Returns the status of every answer."""
    return [answer.status for answer in converse(url, parts)]


def head(start: bytes, token: bytes, *headers: bytes, host: Iterable[bytes] = (b"test",)) -> bytes:
    """Head of a request.

    Args:
        start: its first line.
        token: access token.
        headers: lines of further headers.
        host: value of each `Host` header.
    """
    hosts = [b"host: " + name for name in host]
    return b"\r\n".join([start, *hosts, b"authorization: Bearer " + token, *headers, b"", b""])


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
    """Reads one answer. None at the end of the connection."""
    first = stream.readline()
    if not first:
        return None
    assert first.startswith(b"HTTP/1."), first
    headers = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return RawAnswer(int(first.split()[1]), headers, body)
