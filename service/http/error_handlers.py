"""Exception handlers of the application: every error becomes a problem."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal, cast, get_args, get_origin

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.types import ExceptionHandlersMap

from adapters.database import DatabaseError, DatabaseNotPrepared, DatabaseRejected
from adapters.telemetry import ServiceMetrics
from service.auth import AuthenticationError, AuthorizationError
from service.http.challenges import authentication_problem
from service.http.json_bodies import INVALID_VALUE, allowed
from service.http.middleware.path_prefix import public_path
from service.http.problems import (
    MEDIA_TYPE,
    InvalidValues,
    ProblemError,
    ProblemException,
    StorageUnavailable,
    authorization_problem,
    problem_headers,
    problem_of,
    standard_problem,
)

_logger = structlog.get_logger("service")

_EXPECTED = re.compile(r"Expected `(?P<type>int|float|bool)( \| null)?`, got `str`")
_SPELLINGS = {
    "int": "Write a whole number, such as 10.",
    "float": "Write a number, such as 0.5.",
    "bool": "Write `true` or `false`.",
}
"""Every parameter is text, so that the framework's "Expected `bool`, got `str`" would help nobody."""


def exception_handlers(metrics: ServiceMetrics) -> ExceptionHandlersMap:
    """The handlers, by the type of error."""

    def database_error(request: Request[Any, Any, Any], error: DatabaseError) -> Response[bytes]:
        metrics.database_failed()
        return _database_error(request, error)

    handlers: dict[type[Exception], Callable[[Any, Any], Response[bytes]]] = {
        ProblemException: _answer,
        AuthenticationError: lambda request, error: _answer(request, authentication_problem(error)),
        AuthorizationError: lambda request, error: _answer(request, authorization_problem(error)),
        DatabaseError: database_error,
        ValidationException: lambda request, error: _answer(request, _validation_problem(request, error)),
        HTTPException: _http_error,
        Exception: _unexpected_error,
    }
    return cast("ExceptionHandlersMap", handlers)


def _answer(request: Request[Any, Any, Any], problem: ProblemException) -> Response[bytes]:
    content = msgspec.json.encode(problem_of(problem, public_path(request.scope)))
    headers = problem_headers(problem)
    return Response(content, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def _database_error(request: Request[Any, Any, Any], error: DatabaseError) -> Response[bytes]:
    # A rejected statement is a mistake of ours, whose place must be found.
    trace = error if isinstance(error, DatabaseRejected) else None
    _logger.error(
        "database failed", route=request.scope.get("path_template"), reason=str(error), exc_info=trace
    )
    if isinstance(error, DatabaseNotPrepared):
        detail = "The database lacks tables of this version. The operator of the service must migrate it."
    else:
        detail = "The database is unavailable. Retry shortly."
        if request.method != "GET":
            detail = "The database is unavailable. The change may or may not be stored. Repeat the request."
    return _answer(request, StorageUnavailable(detail))


def _validation_problem(request: Request[Any, Any, Any], error: ValidationException) -> ProblemException:
    """The problem of parameters that do not have the type of the handler's arguments."""
    findings = error.extra if isinstance(error.extra, list) else []
    if not findings:
        return ProblemException(422, "invalid-request", "Invalid request", error.detail)
    return InvalidValues([_finding(request, finding) for finding in findings])


def _finding(request: Request[Any, Any, Any], finding: dict[str, Any]) -> ProblemError:
    key, message = str(finding.get("key", "")), str(finding.get("message", ""))
    if message == repr(key):  # The framework reports a missing parameter as a failed look-up.
        message = "This is required."
    elif expected := _EXPECTED.match(message):
        message = _SPELLINGS[expected["type"]]
    elif message.startswith(INVALID_VALUE):
        message = f"{message}. {allowed(_values_of(request.route_handler, key))}"
    return ProblemError(message, parameter=key)


def _values_of(handler: BaseRouteHandler, name: str) -> list[str]:
    """Values of a parameter that has a fixed set of them."""
    signatures = [handler.parsed_fn_signature]
    signatures += [each.parsed_fn_signature for each in handler.resolve_dependencies().values()]
    kinds = [each.parameters[name].annotation for each in signatures if name in each.parameters]
    return sorted(
        value
        for kind in kinds
        for part in (kind, *get_args(kind))
        if get_origin(part) is Literal
        for value in get_args(part)
    )


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected_error(request, error)
    detail = {
        404: "Nothing is at this address. The OpenAPI document lists all calls.",
        405: f"{request.method} is not supported at this address. See the Allow header.",
        413: "The body is longer than this call allows. The OpenAPI document lists the limits.",
    }.get(error.status_code, error.detail)
    return _answer(request, standard_problem(error.status_code, detail, error.headers))


def _unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _logger.error("request failed", route=request.scope.get("path_template"), exc_info=error)
    detail = "An unexpected error occurred. The service's log has the cause under this answer's X-Request-Id."
    return _answer(request, ProblemException(500, "internal-error", "Internal error", detail))
