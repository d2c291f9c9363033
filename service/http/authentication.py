"""Takes the access token from a request and leaves its principal in the connection."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from litestar.types import ASGIApp, Receive, Scope, Send

from service.auth.errors import MissingToken, SeveralTokens
from service.auth.verifier import TokenVerifier


class BearerAuthentication:
    """Litestar middleware (plain ASGI): every route needs a token, except those below `open_paths`.

    It runs after routing and decides by the route's template, so that no spelling of a path gets around it.
    The caller is `request.user`, a `Principal`. Use it as
    `DefineMiddleware(BearerAuthentication, verifier=…, open_paths=("/health", "/schema"))`.

    Args:
        app: the next application.
        verifier: of the process.
        open_paths: literal first segments of the routes that need no token.
    """

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, open_paths: Sequence[str]) -> None:
        self._app = app
        self._verifier = verifier
        self._open = frozenset(path.rstrip("/") for path in open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the connection on once its token is verified.

        Raises:
            MissingToken: there is no bearer token.
            SeveralTokens: there are two.
            InvalidToken: it is refused.
            IssuerUnavailable: it cannot be verified now.
        """
        if not self._is_open(scope["path_template"]):
            await authenticate(scope, self._verifier)
        await self._app(scope, receive, send)

    def _is_open(self, template: str) -> bool:
        first, _, _ = template[1:].partition("/")
        return f"/{first}" in self._open


async def authenticate(scope: Scope, verifier: TokenVerifier) -> None:
    """Leaves the caller in the connection as `user`, unless that was done before.

    Raises:
        AuthenticationError: as the middleware.
    """
    if "user" not in scope:
        principal = await verifier.verify(bearer_token(scope))
        scope["user"] = principal
        scope["auth"] = principal.scopes


def bearer_token(scope: Scope) -> str:
    """The token of the one `Authorization: Bearer` header.

    A token in the query ends up in logs and histories: alone it counts as none, beside a header as a second one.

    Raises:
        MissingToken: there is no such header, or it has another scheme.
        SeveralTokens: there is more than one, or one in the query too.
    """
    # ASGI headers have lower-case names.
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if not values:
        raise MissingToken
    if len(values) > 1 or _in_query(scope["query_string"]):
        raise SeveralTokens
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise MissingToken
    return token.strip(" ")


def _in_query(query: bytes) -> bool:
    return b"access_token" in query and any(name == b"access_token" for name, _ in parse_qsl(query, True))
