"""Headers of answers in the OpenAPI document, described once each."""

from collections.abc import Iterable, Mapping

from litestar.openapi.spec import OpenAPIHeader, OpenAPIType, Reference, Schema

_REQUEST_ID = {"X-Request-Id": "Id of the request in the service's log. A valid id of the caller is kept."}
SECURITY = {
    "X-Content-Type-Options": "`nosniff`.",
    "X-Frame-Options": "`DENY`.",
    "Referrer-Policy": "`no-referrer`.",
    "Cross-Origin-Resource-Policy": "`same-origin`.",
    "Content-Security-Policy": "An answer that is shown as a page loads and runs nothing.",
}
"""Headers of every answer."""

WITH_REQUEST_ID = _REQUEST_ID | SECURITY
"""Headers of every answer of the application."""

LIMITS = {
    "RateLimit": "Remaining units (`r`) of each limit, and seconds until it is full again (`t`). Absent without "
    "limits, and from an error that is found before the request is counted.",
    "RateLimit-Policy": "Limits: units (`q`) per seconds (`w`). Absent where `RateLimit` is.",
}
PRIVATE = {"Cache-Control": "`private`: shared caches must not store the answer. `no-store` of an error."}
_OF_ERRORS = {
    "WWW-Authenticate": "The challenge (RFC 6750), with the required scope if the token lacks it. On a 400 only with "
    "more than one access token.",
    "Retry-After": "Seconds until a retry may succeed.",
}


def shared_headers() -> Mapping[str, OpenAPIHeader | Reference]:
    """All shared headers by name, for the document's components."""
    described = WITH_REQUEST_ID | LIMITS | PRIVATE | _OF_ERRORS
    return {
        name: OpenAPIHeader(schema=Schema(type=OpenAPIType.STRING), description=text)
        for name, text in described.items()
    }


def references(names: Iterable[str]) -> dict[str, OpenAPIHeader | Reference]:
    """References to shared headers."""
    return {name: Reference(ref=f"#/components/headers/{name}") for name in names}
