"""Takes the access token from a request and leaves its principal in the connection."""

from collections.abc import Iterable, Sequence

from litestar.types import ASGIApp, Receive, Scope, Send

from service.auth.errors import InvalidToken, MissingToken
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
            InvalidToken: it is refused, or there are two.
            IssuerUnavailable: it cannot be verified now.
        """
        if not self._is_open(scope["path_template"]):
            principal = await self._verifier.verify(bearer_token(scope["headers"]))
            scope["user"] = principal
            scope["auth"] = principal.scopes
        await self._app(scope, receive, send)

    def _is_open(self, template: str) -> bool:
        first, _, _ = template[1:].partition("/")
        return f"/{first}" in self._open


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The token of the one `Authorization: Bearer` header; ASGI headers have lower-case names.

    Raises:
        MissingToken: there is no such header, or it has another scheme.
        InvalidToken: there is more than one, or it is malformed.
    """
    values = [value for name, value in headers if name == b"authorization"]
    if not values:
        raise MissingToken
    if len(values) > 1:
        raise InvalidToken("the request carries more than one Authorization header")
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise MissingToken
    return token.strip(" ")
