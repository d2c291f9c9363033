"""A real HTTP server on loopback that serves a key set, with optional faults."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc.jwk import Key


class JwksServer:
    """Serves a given answer. It can be restarted on the same port."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.delay_seconds = 0.0
        self.seconds_per_byte = 0.0
        self.requests = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread = threading.Thread()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/jwks"

    def publish(self, *keys: Key) -> None:
        self.status, self.headers = 200, {}
        self.body = json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()

    def start(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.requests += 1
                time.sleep(owner.delay_seconds)
                self.send_response(owner.status)
                for name, value in owner.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    owner.send(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        if not self.seconds_per_byte:
            handler.wfile.write(self.body)
            return
        for byte in self.body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(self.seconds_per_byte)

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None
