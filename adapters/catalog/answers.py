"""Reads answers: status, content type, types, ids; whatever breaks the contract is refused by name."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from adapters.catalog.errors import CatalogContractViolation, CatalogError, CatalogRefused, CatalogUnavailable
from adapters.catalog.exchange import Answer
from adapters.catalog.ids import id_fault
from adapters.catalog.wire import Product, Purchase

T = TypeVar("T")

DECODING_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Everything msgspec raises on bad input: bytes that are not UTF-8 and deep nesting have no class of its own."""

_PROBLEM = "application/problem+json"
_BUSY = frozenset({408, 425, 429})


def ensure_success(answer: Answer) -> Answer:
    """The answer, when its status is 200 and it says JSON; the matching CatalogError otherwise."""
    if answer.status != 200:
        raise _failure(answer)
    if not answer.is_json:
        raise CatalogContractViolation(
            f"{answer.call}: JSON was expected, but {answer.content_type or 'no content type'} came: "
            f"{answer.excerpt}. Check the configured address"
        )
    return answer


def success_or_absent(answer: Answer) -> Answer | None:
    """As `ensure_success`; None for the catalog's own 404, which unlike a proxy's is a problem document."""
    if answer.status == 404 and answer.content_type == _PROBLEM:
        return None
    return ensure_success(answer)


def decoded(answer: Answer, decoder: msgspec.json.Decoder[T], expected: str) -> T:
    """The body in the decoder's type.

    Args:
        answer: a successful answer.
        decoder: of the expected type.
        expected: that type in words, for the message.

    Raises:
        CatalogContractViolation: the body is cut, malformed, or of another shape.
    """
    try:
        return decoder.decode(answer.body)
    except DECODING_ERRORS as error:
        raise CatalogContractViolation(
            f"{answer.call}: {expected} was expected: {error}; it begins with {answer.excerpt}"
        ) from error


def ensure_valid_ids(call: str, ids: Iterable[str], kind: str) -> None:
    """Refuses an id that would break in a path.

    Raises:
        CatalogContractViolation: names the fault, the call (with the page's cursor) that brought it, and the id
            unless it is a user's.
    """
    for value in set(ids):
        fault = id_fault(value)
        if fault is not None:
            shown = "" if kind == "user" else f" {value[:250]!r}"
            raise CatalogContractViolation(f"{call}: the {kind} id{shown} {fault}")


def ensure_valid_products(call: str, products: Iterable[Product]) -> None:
    """Refuses products whose ids are not valid, as `ensure_valid_ids` does."""
    ensure_valid_ids(call, (product.id for product in products), "product")


def ensure_valid_purchases(call: str, purchases: list[Purchase]) -> None:
    """Refuses purchases whose product or user ids are not valid, as `ensure_valid_ids` does."""
    ensure_valid_ids(call, (purchase.product_id for purchase in purchases), "product")
    ensure_valid_ids(call, (purchase.user_id for purchase in purchases), "user")


def _failure(answer: Answer) -> CatalogError:
    said = f"{answer.call} answered {answer.status}"
    if answer.status >= 500 or answer.status in _BUSY:
        return CatalogUnavailable(
            f"{said}: {answer.excerpt}", transient=answer.status != 501, retry_after=answer.retry_after
        )
    if answer.status in (401, 403):
        return CatalogRefused(f"{said}: check the client's credentials and audience ({answer.excerpt})")
    if 300 <= answer.status < 400:
        return CatalogContractViolation(
            f"{said}: it leads to {answer.location!r}; configure the catalog's own address"
        )
    return CatalogContractViolation(f"{said} where 200 was expected: {answer.excerpt}")
