"""RFC 9457 problems: the document, and every error that the service answers with one.

Errors:

    ProblemException
    ├── InvalidParameter       422, a parameter of the URL
    ├── InvalidValues          422, values of the body
    │   └── InvalidBody        422, one value of the body
    ├── MalformedBody          400, a body that is not JSON in UTF-8
    ├── UnsupportedMediaType   415, a body of another type
    ├── UnknownProduct         404
    ├── NoSuchCall             403, an ingress describes a call that does not exist
    ├── TooManyRequests        429, a rate limit (service.limits)
    ├── NothingToServe         503, no snapshot yet
    ├── Overloaded             503, too many requests in flight
    ├── KeysNotLoaded          503, no keys of a token issuer yet
    ├── StorageUnavailable     503, a write that is not durable
    │
    │   in the console only (service.console.facts, service.snapshots):
    ├── UnknownShopper         404, nothing is known of the shopper
    ├── NoMap                  404, the snapshot has no map
    ├── OtherSnapshot          409, the rows belong to a snapshot that is no longer live
    ├── UnknownSnapshot        404, no such version is published
    ├── UnusableSnapshot       409, a version that cannot be opened
    ├── SnapshotsUnchanged     409, a rollback that was not done
    ├── SnapshotOpening        503, a version that is still fetched or verified
    └── SnapshotsUnreachable   503, the storage of snapshots does not answer

`error_handlers` turns the errors of other layers into these.
"""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

import msgspec
from litestar.types import HTTPResponseStartEvent, Send

from service.auth import AuthorizationError

MEDIA_TYPE = "application/problem+json"
REALM = "recommender"

MAX_ERRORS = 50
"""Findings in one problem. The others are counted."""

MAX_TEXT_CHARACTERS = 500
"""Length of each text in a problem. A caller's text is cut, so that no answer is much longer than a short request."""

TYPE_PREFIX = "urn:problem:recommender:"
"""Start of the `type` of every problem."""
_PATH_CHARACTERS = "/:@!$&'()*+,;=-._~"


class ProblemError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One invalid value of a request.

    Attributes:
        detail: what is wrong with it.
        pointer: JSON pointer into the body.
        parameter: name of a query, path, header or cookie parameter.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def __post_init__(self) -> None:
        """Cuts texts that are too long."""
        for name in self.__struct_fields__:
            text = getattr(self, name)
            if text is not None and len(text) > MAX_TEXT_CHARACTERS:
                msgspec.structs.force_setattr(self, name, shortened(text))


def shortened(text: str) -> str:
    """`text`, cut to `MAX_TEXT_CHARACTERS`."""
    return text if len(text) <= MAX_TEXT_CHARACTERS else text[: MAX_TEXT_CHARACTERS - 1] + "…"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem document.

    Attributes:
        type: the kind of problem, for programs.
        title: the kind of problem, always in the same words.
        status: HTTP status.
        detail: explains this occurrence.
        instance: path of the request.
        errors: single findings, at most 50.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[ProblemError, ...] = ()


class ProblemException(Exception):
    """An error that is answered with a problem document.

    Args:
        status: HTTP status, 400 to 599.
        slug: end of the problem's `type`, such as `unknown-product`.
        title: the kind of problem, always in the same words.
        detail: explains this occurrence.
        errors: single findings, of which the first `MAX_ERRORS` are kept.
        headers: additional response headers.
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
        self.detail = shortened(detail)
        self.errors = tuple(errors[:MAX_ERRORS])
        self.headers = headers or {}


class InvalidParameter(ProblemException):
    """A parameter of the URL that does not exist or has an invalid value."""

    def __init__(self, name: str, finding: str) -> None:
        end = "" if finding.endswith("?") else "."
        detail = f"The parameter {name!r} is invalid: {finding}{end}"
        super().__init__(
            422, "invalid-request", "Invalid request", detail, (ProblemError(finding, parameter=name),)
        )


class InvalidValues(ProblemException):
    """A request with invalid values, listed in `errors`."""

    def __init__(self, errors: Sequence[ProblemError]) -> None:
        count = "1 value is" if len(errors) == 1 else f"{len(errors):,} values are"
        where = "See" if len(errors) <= MAX_ERRORS else f"The first {MAX_ERRORS} are in"
        detail = f"{count} invalid. {where} `errors`."
        super().__init__(422, "invalid-request", "Invalid request", detail, errors)


class InvalidBody(InvalidValues):
    """An invalid value of the body, with a JSON pointer to it."""

    def __init__(self, pointer: str, finding: str) -> None:
        super().__init__([ProblemError(finding, pointer=pointer)])


class MalformedBody(ProblemException):
    """A body that is not JSON in UTF-8."""

    def __init__(self, finding: str) -> None:
        super().__init__(400, "bad-request", "Bad Request", f"The body is not JSON in UTF-8: {finding}.")


class UnsupportedMediaType(ProblemException):
    """A body with a `Content-Type` other than JSON."""

    def __init__(self, detail: str) -> None:
        super().__init__(415, "unsupported-media-type", "Unsupported Media Type", detail)


class UnknownProduct(ProblemException):
    """A product that the served snapshot does not hold, or that was deleted."""

    def __init__(self, product_id: str) -> None:
        super().__init__(
            404,
            "unknown-product",
            "Unknown product",
            f"The catalog has no product {product_id!r}, or it is newer than the current snapshot.",
        )


class NoSuchCall(ProblemException):
    """An ingress asks about a call that does not exist.

    Args:
        detail: what is wrong with the call, for the operator of the ingress.
    """

    def __init__(self, detail: str) -> None:
        # No error code: another token would not help.
        challenge = {"www-authenticate": f'Bearer realm="{REALM}"'}
        super().__init__(403, "no-such-call", "No such call", detail, headers=challenge)


class NothingToServe(ProblemException):
    """No snapshot is loaded yet."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "no-snapshot",
            "No snapshot loaded",
            "No snapshot is loaded yet. The indexer has not published one, or it is still being opened.",
            headers={"retry-after": "5"},
        )


class Overloaded(ProblemException):
    """Too many requests are in flight, or too many bodies arrive.

    Args:
        reason: what is at its limit.
        headers: additional response headers.
    """

    def __init__(
        self, reason: str = "The server is at capacity.", headers: dict[str, str] | None = None
    ) -> None:
        detail, headers = f"{reason} Retry shortly.", {"retry-after": "1", **(headers or {})}
        super().__init__(503, "overloaded", "Overloaded", detail, headers=headers)


class KeysNotLoaded(ProblemException):
    """The keys of a token issuer were not fetched yet."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "issuer-unavailable",
            "Token issuer unavailable",
            "The keys of a token issuer are not loaded yet. The log names the issuer and the reason.",
            headers={"retry-after": "5"},
        )


class StorageUnavailable(ProblemException):
    """A change that cannot be made durable now.

    Args:
        detail: what was not done, for the caller.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(
            503, "storage-unavailable", "Storage unavailable", detail, headers={"retry-after": "5"}
        )


def authorization_problem(error: AuthorizationError) -> ProblemException:
    """The problem of a caller who lacks a scope, with a challenge (RFC 6750)."""
    challenge = f'Bearer realm="{REALM}", error="insufficient_scope", scope="{error.scope}"'
    return ProblemException(
        403, "forbidden", "Not allowed", str(error), headers={"www-authenticate": challenge}
    )


def standard_problem(status: int, detail: str, headers: dict[str, str] | None = None) -> ProblemException:
    """A problem that its HTTP status alone describes."""
    phrase = HTTPStatus(status).phrase
    return ProblemException(status, phrase.lower().replace(" ", "-"), phrase, detail, headers=headers)


def problem_of(error: ProblemException | AuthorizationError, path: str) -> Problem:
    """The document of an error in a request to `path`."""
    problem = authorization_problem(error) if isinstance(error, AuthorizationError) else error
    return Problem(
        type=TYPE_PREFIX + problem.slug,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=quote(shortened(path), safe=_PATH_CHARACTERS),
        errors=problem.errors,
    )


def problem_headers(problem: ProblemException) -> dict[str, str]:
    """Headers of the answer, without those of its content."""
    return {"cache-control": "no-store", **problem.headers}


async def send_problem(problem: ProblemException, path: str, send: Send) -> None:
    """Answers a request outside of the application."""
    content = msgspec.json.encode(problem_of(problem, path))
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(content)), **problem_headers(problem)}
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": problem.status,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": content, "more_body": False})
