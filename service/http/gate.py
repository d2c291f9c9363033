"""Nothing is told without a token: not even whether an address exists."""

from collections.abc import Sequence

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from service.auth import AuthenticationError, TokenVerifier
from service.http.authentication import authenticate
from service.http.problems import refusal


class AuthenticationGate:
    """Plain ASGI around the whole application: verifies the token of every request before it is routed.

    Routing refuses unknown addresses and methods by itself, before any middleware of a route runs; to a caller
    without a token those answers would be a map. The middleware behind decides once more, by the route's template.

    Args:
        app: the Litestar application.
        verifier: of the process.
        open_paths: first segments of paths that need no token.
    """

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, open_paths: Sequence[str]) -> None:
        self._app = app
        self._verifier = verifier
        self._open = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the connection on once its token is verified; otherwise answers with the problem."""
        if scope["type"] == ScopeType.HTTP and not self._is_open(scope["path"]):
            try:
                await authenticate(scope, self._verifier)
            except AuthenticationError as error:
                await refusal(error, scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        first, _, _ = path[1:].partition("/")
        return f"/{first}" in self._open
