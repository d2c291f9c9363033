"""Errors as pages, with the next step."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from service.auth import AuthorizationError, InvalidToken, IssuerUnavailable, MissingToken
from service.console.login import IssuerUnreachable, LoginFailed
from service.console.login.forms import ForeignForm
from service.console.pages.login import LOGIN
from service.console.rendering.addresses import PRODUCTS
from service.console.rendering.page import FRAGMENT, Page, page, redirect
from service.http.middleware.authentication import CONSOLE
from service.http.problems import NothingToServe, ProblemException

_logger = structlog.get_logger("service")

_TEMPORARY = frozenset({429, 503})
"""Statuses of temporary problems."""

_TEXTS = {
    "Not Found": (
        "There is no such page",
        "The address may be mistyped, or from another version of the console.",
    ),
    "Method Not Allowed": (
        "This page cannot do that",
        "Nothing was changed. The form may be from another version of the console. Open the page again.",
    ),
    "Bad Request": ("This request is not valid", "Nothing was changed. Open the page again."),
}
"""Title and text of problems that only their status describes, by its phrase."""


_ACTIONS = {
    "Unknown product": ("Search products", PRODUCTS),
    "Unknown snapshot": ("See all snapshots", f"{CONSOLE}/snapshots"),
}
"""Label and path of the next step after a problem, by its title. After all others it is the overview."""


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """True if a script asks for a part of a page."""
    return FRAGMENT in request.headers


def error_page(
    request: Request[Any, Any, Any],
    status: int,
    title: str,
    text: str,
    action: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Page:
    """A page that says what happened and what to do.

    `action` is the label and the path of a link, `headers` are further ones.
    """
    template = "error_fragment.html" if is_fragment(request) else "error.html"
    found = page(request, template, status=status, title=title, text=text, action=action)
    found.headers.update(headers or {})
    return found


def problem_page(
    request: Request[Any, Any, Any],
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> Page:
    """The page of a problem of the API.

    Its words are for programmers where they are only those of a status.
    """
    again = request.method == "GET" and status in _TEMPORARY and not is_fragment(request)
    action = ("Try again", _address(request)) if again else _ACTIONS.get(title)
    title, detail = _TEXTS.get(title, (title.capitalize(), detail))
    return error_page(request, status, title, detail, action, headers)


def page_errors() -> ExceptionHandlersMap:
    """Handlers of the console's errors, by type."""
    again = ("Sign in again", LOGIN)
    handlers: dict[type[Exception], Callable[[Any, Any], Response[Any]]] = {
        MissingToken: _to_login,
        AuthorizationError: lambda request, error: error_page(
            request,
            403,
            "Your account may not use this",
            f"It needs the scope {error.scope}. Ask whoever manages accounts at your token issuer.",
            again,
        ),
        LoginFailed: lambda request, error: error_page(
            request, 400, "Signing in did not work", str(error), again
        ),
        InvalidToken: lambda request, error: error_page(
            request, 400, "Signing in did not work", f"{error} The service's log has the reason, too.", again
        ),
        IssuerUnreachable: lambda request, error: error_page(
            request, 503, "The token issuer does not answer", f"{error} Try again in a moment.", again
        ),
        IssuerUnavailable: lambda request, error: error_page(
            request, 503, "The token issuer does not answer", str(error), again
        ),
        ForeignForm: lambda request, error: error_page(
            request,
            403,
            "This form is out of date",
            "It does not belong to this session. Nothing was changed. Open the page again and repeat it.",
        ),
        NothingToServe: lambda request, error: error_page(
            request,
            503,
            "There is no snapshot yet",
            "Nothing has been built and published so far, or this pod is still loading it. "
            "Run `python -m indexer build`. This page works once it has been published.",
            headers=error.headers,
        ),
        ProblemException: lambda request, error: problem_page(
            request, error.status, error.title, error.detail, error.headers
        ),
        HTTPException: _http_error,
        Exception: _unexpected_error,
    }
    return cast("ExceptionHandlersMap", handlers)


def _to_login(request: Request[Any, Any, Any], error: MissingToken) -> Response[Any]:
    """Sends a browser without a session to the login, and back here afterwards.

    A script gets 401, since it could not follow the redirect to the issuer.
    """
    del error
    if request.method != "GET":
        return error_page(
            request, 401, "You are signed out", "Your session has ended.", ("Sign in again", LOGIN)
        )
    login = f"{LOGIN}?next={quote(_address(request), safe='')}"
    if is_fragment(request):
        return error_page(
            request, 401, "You are signed out", "Your session has ended.", ("Sign in again", login)
        )
    return redirect(request, login)


def _address(request: Request[Any, Any, Any]) -> str:
    """Path and query of the request, without the prefix."""
    query = request.scope["query_string"].decode("latin-1")
    return quote(request.scope["path"], safe="/") + (f"?{query}" if query else "")


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Page:
    if error.status_code >= 500:
        return _unexpected_error(request, error)
    title = HTTPStatus(error.status_code).phrase
    return problem_page(request, error.status_code, title, error.detail, error.headers)


def _unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Page:
    _logger.error("request failed", route=request.scope.get("path_template"), exc_info=error)
    text = "An unexpected error occurred. The service's log has the cause."
    return error_page(request, 500, "Something went wrong", text)
