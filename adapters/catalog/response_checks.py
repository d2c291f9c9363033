"""Validation of responses as a whole: status, content type, readable body."""

from collections.abc import Callable
from typing import TypeVar

from adapters.catalog.errors import CatalogContractViolation, CatalogError, CatalogRefused, CatalogUnavailable
from adapters.catalog.http_client import HttpResponse
from adapters.catalog.records import DECODING_ERRORS

T = TypeVar("T")

_PROBLEM = "application/problem+json"
_BUSY = frozenset({408, 425, 429})
_MISSING_CALL = frozenset({404, 405, 501})


def ensure_success(response: HttpResponse) -> HttpResponse:
    """Returns the response if it is JSON with status 200.

    Raises:
        CatalogError: the subclass that matches the status or content type.
    """
    if response.status != 200:
        raise _failure(response)
    if not response.is_json:
        raise CatalogContractViolation(
            f"{response.call}: JSON was expected, but the content type is {response.content_type or 'missing'}: "
            f"{response.excerpt}. Check the configured address"
        )
    return response


def success_or_none(response: HttpResponse) -> HttpResponse | None:
    """Returns the response as `ensure_success`, or None for the catalog's own 404.

    The catalog's own 404 is a problem document. A 404 of a proxy is not, and raises an error.
    """
    if response.status != 404:
        return ensure_success(response)
    if response.content_type == _PROBLEM:
        return None
    raise CatalogContractViolation(
        f"{response.call} answered 404 as {response.content_type or 'no content type'}: {response.excerpt}. Only "
        f"{_PROBLEM} says that the catalog, and no proxy, does not know the user"
    )


def optional_success(response: HttpResponse) -> HttpResponse | None:
    """Returns the response as `ensure_success`, or None.

    A catalog that does not have the call answers 404, 405 or 501.
    """
    return None if response.status in _MISSING_CALL else ensure_success(response)


def read_body(response: HttpResponse, read: Callable[[bytes], T], expected: str) -> T:
    """Reads the body.

    Args:
        response: successful response.
        read: decodes a body.
        expected: name of what is read for the error message.

    Raises:
        CatalogContractViolation: truncated or malformed body, or something else.
    """
    try:
        return read(response.body)
    except DECODING_ERRORS as error:
        raise CatalogContractViolation(
            f"{response.call}: {expected} was expected: {error}. The body begins with {response.excerpt}"
        ) from error


def _failure(response: HttpResponse) -> CatalogError:
    status = f"{response.call} answered {response.status}"
    if response.status >= 500 or response.status in _BUSY:
        return CatalogUnavailable(
            f"{status}: {response.excerpt}",
            transient=response.status != 501,
            retry_after=response.retry_after,
        )
    if response.status in (401, 403):
        return CatalogRefused(f"{status}: check the client's credentials and audience ({response.excerpt})")
    if 300 <= response.status < 400:
        remedy = "Configure the catalog's own address"
        if response.location and response.location.endswith("/"):  # No path of the contract does.
            remedy = "Answer the path without a slash at its end"
        return CatalogContractViolation(f"{status}: it redirects to {response.location!r}. {remedy}")
    return CatalogContractViolation(f"{status} where 200 was expected: {response.excerpt}")
