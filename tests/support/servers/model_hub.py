"""A model hub in a thread of this process, which fails as told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c" * 40
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"w" * 100_000,
    "onnx/model.onnx": b"o" * 10,
    "old.bin": b"b",
}


@dataclass
class Hub:
    """Answers of the hub.

    Attributes:
        url: its address.
        failure: status and headers of every answer, or None.
        broken: name of a file of which half is sent.
        html: whether every answer is a page, as of a login in between.
        fetched: names of files that were sent.
    """

    url: str = ""
    failure: tuple[int, dict[str, str]] | None = None
    broken: str = ""
    html: bool = False
    fetched: list[str] = field(default_factory=list)


@contextmanager
def model_hub() -> Iterator[Hub]:
    """Serves the model `shop/model` for the block."""
    hub = Hub()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, hub)) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *arguments: Any) -> None:
        self._hub = hub
        super().__init__(*arguments)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self._hub.failure is not None:
            self._send(self._hub.failure[0], b"{}", self._hub.failure[1])
        elif self._hub.html:
            self._send(200, b"<html>Log in</html>", {})
        elif path.startswith("/api/models/shop/model/tree/"):
            self._json([_entry(name) for name in FILES])
        elif path.startswith("/api/models/shop/model"):
            siblings = [{"rfilename": name} for name in FILES]
            self._json({"id": "shop/model", "sha": COMMIT, "siblings": siblings})
        elif path.startswith(f"/shop/model/resolve/{COMMIT}/"):
            self._file(path.partition(f"{COMMIT}/")[2])
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _file(self, name: str) -> None:
        content = FILES[name]
        headers = {"ETag": f'"{sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        if self.command == "GET":
            self._hub.fetched.append(name)
            content = content[: len(content) // 2] if name == self._hub.broken else content
        self._send(200, content, headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


def _entry(name: str) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(FILES[name]), "oid": sha256(FILES[name]).hexdigest()}
