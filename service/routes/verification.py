"""What an ingress asks before it passes a request on: may this token make this call?"""

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
from service.http.refusals import NoSuchCall
from service.routes.access import authorized


@get(
    "/verify",
    summary="May this token make this call?",
    cache_control=CacheControlHeader(no_store=True),
    include_in_schema=False,
)
async def verify_call(request: Request[Principal, Any, Any]) -> Response[bytes]:
    """200, 401 or 403 for the call that the proxy's headers describe; without any, for the token alone.

    docs/ingress.md says which headers, and how ingresses are set up.
    """
    try:
        for call in original_calls(request.scope["headers"]):
            _check(request, call)
    except UnclearCall as error:
        raise NoSuchCall(f"It cannot be told which call is meant: {error}.") from error
    return Response(b"", media_type="text/plain")


def _check(request: Request[Principal, Any, Any], call: OriginalCall) -> None:
    """Lets the call pass if the service would; routed and guarded as if it had come here itself.

    Raises:
        AuthorizationError: the caller may not do this.
        NoSuchCall: there is nothing of this method and path.
    """
    try:
        # The server decodes a path like this before the router gets it.
        _, handler, _, parameters, template = request.app.asgi_router.handle_routing(
            path=normalize_path(unquote(call.path)), method=cast(Method, call.method)
        )
    except HTTPException as error:
        raise NoSuchCall(
            "The service has no call of this method and path, so that no token reaches it."
        ) from error
    meant = {
        "type": "http",
        "method": call.method,
        "path_template": template,
        "path_params": parameters,
        "query_string": call.query.encode(),
        "headers": [],
        "user": request.user,
    }
    authorized(ASGIConnection(cast(Scope, meant)), handler)


verification_routes = Router(path="/auth", route_handlers=[verify_call])
