"""Translation of errors into RFC 9457 problem documents."""

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
    """Answers an expected error with 400, 401, 404, or 503 and `Retry-After`."""
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
            "request refused", route=request.scope.get("path_template"), reason=str(error)
        )
    return _problem(status, str(error), headers)


def http_problem(_request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, object]]:
    """Answers an error of the framework, such as an unknown path or invalid parameter."""
    detail = error.detail
    if isinstance(error.extra, list):
        detail = "; ".join(f"{part.get('key', 'request')}: {part.get('message')}" for part in error.extra)
    return _problem(HTTPStatus(error.status_code), detail, dict(error.headers or {}))


def unexpected_problem(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, object]]:
    """Logs an unexpected error with its traceback and answers 500."""
    structlog.get_logger("catalog").error(
        "request failed", route=request.scope.get("path_template"), exc_info=error
    )
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected error, see the log for details", {})


def _problem(status: HTTPStatus, detail: str, headers: dict[str, str]) -> Response[dict[str, object]]:
    content: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    return Response(content, status_code=status, media_type="application/problem+json", headers=headers)
