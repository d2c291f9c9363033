"""A stand-in for the service and its issuer that records what shoppers send."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

PRODUCTS = [f"product-{number}" for number in range(40)]


@dataclass
class StandIn:
    """Faults to show, and the recorded calls.

    Attributes:
        forgets: bought products are offered again.
        refuses: beginnings of paths that are answered with 503.
        pause: seconds before each answer.
        subjects: number of issued tokens by subject.
        calls: number of calls by path.
        events: all events.
    """

    url: str = ""
    forgets: bool = False
    refuses: tuple[str, ...] = ()
    pause: float = 0.0
    subjects: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    events: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and content."""
        self.calls[path] += 1
        if path.startswith(self.refuses):
            return 503, {"title": "Overloaded"}
        if path == "/token":
            form = parse_qs(body.decode())
            self.subjects[form.get("subject", ["the shop"])[0]] += 1
            return 200, {"access_token": form.get("subject", ["shop"])[0], "expires_in": 3600}
        if path == "/v1/events":
            self.events += json.loads(body)["events"]
            return 202, {"accepted": 1, "duplicates": 0}
        hidden = set() if self.forgets else self._bought_by(path)
        items = [{"product_id": product} for product in PRODUCTS if product not in hidden]
        return 200, {"recommendation_id": "r", "items": items}

    def _bought_by(self, path: str) -> set[str]:
        _, *parts = path.split("/")
        user = parts[2] if parts[:2] == ["v1", "users"] else None
        return {
            event["product_id"]
            for event in self.events
            if event["user_id"] == user and event["kind"] == "purchase"
        }


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    """Serves the stand-in on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, content = stand_in.answer(self.path.partition("?")[0], body)
            time.sleep(stand_in.pause)
            encoded = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
