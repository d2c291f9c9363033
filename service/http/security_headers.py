"""Headers by which every answer says what browsers and caches must not do with it."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of answers that are data: shown as a page, they may load and run nothing."""

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every answer; transport security is the ingress's, where TLS ends."""

_FIXED = [(name.lower().encode(), value.encode()) for name, value in EVERYWHERE.items()]


class SecurityHeaders:
    """Plain ASGI, around everything that answers: adds the headers that an answer does not have yet.

    An answer that does not say otherwise is not to be stored.

    Args:
        app: the application.
        page_policy: Content-Security-Policy of answers that are pages.
    """

    def __init__(self, app: ASGIApp, page_policy: str) -> None:
        self._app = app
        self._page_policy = page_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed(list(message["headers"]), self._page_policy)
            await send(message)

        await self._app(scope, receive, hardened)


def _completed(headers: list[tuple[bytes, bytes]], page_policy: str) -> list[tuple[bytes, bytes]]:
    present = dict(headers)
    policy = page_policy if present.get(b"content-type", b"").startswith(b"text/html") else DATA_POLICY
    wanted = [
        *_FIXED,
        (b"content-security-policy", policy.encode()),
        (b"cache-control", b"no-store"),
    ]
    return headers + [(name, value) for name, value in wanted if name not in present]
