"""Sends the head of an answer together with its body."""

from asyncio import AbstractEventLoop, Transport


class JoinedWrites:
    """Transport of one answer, which holds its first write back until the second.

    uvicorn writes head and body separately, and each write is a system call and a packet of its own. What is held back
    is sent in the next iteration of the loop at the latest.
    """

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = b""

    def write(self, data: bytes) -> None:
        """See `Transport`."""
        if self._held is None:
            self._transport.write(data)
        elif self._held:
            held, self._held = self._held, None
            self._transport.writelines([held, data])
        else:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Sends what is held back."""
        if self._held:
            self._transport.write(self._held)
        self._held = None

    def close(self) -> None:
        """See `Transport`."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """See `Transport`."""
        return self._transport.is_closing()
