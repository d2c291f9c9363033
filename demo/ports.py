"""Free ports on loopback."""

import socket

LOOPBACK = "127.0.0.1"


def free_ports(preferred: dict[str, int]) -> dict[str, int]:
    """A free port for each name, the preferred one if possible."""
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
