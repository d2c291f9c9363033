"""Translates the errors of the HTTP library."""

import re
import zlib

import httpx

from adapters.catalog.errors import (
    CatalogAnswerTruncated,
    CatalogContractViolation,
    CatalogError,
    CatalogUnavailable,
    CatalogUnreachable,
)
from adapters.certificates import with_remedy

_EXCERPT_CHARACTERS = 80
_ABOUT_USERS = re.compile(r"/v1/(users/|purchases(\?|$))")

HTTP_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, zlib.error)
"""Everything that httpx and the decompression raise."""

_CALLER_ERRORS = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)

_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


def translate_error(error: Exception, call: str, received: bytes | bytearray | None = None) -> CatalogError:
    """Translates an exception of httpx.

    Args:
        error: exception that httpx raised.
        call: method and URL.
        received: body received so far, or None before the response began.
    """
    cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, zlib.error):
        return CatalogContractViolation(f"{call}: the answer cannot be decompressed ({cause})")
    if isinstance(error, httpx.TooManyRedirects):
        return CatalogContractViolation(f"{call}: too many redirects ({cause})")
    if isinstance(error, _CALLER_ERRORS):
        return CatalogUnreachable(f"{call} cannot be sent: check the configured address ({cause})")
    if isinstance(error, httpx.RemoteProtocolError) and received is not None:
        return CatalogAnswerTruncated(
            f"{call}: the connection ended after {len(received):,} bytes, before the answer was complete: "
            f"{body_excerpt(received, call)} ({cause})",
            transient=True,
        )
    kind = CatalogUnreachable if isinstance(error, _NO_CONNECTION) else CatalogUnavailable
    if isinstance(error, httpx.TimeoutException):
        return kind(f"{call}: no answer in time ({cause})", transient=True)
    return kind(with_remedy(f"{call}: no answer ({cause})"), transient=True)


def body_excerpt(body: bytes | bytearray, call: str) -> str:
    """Returns the quoted beginning of a body, or its size if about users."""
    if _ABOUT_USERS.search(call):
        return f"{len(body):,} bytes about users, which are not shown"
    return repr(bytes(body[: 4 * _EXCERPT_CHARACTERS]).decode("utf-8", "replace")[:_EXCERPT_CHARACTERS])
