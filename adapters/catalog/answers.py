"""Validation and decoding of responses.

Status, content type, field types and ids are checked. A violation of the contract raises an error that names it.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from adapters.catalog.errors import CatalogContractViolation, CatalogError, CatalogRefused, CatalogUnavailable
from adapters.catalog.exchange import Answer
from adapters.catalog.ids import id_fault
from adapters.catalog.wire import Product, Purchase

T = TypeVar("T")

DECODING_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Everything that msgspec raises on bad input, including invalid UTF-8 and deep nesting."""

_PROBLEM = "application/problem+json"
_BUSY = frozenset({408, 425, 429})


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


def decode_body(answer: Answer, decoder: msgspec.json.Decoder[T], expected: str) -> T:
    """Decodes the body.

    Args:
        answer: successful answer.
        decoder: decoder of the expected type.
        expected: name of that type for the error message.

    Raises:
        CatalogContractViolation: truncated or malformed body, or another type.
    """
    try:
        return decoder.decode(answer.body)
    except DECODING_ERRORS as error:
        raise CatalogContractViolation(
            f"{answer.call}: {expected} was expected: {error}. The body begins with {answer.excerpt}"
        ) from error


def ensure_valid_ids(call: str, ids: Iterable[str], kind: str) -> None:
    """Rejects ids that are not safe in a URL path.

    Raises:
        CatalogContractViolation: invalid id. The message names the fault and the call with its cursor. It shows the
            id of a product, but not of a user.
    """
    for value in set(ids):
        fault = id_fault(value)
        if fault is not None:
            shown = "" if kind == "user" else f" {value[:250]!r}"
            raise CatalogContractViolation(f"{call}: the {kind} id{shown} {fault}")


def ensure_valid_products(call: str, products: Iterable[Product]) -> None:
    """Rejects products with an invalid id, as `ensure_valid_ids` does."""
    ensure_valid_ids(call, (product.id for product in products), "product")


def ensure_valid_purchases(call: str, purchases: list[Purchase]) -> None:
    """Rejects purchases with an invalid product or user id, as `ensure_valid_ids` does."""
    ensure_valid_ids(call, (purchase.product_id for purchase in purchases), "product")
    ensure_valid_ids(call, (purchase.user_id for purchase in purchases), "user")


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
