"""Problems in the OpenAPI document, where operations share them, and in docs/api/errors.md."""

from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIResponse, Reference

from service.http.problems import MEDIA_TYPE, TYPE_PREFIX
from service.openapi.headers import LIMITS, PRIVATE, SECURITY, WITH_REQUEST_ID, references
from service.openapi.known_problems import PROBLEMS

_DESCRIPTIONS = {
    400: "The body is not JSON, or the request has more than one access token.",
    401: "The access token is missing or was rejected.",
    403: "The access token does not allow this call.",
    404: "Nothing has this id.",
    408: "The body did not arrive in time.",
    409: "The state of the snapshots does not allow it. `detail` says why.",
    413: "The body is too large.",
    414: "Path and query are too long.",
    415: "The body is not JSON.",
    422: "A parameter or the body is invalid. `errors` names the values.",
    429: "The rate limit is used up. Retry after the time in the header.",
    431: "The headers are too many or too large.",
    503: "The service cannot answer now. Retry after the time in the header.",
}
_TITLES = {409: "Conflict"}
"""Titles of answers that have a problem's title otherwise."""

_OWN_HEADERS = {
    400: ("WWW-Authenticate",),
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
_PAGE = """\
# Errors

Every error is a problem ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with the media type
`application/problem+json`. Programs compare `status` and `type`. `detail` explains this one error to people, and a 422
names each wrong value in `errors`. Log `X-Request-Id`: the log has the cause under it. This page is generated:
`python docs/reference/generate.py`.

Retry 408 on a new connection, and 429 and 503 after `Retry-After`, with a growing pause. Repeat nothing else without a
change. A page of a shop shows no error. It leaves the list out, or shows a list that it kept.

`type` is `urn:problem:recommender:` and one of these:

| status | type | cause | what to do |
| --- | --- | --- | --- |
"""
_OF_NO_OPERATION = {
    "not-found",
    "no-such-call",
    "unknown-shopper",
    "no-map",
    "snapshots-unreachable",
}
"""Problems of unknown addresses and of the console, which no operation of the document answers with."""

_BEFORE_TELEMETRY = {414, 431}
"""Statuses of requests that are refused before they get an id."""

_UNCOUNTED = {401, *_BEFORE_TELEMETRY}
"""Statuses of requests that no limit counts."""


def reference(status: str) -> Reference:
    """Reference of an operation to the shared answer with this status."""
    return Reference(ref=f"#/components/responses/{_name(int(status))}")


def shared_responses() -> dict[str, OpenAPIResponse]:
    """Answers with problems, which operations share, by name."""
    return {_name(status): _response(status, text) for status, text in _DESCRIPTIONS.items()}


def errors_page() -> str:
    """The page of all problems, in Markdown."""
    rows = "".join(
        f"| {one.status} | `{one.slug}` | {one.cause} | {one.cure} |\n"
        for one in sorted(PROBLEMS, key=lambda each: each.status)
    )
    return _PAGE + rows


def _name(status: int) -> str:
    title = next(one.title for one in PROBLEMS if one.status == status)
    return "".join(word.capitalize() for word in _TITLES.get(status, title).split())


def _response(status: int, description: str) -> OpenAPIResponse:
    examples: dict[str, Example | Reference] = {
        one.slug: Example(
            value={
                "type": TYPE_PREFIX + one.slug,
                "title": one.title,
                "status": status,
                "detail": one.cause.replace("`", ""),
                "instance": "/v1/popular",
            }
        )
        for one in PROBLEMS
        if one.status == status and one.slug not in _OF_NO_OPERATION
    }
    content = OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"), examples=examples)
    shared = SECURITY if status in _BEFORE_TELEMETRY else WITH_REQUEST_ID
    limits = () if status in _UNCOUNTED else LIMITS
    headers = references([*shared, *limits, *PRIVATE, *_OWN_HEADERS.get(status, ())])
    return OpenAPIResponse(description=description, headers=headers, content={MEDIA_TYPE: content})
