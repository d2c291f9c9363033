"""Loopback ports for servers of tests."""

import os
import random
import socket

_PORTS = range(20_000, 32_000)
"""Below the ports of outgoing connections, so that a stopped server finds its port free again."""

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_draw = random.Random(os.getpid())
_given: set[int] = set()


def unused_port(*distances: int) -> int:
    """A port without a listener, unique within this run of the tests.

    The ports at `distances` above it have no listener either.
    """
    own = _PORTS[_WORKER::_WORKERS]
    while len(_given) < len(own):
        port = _draw.choice(own)
        if port not in _given and all(_is_free(port + distance) for distance in (0, *distances)):
            _given.add(port)
            return port
    raise RuntimeError(f"all of the ports {_PORTS.start}-{_PORTS.stop - 1} are in use")


def listens(port: int) -> bool:
    """True if a server on loopback accepts connections at the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
