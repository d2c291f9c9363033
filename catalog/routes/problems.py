"""Errors as RFC 9457 problem documents; the only place that turns an error into a status."""

from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from catalog.errors import (
    CatalogError,
    InvalidRequest,
    KeysUnavailable,
    NotFound,
    StorageError,
    Unauthorized,
)

_STATUS: dict[type[CatalogError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    KeysUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_RETRY_SECONDS = "5"


def catalog_problem(request: Request[Any, Any, Any], error: CatalogError) -> Response[dict[str, object]]:
    """An expected error: 400, 401, 404, or 503 with `Retry-After`."""
    status = next(
        (status for kind, status in _STATUS.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    headers: dict[str, str] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="catalog", error="invalid_token"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_SECONDS
        structlog.get_logger("catalog").warning(
            "request_refused", route=request.scope.get("path_template"), reason=str(error)
        )
    return _problem(status, str(error), headers)


def http_problem(_request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, object]]:
    """What the framework refuses: an unknown path or method, a parameter out of its bounds, a body too long."""
    detail = error.detail
    if isinstance(error.extra, list):
        detail = "; ".join(f"{part.get('key', 'request')}: {part.get('message')}" for part in error.extra)
    return _problem(HTTPStatus(error.status_code), detail, dict(error.headers or {}))


def unexpected_problem(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, object]]:
    """A mistake in the catalog: logged with its traceback, answered without."""
    structlog.get_logger("catalog").error(
        "request_failed", route=request.scope.get("path_template"), exc_info=error
    )
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; the log has more", {})


def _problem(status: HTTPStatus, detail: str, headers: dict[str, str]) -> Response[dict[str, object]]:
    content: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    return Response(content, status_code=status, media_type="application/problem+json", headers=headers)
