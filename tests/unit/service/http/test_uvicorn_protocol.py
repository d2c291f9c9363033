"""Memory that one connection can hold, on a transport that records calls."""

import asyncio

import pytest
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from service.http.uvicorn_protocol import BoundedHttpProtocol

REQUEST = b"POST / HTTP/1.1\r\nhost:\r\ncontent-length: 0\r\n\r\n"
SEGMENT = 256 * 1024


class RecordingTransport(asyncio.Transport):
    """Keeps what is written, and whether reading is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


class PatientApp:
    """Reads each request, and answers it once it is released."""

    def __init__(self) -> None:
        self.released = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await receive()
            await self.released.acquire()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def release(self, number: int) -> None:
        for _ in range(number):
            self.released.release()
        for _ in range(number * 5):
            await asyncio.sleep(0)


@pytest.mark.anyio
async def test_nothing_is_read_while_requests_of_the_connection_wait() -> None:
    app, transport = PatientApp(), RecordingTransport()
    config = Config(app, log_config=None, access_log=False)
    protocol = BoundedHttpProtocol(config, ServerState(), {})
    protocol.connection_made(transport)
    number = SEGMENT // len(REQUEST)
    protocol.data_received(REQUEST * number)
    for _ in range(10):
        await app.release(1)
        assert transport.is_paused
        assert len(protocol.pipeline) < 100
    while protocol.pipeline:
        await app.release(10)
    await app.release(1)
    assert transport.written.count(b"HTTP/1.1 204") == number
    assert not transport.is_paused
    protocol.connection_lost(None)
