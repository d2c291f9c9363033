"""Ports on loopback for the programs of a demo."""

import fcntl
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"


@contextmanager
def reserved_ports(preferred: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """A free port for each name.

    The preferred ones are for one demo at a time, until its block ends: its service starts minutes after its ports are
    chosen. Other demos get any free ports.
    """
    with ExitStack() as until_the_end:
        is_first = False
        with suppress(OSError):  # held by another demo, or by that of another user
            lock = until_the_end.enter_context(_lock_file().open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_first = True
        yield free_ports(preferred if is_first else dict.fromkeys(preferred, 0))


def free_ports(preferred: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name, the preferred one if possible. 0 prefers none."""
    chosen: dict[str, int] = {}
    sockets: list[socket.socket] = []
    try:
        for name, port in preferred.items():
            listener = _bound(port) or _bound(0)
            if listener is None:
                raise OSError(f"no free port on {LOOPBACK} for the {name}")
            sockets.append(listener)
            chosen[name] = listener.getsockname()[1]
    finally:
        for listener in sockets:
            listener.close()
    return chosen


def _lock_file() -> Path:
    return Path(tempfile.gettempdir(), "recommender-demo-ports.lock")


def _bound(port: int) -> socket.socket | None:
    listener = socket.socket()
    # Closed connections of a demo that just ended must not keep the port occupied.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError:
        listener.close()
        return None
    return listener
