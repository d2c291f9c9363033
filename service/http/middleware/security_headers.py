"""Security headers of every answer, for browsers and caches."""

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Default Content-Security-Policy: an answer that is shown as a page loads and runs nothing."""

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every answer. Strict-Transport-Security belongs to the ingress, where TLS ends."""

_DEFAULTS = {"content-security-policy": DATA_POLICY, "cache-control": "no-store"}
OUTSIDE_OF_THE_APPLICATION = {name.lower(): value for name, value in EVERYWHERE.items()} | _DEFAULTS
"""All of these headers, for an answer that is sent before the application runs."""

_HEADERS = [(name.encode(), value.encode()) for name, value in OUTSIDE_OF_THE_APPLICATION.items()]


class SecurityHeaders:
    """Adds the headers that an answer does not have yet. Plain ASGI.

    Answers are not stored by caches unless they have a `Cache-Control` of their own. The documentation page and the
    console have a Content-Security-Policy of their own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and completes the headers of its answer."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _complete(message["headers"])
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _complete(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    complete = [*headers]
    present = dict(complete)
    complete += [header for header in _HEADERS if header[0] not in present]
    return complete
