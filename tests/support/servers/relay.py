"""A relay of connections that can fail."""

import socket
import threading
from contextlib import suppress

_CHUNK = 16 * 1024


class Relay:
    """Passes connections to a port on, unless it is down.

    Attributes:
        port: where it listens.
        budget: number of bytes from the server after which it goes down. None: no limit.
        upload_budget: the same for bytes to the server.
        lose_answer_to: bytes of a request to the server whose answer is lost, once. None: of none.
        passed: number of bytes passed on so far, in both directions.
    """

    def __init__(self, target: int) -> None:
        self.budget: int | None = None
        self.upload_budget: int | None = None
        self.lose_answer_to: bytes | None = None
        self.passed = 0
        self._target, self._down, self._open = target, False, set[socket.socket]()
        self._losing = set[socket.socket]()
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
                    try:
                        server = socket.create_connection(("127.0.0.1", self._target))
                    except OSError:  # the server was killed
                        client.close()
                        continue
                    self._open |= {client, server}
                threading.Thread(
                    target=self._pass, args=(client, server, "upload_budget"), daemon=True
                ).start()
                threading.Thread(target=self._pass, args=(server, client, "budget"), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, budget: str) -> None:
        with suppress(OSError):
            while block := source.recv(_CHUNK):
                if source in self._losing:
                    break
                if (
                    budget == "upload_budget"
                    and self.lose_answer_to is not None
                    and self.lose_answer_to in block
                ):
                    self.lose_answer_to = None
                    self._losing.add(target)
                left = getattr(self, budget)
                if left is not None:
                    setattr(self, budget, left - len(block))
                    if left < len(block):
                        target.sendall(block[:left])
                        self.fail()
                        break
                target.sendall(block)
                with self._lock:
                    self.passed += len(block)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, target}
        source.close()
