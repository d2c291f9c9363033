"""Token verification for an ingress, before it passes a request on."""

from typing import Any, cast
from urllib.parse import unquote

from litestar import Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import HTTPException
from litestar.types import Method, Scope
from litestar.utils import normalize_path

from service.auth import Principal
from service.auth.original_calls import OriginalCall, UnclearCall, original_calls
from service.http.middleware.path_prefix import path_prefix, without_prefix
from service.http.problems import NoSuchCall
from service.routes.access import VERIFICATION, check_access


@get(
    VERIFICATION,
    summary="Verify a call's token",
    cache_control=CacheControlHeader(no_store=True),
    include_in_schema=False,
)
async def verify_call(request: Request[Principal, Any, Any]) -> Response[bytes]:
    """Verifies the call that the proxy's headers describe, or the token alone.

    The answer is 200, 401 or 403. docs/operations/ingress.md lists the headers and the set-up of ingresses.
    """
    try:
        for call in original_calls(request.scope["headers"]):
            _check(request, call)
    except UnclearCall as error:
        raise NoSuchCall(f"The described call is unclear: {error}.") from error
    return Response(b"", media_type="text/plain")


def _check(request: Request[Principal, Any, Any], call: OriginalCall) -> None:
    """Checks the call as if the caller had sent it to the service.

    Raises:
        AuthorizationError: the caller may not make this call.
        NoSuchCall: no route has this method and path.
    """
    try:
        check_access(ASGIConnection(_routed(request, call)))
    except HTTPException as error:
        raise NoSuchCall("The service has no call with this method and path.") from error


def _routed(request: Request[Principal, Any, Any], call: OriginalCall) -> Scope:
    """The call as the router describes it.

    Raises:
        HTTPException: no route has this method and path.
    """
    method = cast(Method, "GET" if call.method == "HEAD" else call.method)
    # The server decodes a path in the same way before it is routed.
    path = without_prefix(unquote(call.path), path_prefix(request.scope))
    _, _, _, parameters, template = request.app.asgi_router.handle_routing(
        path=normalize_path(path), method=method
    )
    described: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path_template": template,
        "path_params": parameters,
        "raw_path": call.path.encode(),
        "query_string": call.query.encode(),
        "headers": [],
        "user": request.user,
    }
    return cast(Scope, described)


verification_routes = Router(path="/", route_handlers=[verify_call])
