"""An HTTP client that sends exactly the bytes it is told to, at the speed it is told to."""

import json
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
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
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=_WAIT_SECONDS) as connection:
        try:
            for part in parts:
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    time.sleep(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered, and does not want the rest
        return _read(connection)


def _read(connection: socket.socket) -> RawAnswer:
    with connection.makefile("rb") as stream:
        first = stream.readline()
        assert first.startswith(b"HTTP/1.1 "), first
        headers = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
    return RawAnswer(int(first.split()[1]), headers, body)
