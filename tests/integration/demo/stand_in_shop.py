"""A small HTTP server that stands in for catalog, service and issuer."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from demo.state import Running

SECRET = "the-secret-of-the-demo"
ODD_SHOPPER = "Zoë's 50%25 off"
RECOMMENDED = ("e2", "[n]", "unknown")
TITLES = {"a,b": "Apples", "c\\d": "Cheese", "e": "Eggs", "e2": "Eggs", "[n]": "[Nuts]"}


class StandInShop:
    """Purchases and recommendations.

    `unexplained` shoppers get recommendations without a cause, `satisfied` ones none. Requests are recorded in `tokens`
    and `ids`.
    """

    def __init__(self) -> None:
        self.purchases = [
            purchase("ann", "a,b", "2024-01-01"),
            purchase(ODD_SHOPPER, "c\\d", "2024-01-02"),
            purchase(ODD_SHOPPER, "e", "2024-01-03"),
            purchase(ODD_SHOPPER, "c\\d", "2024-01-04"),
            purchase("bob", "e", "2024-01-05"),
        ]
        self.unexplained: set[str] = set()
        self.satisfied: set[str] = set()
        self.page_size = 2
        self.tokens: list[dict[str, list[str]]] = []
        self.ids: list[list[str]] = []
        self.broken = False

    def answer(self, path: str, query: dict[str, list[str]], authorization: str) -> tuple[int, Any]:
        if self.broken:
            return 500, {"title": "broken"}
        if path == "/schema/openapi.json":
            scopes = ("recommendations:read", "events:write", "events:write.any")
            operation = {"security": [{"bearer": [scope]} for scope in scopes]}
            return 200, {"paths": {"/v1/popular": {"get": operation}, "/health/live": {"get": {}}}}
        if path == "/v1/purchases":
            return 200, self._page(int(query.get("cursor", ["0"])[0]))
        if path == "/v1/products":
            every = [{"id": product, "deleted_at": None} for product in TITLES]
            return 200, {
                "items": self._products(query["ids"][0]) if "ids" in query else every,
                "next_cursor": None,
            }
        if path == "/v1/popular" and authorization == "Bearer token of the client":
            return 200, {"items": [_item("a,b"), _item("e")]}
        if path.endswith("/bought-together"):
            return 200, {"items": [_item("e2", "e"), _item("[n]")] if _user(path) == "a,b" else [_item("e2")]}
        if path.endswith("/purchases"):
            mine = [item for item in self.purchases if item["user_id"] == _user(path)]
            return 200, {"items": mine[::-1], "next_cursor": None}
        if path.endswith("/recommendations") and authorization == f"Bearer token of {_ascii(_user(path))}":
            user = _user(path)
            items = [
                _item(product, *([] if user in self.unexplained else ["[n]"])) for product in RECOMMENDED
            ]
            return 200, {"strategy": "personalised", "items": [] if user in self.satisfied else items}
        return 401, {"title": "no token"}

    def token(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        self.tokens.append(form)
        if form["client_secret"] != [SECRET]:
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": f"token of {_ascii(form.get('subject', ['the client'])[0])}"}

    def _page(self, start: int) -> dict[str, Any]:
        end = start + self.page_size
        cursor = str(end) if end < len(self.purchases) else None
        return {"items": self.purchases[start:end], "next_cursor": cursor}

    def _products(self, ids: str) -> list[dict[str, str]]:
        wanted = [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?:\\.|[^,])+", ids)]
        self.ids.append(wanted)
        return [{"id": product, "title": TITLES[product]} for product in wanted if product in TITLES]


def purchase(user: str | None, product: str, day: str) -> dict[str, str | None]:
    return {"user_id": user, "product_id": product, "purchased_at": f"{day}T10:00:00Z"}


def _item(product: str, *because: str) -> dict[str, Any]:
    text = f"Because you bought {TITLES[because[0]]}" if because else "Popular"
    return {"product_id": product, "score": 1.0, "reason": {"code": "", "text": text, "because": because}}


def _user(path: str) -> str:
    return unquote(path.split("/")[3])


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


@contextmanager
def serving(shop: StandInShop) -> Iterator[Running]:
    """Serves `shop` on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._send(*shop.answer(url.path, parse_qs(url.query), self.headers.get("authorization", "")))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._send(*shop.token(parse_qs(body)))

        def log_message(self, *_: object) -> None:
            return

        def _send(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield Running(1, url, url, url, "demo", SECRET, {})
        finally:
            server.shutdown()
            thread.join()
