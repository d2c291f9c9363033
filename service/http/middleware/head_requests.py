"""HEAD on every address that answers GET (RFC 9110, 9.3.2)."""

from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Answers HEAD with the status and headers of GET, without the body. Plain ASGI.

    The inner application only sees GET: the same access, limits, checks and headers apply. `Allow` lists HEAD
    wherever it lists GET.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, HEAD as GET."""
        if scope["type"] != ScopeType.HTTP or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        # A copy, because the server must still know that it answers HEAD.
        inner = cast("Scope", {**scope, "method": "GET"}) if is_head else scope

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_with_head(name, value) for name, value in message["headers"]]
            elif is_head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        try:
            await self._app(inner, receive, send_completed)
        finally:
            if template := inner.get("path_template"):
                scope["path_template"] = template


def _with_head(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    methods = value.split(b", ") if name == b"allow" else []
    if b"GET" in methods and b"HEAD" not in methods:
        methods.insert(methods.index(b"GET") + 1, b"HEAD")
        return name, b", ".join(methods)
    return name, value
