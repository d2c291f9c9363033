"""The access table: scope and subject of every call.

Calls that it does not list are rejected.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.routes import BaseRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from recommender.normalization import normalize
from service.auth import (
    ERASE_USERS,
    READ_CONSOLE,
    READ_PROFILES,
    READ_RECOMMENDATIONS,
    WRITE_CONSOLE,
    WRITE_EVENTS,
    WRITE_PROFILES,
    MissingToken,
    Principal,
    authorize,
)
from service.http.middleware.authentication import is_open, is_page

_STATE_KEY = "requirement"
_NO_SUBJECT = ""
"""The subject of no token."""

VERIFICATION = "/auth/verify"
"""Path at which an ingress verifies a token."""


class Subject(Enum):
    """The part of a request that names the shopper whose data it reaches.

    A shopper's token reaches its own subject only.
    """

    NONE = "no shopper: either form of the scope is enough"
    IN_PATH = "the path's user_id"
    IN_QUERY = "the query's user_id, which may be absent"
    IN_BODY = "the body's user_id, which may be absent; the handler calls `check_subject`"
    IN_ENTRIES = "the user_id of each entry of the body; the handler calls `check_subject` for each"


@dataclass(frozen=True, slots=True)
class Access:
    """Requirements of one call.

    Attributes:
        scope: scope that the token must hold; with `.any` it holds for every shopper.
        subject: where the shopper is named.
    """

    scope: str
    subject: Subject


ACCESS: Mapping[tuple[str, str], Access] = {
    ("GET", "/v1/users/{user_id}/recommendations"): Access(READ_RECOMMENDATIONS, Subject.IN_PATH),
    ("GET", "/v1/users/{user_id}/buy-again"): Access(READ_RECOMMENDATIONS, Subject.IN_PATH),
    ("GET", "/v1/users/{user_id}/preferences"): Access(READ_PROFILES, Subject.IN_PATH),
    ("PUT", "/v1/users/{user_id}/preferences"): Access(WRITE_PROFILES, Subject.IN_PATH),
    ("GET", "/v1/users/{user_id}/profile"): Access(READ_PROFILES, Subject.IN_PATH),
    ("DELETE", "/v1/users/{user_id}"): Access(ERASE_USERS, Subject.IN_PATH),
    ("GET", "/v1/products/{product_id}/similar"): Access(READ_RECOMMENDATIONS, Subject.IN_QUERY),
    ("GET", "/v1/products/{product_id}/bought-together"): Access(READ_RECOMMENDATIONS, Subject.IN_QUERY),
    ("GET", "/v1/popular"): Access(READ_RECOMMENDATIONS, Subject.IN_QUERY),
    ("GET", "/v1/trending"): Access(READ_RECOMMENDATIONS, Subject.IN_QUERY),
    ("GET", "/v1/new-arrivals"): Access(READ_RECOMMENDATIONS, Subject.IN_QUERY),
    ("GET", "/v1/snapshot"): Access(READ_RECOMMENDATIONS, Subject.NONE),
    ("POST", "/v1/recommendations"): Access(READ_RECOMMENDATIONS, Subject.IN_BODY),
    ("POST", "/v1/rankings"): Access(READ_RECOMMENDATIONS, Subject.IN_BODY),
    ("POST", "/v1/recommendations/batch"): Access(READ_RECOMMENDATIONS, Subject.IN_ENTRIES),
    ("POST", "/v1/events"): Access(WRITE_EVENTS, Subject.IN_ENTRIES),
    ("GET", "/v1/console/live"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/data"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/map"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/map/products"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/shoppers"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/shoppers/{shopper_id}"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/products"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/products/{product_id}"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/products/{product_id}/shoppers"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/snapshots"): Access(READ_CONSOLE, Subject.NONE),
    ("GET", "/v1/console/snapshots/compare"): Access(READ_CONSOLE, Subject.NONE),
    ("POST", "/v1/console/snapshots/{version}/rollback"): Access(WRITE_CONSOLE, Subject.NONE),
}
"""Requirements by method and route template, as the OpenAPI document writes them."""


LOGOUT = "/console/logout"

PAGES: Mapping[tuple[str, str], str | None] = {
    ("GET", "/console/login"): None,
    ("GET", "/console/callback"): None,
    ("GET", "/console/signed-out"): None,
    ("GET", "/console/static/{name}"): None,
    ("POST", LOGOUT): READ_CONSOLE,
    ("GET", "/console"): READ_CONSOLE,
    ("GET", "/console/map"): READ_CONSOLE,
    ("GET", "/console/data"): READ_CONSOLE,
    ("GET", "/console/live"): READ_CONSOLE,
    ("GET", "/console/map/columns"): READ_CONSOLE,
    ("GET", "/console/map/products"): READ_CONSOLE,
    ("GET", "/console/shoppers"): READ_CONSOLE,
    ("GET", "/console/guest"): READ_CONSOLE,
    ("GET", "/console/shoppers/{shopper_id}"): READ_CONSOLE,
    ("GET", "/console/snapshots"): READ_CONSOLE,
    ("GET", "/console/snapshots/compare"): READ_CONSOLE,
    ("GET", "/console/snapshots/compare/changes"): READ_CONSOLE,
    ("GET", "/console/snapshots/rollback"): READ_CONSOLE,
    ("POST", "/console/snapshots/rollback"): WRITE_CONSOLE,
    ("GET", "/console/products"): READ_CONSOLE,
    ("GET", "/console/products/{product_id}"): READ_CONSOLE,
    ("GET", "/console/products/{product_id}/shoppers"): READ_CONSOLE,
    ("GET", "/console/{path}"): READ_CONSOLE,
}
"""Scope of each page of the console, None for one that needs no session."""


class AccessControl:
    """Rejects calls that the access table does not allow. Litestar middleware of every route.

    A guard would do the same, but Litestar copies the handler for each guarded request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes an allowed call on, with the ids of its path in normal form.

        Raises the errors of `check_access`.
        """
        scope["state"][_STATE_KEY] = check_access(ASGIConnection(scope))
        scope["path_params"] = {name: normalize(value) for name, value in scope["path_params"].items()}
        await self._app(scope, receive, send)


class Requirement(msgspec.Struct, frozen=True):
    """Requirements of one request, after the access table.

    Attributes:
        scope: scope that the token must hold.
        subjects: shoppers that the token must reach. None in it: data of no shopper.
    """

    scope: str
    subjects: Sequence[str | None]

    def check(self, principal: Principal) -> None:
        """Raises AuthorizationError: the token lacks the scope, or reaches another shopper only."""
        for user_id in self.subjects:
            authorize(principal, self.scope, user_id)


def checked_requirement(scope: Scope) -> Requirement:
    """The requirement of the current request, which its caller fulfills. For handlers behind `AccessControl`."""
    return cast("Requirement", scope["state"][_STATE_KEY])


def check_access(call: ASGIConnection[Any, Any, Any, Any]) -> Requirement | None:
    """Rejects a routed call that its caller may not make.

    Returns:
        What the caller needs, None for a call that needs no scope.

    Raises:
        NotFoundException: a slash of the path is encoded, or an id is empty. The framework separates segments at
            encoded slashes, too, and leaves out empty segments, so that what follows would be the id.
        MissingToken: no principal, and the route is not open.
        AuthorizationError: the token lacks the scope, or reaches another shopper only.
        KeyError: a route that is not in the table. `check_listed` finds it at startup.
    """
    # Some servers and test clients leave the query in it, which may have encoded slashes.
    path = call.scope["raw_path"].partition(b"?")[0].lower()
    # Slashes at the beginning are those of a base address that ends with one.
    if b"%2f" in path or b"//" in path.lstrip(b"/"):
        raise NotFoundException
    method, template = str(call.scope.get("method")), call.scope["path_template"]
    if is_open(template):
        return None
    if is_page(template) and (method == "OPTIONS" or PAGES[method, template] is None):
        return None
    principal = call.scope.get("user")
    if not isinstance(principal, Principal):
        raise MissingToken
    if _needs_no_scope(method, template):
        return None
    requirement = _requirement(call)
    requirement.check(principal)
    return requirement


def _requirement(call: ASGIConnection[Any, Any, Any, Any]) -> Requirement:
    """The requirement of a routed call. Raises KeyError for an unlisted route.

    A shopper's token must name its subject exactly, and the subject must be an id in normal form. A token with the
    subject `u1 ` would reach the data of `u1` otherwise.

    Where the body names shoppers, this is the scope alone, and the handler calls `check_subject`.
    """
    called = (str(call.scope.get("method")), call.scope["path_template"])
    if is_page(called[1]):
        return Requirement(PAGES[called] or READ_CONSOLE, [None])
    access = ACCESS[called]
    subjects = [
        user_id if user_id is None or normalize(user_id) == user_id else _NO_SUBJECT
        for user_id in _subjects(call, access.subject)
    ]
    return Requirement(access.scope, subjects)


def check_subject(request: Request[Principal, Any, Any], user_id: str | None) -> None:
    """Rejects a request whose body names a shopper that its caller may not reach.

    Raises:
        AuthorizationError: the token lacks the scope, or reaches another shopper only.
    """
    access = ACCESS[request.method, request.scope["path_template"]]
    authorize(request.user, access.scope, user_id)


def check_listed(routes: Iterable[BaseRoute]) -> None:
    """Raises ValueError for routes that are neither open nor in a table."""
    served = {(method, route.path_format) for route in routes for method in route.methods or ()}
    unlisted = [
        f"{method} {path}"
        for method, path in sorted(served - ACCESS.keys() - PAGES.keys())
        if not (is_open(path) or _needs_no_scope(method, path))
    ]
    if unlisted:
        raise ValueError(f"service/routes/access.py does not say who may call {', '.join(unlisted)}.")


def documented_scopes() -> dict[tuple[str, str], tuple[str, bool]]:
    """Scope of each call, and whether it can name a shopper."""
    return {call: (access.scope, access.subject is not Subject.NONE) for call, access in ACCESS.items()}


def _needs_no_scope(method: str, template: str) -> bool:
    """True for the calls that every valid token may make."""
    return method == "OPTIONS" or (method, template) == ("GET", VERIFICATION)


def _subjects(call: ASGIConnection[Any, Any, Any, Any], subject: Subject) -> Iterator[str | None]:
    if subject is Subject.IN_PATH:
        yield call.path_params["user_id"]
        return
    yield None
    if subject is Subject.IN_QUERY:
        # Parsed as for the handler: another parser could find another shopper.
        yield from call.query_params.getall("user_id", [])
