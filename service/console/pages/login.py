"""Pages of login and logout."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from service.console.login.flow import CALLBACK, Login
from service.console.login.sessions import PendingLogin, Session
from service.console.rendering.page import Page, page, redirect, redirect_to
from service.http.middleware.authentication import CONSOLE

LOGIN, SIGNED_OUT = f"{CONSOLE}/login", f"{CONSOLE}/signed-out"


@get(LOGIN, include_in_schema=False)
async def begin_login(request: Request[Any, Any, Any], login: NamedDependency[Login]) -> Response[bytes]:
    """Sends the browser to the issuer.

    The query's `next` is the page to continue at.
    """
    location, pending = login.begin(request.query_params.get("next", CONSOLE))
    return redirect_to(location, [login.sessions.cookie(pending)])


@get(CALLBACK, include_in_schema=False)
async def complete_login(request: Request[Any, Any, Any], login: NamedDependency[Login]) -> Response[bytes]:
    """Begins a session, and continues where the login began."""
    sessions = login.sessions
    pending = sessions.valid(request.scope, PendingLogin)
    session = await login.complete(pending, request.query_params)
    target = pending.target if pending else CONSOLE
    return redirect(request, target, [sessions.cookie(session), sessions.removal(PendingLogin)])


@post(f"{CONSOLE}/logout", include_in_schema=False)
async def log_out(request: Request[Any, Any, Any], login: NamedDependency[Login]) -> Response[bytes]:
    """Ends the session in this browser."""
    return redirect(request, SIGNED_OUT, [login.sessions.removal(Session)])


@get(SIGNED_OUT, include_in_schema=False)
async def signed_out(request: Request[Any, Any, Any]) -> Page:
    """Says that the session has ended, without asking the issuer."""
    return page(request, "signed_out.html")


login_handlers = [begin_login, complete_login, log_out, signed_out]
