"""A server that speaks S3 (moto), behind a relay that can fail."""

import os
import socket
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import httpx

from tests.support.servers.ports import listens, unused_port
from tests.support.servers.processes import Server

_CHUNK = 16 * 1024


class Relay:
    """Passes connections to a port on, unless it is down.

    Attributes:
        port: where it listens.
        budget: number of bytes from the server after which it goes down. None: no limit.
        upload_budget: the same for bytes to the server.
    """

    def __init__(self, target: int) -> None:
        self.budget: int | None = None
        self.upload_budget: int | None = None
        self._target, self._down, self._open = target, False, set[socket.socket]()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self) -> None:
        """Cuts all connections and accepts none."""
        with self._lock:
            self._down = True
            self.budget = self.upload_budget = None
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def recover(self) -> None:
        """Accepts connections again."""
        with self._lock:
            self._down = False
            self.budget = self.upload_budget = None

    def close(self) -> None:
        """Ends the relay."""
        self.fail()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    if self._down:
                        client.close()
                        continue
                    server = socket.create_connection(("127.0.0.1", self._target))
                    self._open |= {client, server}
                threading.Thread(
                    target=self._pass, args=(client, server, "upload_budget"), daemon=True
                ).start()
                threading.Thread(target=self._pass, args=(server, client, "budget"), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, budget: str) -> None:
        with suppress(OSError):
            while block := source.recv(_CHUNK):
                left = getattr(self, budget)
                if left is not None:
                    setattr(self, budget, left - len(block))
                    if left < len(block):
                        target.sendall(block[:left])
                        self.fail()
                        break
                target.sendall(block)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, target}
        source.close()


class S3Server:
    """One process, which keeps its objects in memory.

    Attributes:
        relay: what clients connect to.
        environment: variables that make clients use the server.
    """

    def __init__(self) -> None:
        self._port = unused_port()
        self._folder = tempfile.TemporaryDirectory(prefix="s3-")
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)]
        self._server = Server(
            command, os.environ, lambda: listens(self._port), Path(self._folder.name, "moto.log")
        )
        self.relay = Relay(self._port)
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.relay.port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def start(self) -> None:
        """Starts the process and waits until it accepts connections."""
        self._server.start()
        self._server.wait_until_ready()

    def create_bucket(self, name: str) -> str:
        """Creates a bucket, and returns its URL."""
        answer = httpx.put(f"http://127.0.0.1:{self._port}/{name}", trust_env=False)
        assert answer.status_code == 200, answer.text
        return f"s3://{name}"

    def close(self) -> None:
        """Stops the process."""
        self.relay.close()
        self._server.stop()
        self._folder.cleanup()
