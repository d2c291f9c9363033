"""Who may call what: one table, of which the guard of all routes is made.

A route that is not listed here is answered to nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import BaseRoute

from service.auth import (
    ERASE_USERS,
    READ_PROFILES,
    READ_RECOMMENDATIONS,
    WRITE_EVENTS,
    WRITE_PROFILES,
    authorize,
)

OPEN_PATHS = ("/health", "/schema")
"""First segments of what is answered without a token: probes, and the description of the API."""

VERIFICATION = "/auth/verify"
"""Where an ingress asks what a token may call; any token is enough to be asked about."""

_ALLOWED_METHODS = "OPTIONS"
"""The framework answers it for every route with the methods that there are; any token is enough."""


class Whose(Enum):
    """Where a request says whose data it reaches. A shopper's token reaches its own subject only."""

    NOBODYS = "data of no user: either form of the scope is enough"
    IN_PATH = "the path's user_id"
    IN_QUERY = "the query's user_id, where there is one"
    IN_BODY = "the body's user_id, where there is one; the handler asks"
    IN_ENTRIES = (
        "the user_id of each of the body's entries; the handler asks for each, and refuses each by itself"
    )


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller.

    Attributes:
        scope: what the token must hold; with `.any`, for any user.
        whose: where the user is named.
    """

    scope: str
    whose: Whose


ACCESS: Mapping[tuple[str, str], Access] = {
    ("GET", "/v1/users/{user_id}/recommendations"): Access(READ_RECOMMENDATIONS, Whose.IN_PATH),
    ("GET", "/v1/users/{user_id}/buy-again"): Access(READ_RECOMMENDATIONS, Whose.IN_PATH),
    ("GET", "/v1/users/{user_id}/preferences"): Access(READ_PROFILES, Whose.IN_PATH),
    ("PUT", "/v1/users/{user_id}/preferences"): Access(WRITE_PROFILES, Whose.IN_PATH),
    ("GET", "/v1/users/{user_id}/profile"): Access(READ_PROFILES, Whose.IN_PATH),
    ("DELETE", "/v1/users/{user_id}"): Access(ERASE_USERS, Whose.IN_PATH),
    ("GET", "/v1/products/{product_id}/similar"): Access(READ_RECOMMENDATIONS, Whose.NOBODYS),
    ("GET", "/v1/products/{product_id}/bought-together"): Access(READ_RECOMMENDATIONS, Whose.NOBODYS),
    ("GET", "/v1/popular"): Access(READ_RECOMMENDATIONS, Whose.NOBODYS),
    ("GET", "/v1/trending"): Access(READ_RECOMMENDATIONS, Whose.NOBODYS),
    ("GET", "/v1/new-arrivals"): Access(READ_RECOMMENDATIONS, Whose.IN_QUERY),
    ("GET", "/v1/snapshot"): Access(READ_RECOMMENDATIONS, Whose.NOBODYS),
    ("POST", "/v1/recommendations"): Access(READ_RECOMMENDATIONS, Whose.IN_BODY),
    ("POST", "/v1/rankings"): Access(READ_RECOMMENDATIONS, Whose.IN_BODY),
    ("POST", "/v1/recommendations/batch"): Access(READ_RECOMMENDATIONS, Whose.IN_ENTRIES),
    ("POST", "/v1/events"): Access(WRITE_EVENTS, Whose.IN_ENTRIES),
}
"""Method and path, as the OpenAPI document writes them, to what is asked of the caller."""


def authorized(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every route: lets pass whom the table lets pass.

    Where the body names users, it lets pass who may reach anyone at all; the handler asks for each user.

    Raises:
        AuthorizationError: the caller may not do this.
        KeyError: the route is neither in the table nor open; `check_listed` finds that out before.
    """
    del handler
    method, path = str(connection.scope.get("method")), connection.scope["path_template"]
    if _is_for_any_token(method, path):
        return
    access = ACCESS[method, path]
    for user_id in _named_users(connection, access.whose):
        authorize(connection.user, access.scope, user_id)


def check_listed(routes: Iterable[BaseRoute]) -> None:
    """Lets routes pass that are open or in the table; raises ValueError naming those that are not."""
    served = {(method, route.path_format) for route in routes for method in route.methods or ()}
    unlisted = [
        f"{method} {path}"
        for method, path in sorted(served - ACCESS.keys())
        if not _is_for_any_token(method, path)
    ]
    if unlisted:
        raise ValueError(f"service/routes/access.py does not say who may call {', '.join(unlisted)}.")


def _is_for_any_token(method: str, path: str) -> bool:
    return _is_open(path) or method == _ALLOWED_METHODS or (method, path) == ("GET", VERIFICATION)


def _is_open(path: str) -> bool:
    first, _, _ = path[1:].partition("/")
    return f"/{first}" in OPEN_PATHS


def _named_users(connection: ASGIConnection[Any, Any, Any, Any], whose: Whose) -> Iterator[str | None]:
    if whose is Whose.IN_PATH:
        yield connection.path_params["user_id"]
        return
    yield None
    if whose is Whose.IN_QUERY:
        yield from connection.query_params.getall("user_id", [])
