"""Every error becomes an RFC 9457 problem here, and only here."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response.base import ASGIResponse
from litestar.types import ExceptionHandlersMap

from adapters.database import DatabaseError, DatabaseNotPrepared, DatabaseRejected
from service.auth import (
    AuthenticationError,
    AuthorizationError,
    InvalidToken,
    IssuerUnavailable,
    SeveralTokens,
)

MEDIA_TYPE = "application/problem+json"
REALM = "recommender"

_TYPE_PREFIX = "urn:problem:recommender:"
_PATH_CHARACTERS = "/:@!$&'()*+,;=-._~"
_logger = structlog.get_logger("service")


class ProblemError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request: where, and what.

    `pointer` is a JSON pointer into the body; `parameter` names a query, path, header or cookie parameter.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[ProblemError, ...] = ()


class ProblemException(Exception):
    """An error that has its own answer.

    Args:
        status: HTTP status, 400 to 599.
        slug: short name of the kind of problem, the end of its `type`: `unknown-product`.
        title: the kind of problem, the same words each time.
        detail: this occurrence, for the person who reads it.
        errors: single findings.
        headers: sent with the answer.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        errors: Sequence[ProblemError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}


def exception_handlers() -> ExceptionHandlersMap:
    """What the Litestar application is given, so that each exception is answered with a problem."""
    handlers: dict[type[Exception], Callable[[Any, Any], Response[bytes]]] = {
        ProblemException: _answer,
        AuthenticationError: lambda request, error: _answer(request, _authentication_problem(error)),
        AuthorizationError: lambda request, error: _answer(request, _authorization_problem(error)),
        DatabaseError: _database_error,
        ValidationException: lambda request, error: _answer(request, _validation_problem(error)),
        HTTPException: _http_error,
        Exception: _unexpected_error,
    }
    return cast("ExceptionHandlersMap", handlers)


def problem_of(error: ProblemException | AuthorizationError, path: str) -> Problem:
    """The document for an error in answering the request to `path`."""
    problem = _authorization_problem(error) if isinstance(error, AuthorizationError) else error
    return Problem(
        type=_TYPE_PREFIX + problem.slug,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=quote(path, safe=_PATH_CHARACTERS),
        errors=problem.errors,
    )


def refusal(error: AuthenticationError, path: str) -> ASGIResponse:
    """The answer to a request for `path` that is refused before the application sees it."""
    problem = _authentication_problem(error)
    content = msgspec.json.encode(problem_of(problem, path))
    return ASGIResponse(
        body=content, status_code=problem.status, headers=_headers_of(problem), media_type=MEDIA_TYPE
    )


def _answer(request: Request[Any, Any, Any], problem: ProblemException) -> Response[bytes]:
    content = msgspec.json.encode(problem_of(problem, request.scope["path"]))
    return Response(content, status_code=problem.status, headers=_headers_of(problem), media_type=MEDIA_TYPE)


def _headers_of(problem: ProblemException) -> dict[str, str]:
    return {"cache-control": "no-store", **problem.headers}


def _authentication_problem(error: AuthenticationError) -> ProblemException:
    if isinstance(error, IssuerUnavailable):
        retry = {"retry-after": str(error.retry_after_seconds)}
        return ProblemException(
            503, "issuer-unavailable", "Token issuer unavailable", str(error), headers=retry
        )
    challenge = f'Bearer realm="{REALM}"'
    if isinstance(error, SeveralTokens):
        challenge += ', error="invalid_request", error_description="it carries more than one access token"'
        headers = {"www-authenticate": challenge}
        return ProblemException(
            400, "several-tokens", "More than one access token", str(error), headers=headers
        )
    if isinstance(error, InvalidToken):
        challenge += f', error="invalid_token", error_description="{error.reason}"'
        slug, title = "invalid-token", "Invalid access token"
    else:
        # RFC 6750, section 3.1: no error code for a request that carries no token at all.
        slug, title = "missing-token", "Access token missing"
    return ProblemException(401, slug, title, str(error), headers={"www-authenticate": challenge})


def _authorization_problem(error: AuthorizationError) -> ProblemException:
    challenge = f'Bearer realm="{REALM}", error="insufficient_scope", scope="{error.scope}"'
    return ProblemException(
        403, "forbidden", "Not allowed", str(error), headers={"www-authenticate": challenge}
    )


def _database_error(request: Request[Any, Any, Any], error: DatabaseError) -> Response[bytes]:
    if isinstance(error, DatabaseRejected):
        return _unexpected_error(request, error)
    _logger.error("database failed", route=request.scope.get("path_template"), reason=str(error))
    if isinstance(error, DatabaseNotPrepared):
        detail = "The database lacks this version's tables; whoever runs the service has to migrate it."
    else:
        detail = "The database cannot be used at the moment; nothing was stored. Try again shortly."
    headers = {"retry-after": "5"}
    return _answer(
        request, ProblemException(503, "storage-unavailable", "Storage unavailable", detail, headers=headers)
    )


def _validation_problem(error: ValidationException) -> ProblemException:
    findings = error.extra if isinstance(error.extra, list) else []
    errors = tuple(_finding(finding) for finding in findings)
    count = "1 value is" if len(errors) == 1 else f"{len(errors)} values are"
    detail = f"{count} not acceptable; see errors." if errors else error.detail
    return ProblemException(422, "invalid-request", "Invalid request", detail, errors)


def _finding(finding: dict[str, Any]) -> ProblemError:
    key, message = str(finding.get("key", "")), str(finding.get("message", ""))
    if message == repr(key):  # what is missing altogether is reported as a failed look-up
        message = "This is required."
    if finding.get("source") == "body":
        return ProblemError(message, pointer=_json_pointer(key))
    return ProblemError(message, parameter=key)


def _json_pointer(key: str) -> str:
    """Litestar's `items.0.quantity` or `items[0].quantity` as `/items/0/quantity`; the whole body is ``."""
    parts = key.replace("[", ".").replace("]", "").split(".")
    return "".join(f"/{part}" for part in parts if part not in ("", "data"))


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return _unexpected_error(request, error)
    phrase = HTTPStatus(error.status_code).phrase
    detail = {
        404: "There is nothing at this address; the service's OpenAPI document lists its calls.",
        405: f"{request.method} is not possible at this address; the Allow header says what is.",
    }.get(error.status_code, error.detail)
    slug = phrase.lower().replace(" ", "-")
    return _answer(request, ProblemException(error.status_code, slug, phrase, detail, headers=error.headers))


def _unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _logger.error("request failed", route=request.scope.get("path_template"), exc_info=error)
    detail = "The service could not answer; its log has the cause under this request's X-Request-Id."
    return _answer(request, ProblemException(500, "internal-error", "Internal error", detail))
