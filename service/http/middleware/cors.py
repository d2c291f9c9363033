"""Cross-origin requests of browsers (CORS)."""

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

ALLOWED_METHODS = b"GET, POST, PUT, DELETE"
ALLOWED_HEADERS = b"authorization, content-type, if-none-match, x-request-id"
EXPOSED_HEADERS = b"etag, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id"
MAX_AGE_SECONDS = b"600"
_VARY = (b"vary", b"origin")


class CrossOrigin:
    """Answers preflights of listed origins, and lets their scripts read answers. Plain ASGI.

    Credentials of the browser are never allowed, because scripts send tokens in a header. For other origins nothing is
    added, and browsers hide the answers from their pages. It stands before authentication, so that scripts can read
    401s too.

    Args:
        origins: exact origins, such as `https://shop.example`.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a preflight, or passes the request on and adds headers to its answer."""
        if scope["type"] != ScopeType.HTTP or not self._origins:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        allowed = origin if origin in self._origins else None
        if allowed and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _answer_preflight(send, allowed)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    _VARY,
                    *(_response_headers(allowed) if allowed else ()),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _response_headers(origin: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", EXPOSED_HEADERS)]


async def _answer_preflight(send: Send, origin: bytes) -> None:
    headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", ALLOWED_METHODS),
        (b"access-control-allow-headers", ALLOWED_HEADERS),
        (b"access-control-max-age", MAX_AGE_SECONDS),
        _VARY,
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
