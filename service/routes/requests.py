"""What is looked at of every request before its handler runs."""

from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request, Response

from service.http.refusals import InvalidParameter
from service.routes.parameters import refuse_unknown_parameters

_METHODS = ("get", "post", "put", "delete")
_SEVERAL_TIMES = frozenset({"category", "brand", "exclude"})
_NEVER_NULL = frozenset({"price_min", "price_max", "expand"})


async def check_request(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Answers `OPTIONS`; lets any other request pass whose URL is one that the route knows.

    Raises:
        InvalidParameter: a query parameter does not exist or says two things, or an id in the path is not UTF-8.
    """
    if request.method == "OPTIONS":
        return _options(request)
    _refuse_garbled_path(request)
    await refuse_unknown_parameters(request)
    _refuse_ambiguous_parameters(request)
    return None


def _options(request: Request[Any, Any, Any]) -> Response[None]:
    """Every method of the path; the framework's own answer knows those of its first handler alone."""
    item = (request.app.openapi_schema.paths or {})[request.scope["path_template"]]
    methods = [method.upper() for method in _METHODS if getattr(item, method) is not None]
    return Response(None, status_code=204, headers={"allow": ", ".join([*methods, "OPTIONS"])})


def _refuse_garbled_path(request: Request[Any, Any, Any]) -> None:
    """The server replaces what is not UTF-8: different paths would be one shopper."""
    raw = request.scope["raw_path"]
    if b"%" not in raw:
        return
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        for name, value in request.path_params.items():
            if "\ufffd" in str(value):
                raise InvalidParameter(name, "it is not percent-encoded UTF-8") from error


def _refuse_ambiguous_parameters(request: Request[Any, Any, Any]) -> None:
    """The framework takes one of several values, and null for none: a filter would be dropped in silence."""
    for name, values in request.query_params.dict().items():
        if name not in _SEVERAL_TIMES and len(values) > 1:
            raise InvalidParameter(name, f"it is given {len(values)} times")
        if name in _NEVER_NULL and values[0].lower() == "null":
            raise InvalidParameter(name, "null is no value; leave it out")
