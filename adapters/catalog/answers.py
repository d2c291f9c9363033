"""Validation of responses as a whole: status, content type, readable body."""

from collections.abc import Callable
from typing import TypeVar

from adapters.catalog.errors import CatalogContractViolation, CatalogError, CatalogRefused, CatalogUnavailable
from adapters.catalog.exchange import Answer
from adapters.catalog.records import DECODING_ERRORS

T = TypeVar("T")

_PROBLEM = "application/problem+json"
_BUSY = frozenset({408, 425, 429})
_MISSING_CALL = frozenset({404, 405, 501})


def ensure_success(answer: Answer) -> Answer:
    """Returns the answer if it is JSON with status 200.

    Raises:
        CatalogError: the subclass that matches the status or content type.
    """
    if answer.status != 200:
        raise _failure(answer)
    if not answer.is_json:
        raise CatalogContractViolation(
            f"{answer.call}: JSON was expected, but the content type is {answer.content_type or 'missing'}: "
            f"{answer.excerpt}. Check the configured address"
        )
    return answer


def success_or_none(answer: Answer) -> Answer | None:
    """Returns the answer as `ensure_success`, or None for the catalog's own 404.

    The catalog's own 404 is a problem document. A 404 of a proxy is not, and raises an error.
    """
    if answer.status == 404 and answer.content_type == _PROBLEM:
        return None
    return ensure_success(answer)


def optional_success(answer: Answer) -> Answer | None:
    """Returns the answer as `ensure_success`, or None.

    A catalog that does not have the call answers 404, 405 or 501.
    """
    return None if answer.status in _MISSING_CALL else ensure_success(answer)


def read_body(answer: Answer, read: Callable[[bytes], T], expected: str) -> T:
    """Reads the body.

    Args:
        answer: successful answer.
        read: decodes a body.
        expected: name of what is read for the error message.

    Raises:
        CatalogContractViolation: truncated or malformed body, or something else.
    """
    try:
        return read(answer.body)
    except DECODING_ERRORS as error:
        raise CatalogContractViolation(
            f"{answer.call}: {expected} was expected: {error}. The body begins with {answer.excerpt}"
        ) from error


def _failure(answer: Answer) -> CatalogError:
    status = f"{answer.call} answered {answer.status}"
    if answer.status >= 500 or answer.status in _BUSY:
        return CatalogUnavailable(
            f"{status}: {answer.excerpt}", transient=answer.status != 501, retry_after=answer.retry_after
        )
    if answer.status in (401, 403):
        return CatalogRefused(f"{status}: check the client's credentials and audience ({answer.excerpt})")
    if 300 <= answer.status < 400:
        return CatalogContractViolation(
            f"{status}: it redirects to {answer.location!r}. Configure the catalog's own address"
        )
    return CatalogContractViolation(f"{status} where 200 was expected: {answer.excerpt}")
