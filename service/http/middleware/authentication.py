"""Authentication of every request, before it is routed."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from service.auth import AuthenticationError, MissingToken, SeveralTokens, TokenVerifier
from service.http.challenges import authentication_problem
from service.http.middleware.path_prefix import public_path
from service.http.problems import send_problem

DOCUMENTATION = "/schema"

DOCS = "/docs"
"""Redirects to the documentation, for callers who look for it here."""

CONSOLE = "/console"
"""First segment of the console's pages, whose callers have a session cookie instead of a token."""

OPEN_PATHS = ("/health", DOCUMENTATION)
"""First segments of the paths that need no token: probes and the API's description. `/` leads to the latter."""


class Authentication:
    """Rejects requests without a valid token before they are routed. Plain ASGI.

    The router answers unknown paths and methods by itself. Without a token those answers would be a map of the API.
    The caller is `scope["user"]`, a `Principal`. The access table rejects protected routes that lack one, so that a
    path which only looks open opens nothing.

    Args:
        verifier: verifies access tokens.
        read_session: adds the caller of a page of the console to its request. None: there is no console. A cookie opens
            no other path, and a token no page.
    """

    def __init__(
        self, app: ASGIApp, verifier: TokenVerifier, read_session: Callable[[Scope], None] | None = None
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._read_session = read_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes an authenticated request on, answers any other with its problem."""
        if scope["type"] == ScopeType.HTTP and self._read_session is not None and is_page(scope["path"]):
            self._read_session(scope)
        elif scope["type"] == ScopeType.HTTP and not is_open(scope["path"]):
            try:
                principal = await self._verifier.verify(_bearer_token(scope))
            except AuthenticationError as error:
                await send_problem(authentication_problem(error), public_path(scope), send)
                return
            scope["user"] = principal
        await self._app(scope, receive, send)


def is_open(path: str) -> bool:
    """True for a path or route template that needs no token."""
    first, _, _ = path[1:].partition("/")
    return path in ("/", DOCS) or f"/{first}" in OPEN_PATHS


def is_page(path: str) -> bool:
    """True for a path or route template of the console."""
    return path == CONSOLE or path.startswith(f"{CONSOLE}/")


def _bearer_token(scope: Scope) -> str:
    """The token of the single `Authorization: Bearer` header.

    A token in the query would end up in logs and histories. Alone it is ignored, beside a header it is a second token.

    Raises:
        MissingToken: no such header, or one with another scheme.
        SeveralTokens: two headers, or a header and a token in the query.
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
