"""The path prefix below which a proxy serves the API."""

import re

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

_KEY = "path_prefix"
_PREFIX = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9._~-]*)*")
_OWN = ("v1", "health", "auth", "schema", "docs", "console")
"""First segments of the service's own paths."""


class PathPrefix:
    """Serves the API below a prefix. Plain ASGI.

    Some proxies remove the prefix and some pass it on. The inner application sees paths without it. It is the setting's
    or the server's (`root_path`), and never a header's, because any caller can send headers.

    Args:
        prefix: such as `/recs`. Empty: the server's `root_path`, if it has one.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Removes the prefix from the path and passes the request on."""
        if scope["type"] == ScopeType.HTTP and (
            prefix := self._prefix or scope.get("root_path", "").rstrip("/")
        ):
            # The framework would look for `root_path` anywhere in the path.
            scope["root_path"] = ""
            scope.setdefault("state", {})[_KEY] = prefix
            scope["path"] = without_prefix(scope["path"], prefix)
            scope["raw_path"] = without_prefix(scope["raw_path"].decode("latin-1"), prefix).encode("latin-1")
        await self._app(scope, receive, send)


def checked_prefix(prefix: str) -> str:
    """Returns `prefix`, or raises ValueError if it is not one."""
    if not _PREFIX.fullmatch(prefix) or prefix[1:].split("/")[0] in _OWN:
        own = ", ".join(f"/{segment}" for segment in _OWN)
        raise ValueError(f"A path prefix is like /recs: no slash at its end, and not below {own}.")
    return prefix


def path_prefix(scope: Scope) -> str:
    """The prefix of the request, or an empty string."""
    return str(scope.get("state", {}).get(_KEY, ""))


def public_path(scope: Scope) -> str:
    """The request's path as a caller of the proxy sees it."""
    return path_prefix(scope) + scope["path"]


def without_prefix(path: str, prefix: str) -> str:
    """`path` below `prefix`. Other paths stay as they are."""
    rest = path.removeprefix(prefix) if prefix else path
    return (rest or "/") if rest.startswith("/") or not rest else path
