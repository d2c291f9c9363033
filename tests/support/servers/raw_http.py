"""A real HTTP server that answers with given bytes, including invalid ones."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType

Script = Iterable[bytes | float]
"""Bytes to send and seconds to wait. The connection is closed afterwards."""


@dataclass(frozen=True)
class Request:
    """A received request, with its target unparsed and header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def http(status: int, body: bytes | str, content_type: str = "application/json", **headers: str) -> Script:
    """A well-formed answer."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Status", f"content-type: {content_type}", f"content-length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join([*lines, "connection: close", "", ""]).encode() + content]


def json_answer(value: object) -> Script:
    """A 200 with JSON."""
    return http(200, json.dumps(value))


_LOOP_STEPS = 20
"""Steps of a loop from the acceptance of a connection to its task, or from its end to the closed socket, and more."""


class RawServer:
    """Answers each request with `answer`, in its own thread. A context manager."""

    def __init__(self, answer: Callable[[Request], Script]) -> None:
        self.requests: list[Request] = []
        self.url = ""
        self._answer = answer
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "RawServer":
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        for _ in range(_LOOP_STEPS):  # or a connection that was just accepted would stay open
            await asyncio.sleep(0)
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        for _ in range(_LOOP_STEPS):  # The sockets are closed in the loop's next steps.
            await asyncio.sleep(0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Registered before its task begins, or a stop at this moment would leave the connection open.
        self._writers.append(writer)
        task = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.requests.append(request)
            for part in self._answer(request):
                if isinstance(part, bytes):
                    writer.write(part)
                    await writer.drain()
                else:
                    await asyncio.sleep(part)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # The client closed the connection, as some tests do.
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)
