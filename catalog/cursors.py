"""Opaque cursors for the next page of a feed."""

import base64
import binascii
from typing import TypeVar

import msgspec

from catalog.errors import InvalidRequest

_PRODUCTS = msgspec.json.Decoder(tuple[str, int, str])
_PURCHASES = msgspec.json.Decoder(tuple[str, int])
_MAX_INTEGER = 2**63 - 1

Position = TypeVar("Position")


def products_cursor(updated_at: int, product_id: str) -> str:
    """Returns the cursor after a product changed at `updated_at` (microseconds since 1970)."""
    return _encode(("p", updated_at, product_id))


def read_products_cursor(cursor: str) -> tuple[int, str]:
    """Returns `updated_at` and id of the last product read.

    Raises:
        InvalidRequest: cursor of another feed, or malformed.
    """
    kind, updated_at, product_id = _decode(cursor, _PRODUCTS)
    if kind != "p" or not 0 <= updated_at <= _MAX_INTEGER or "\x00" in product_id:
        raise _invalid_cursor(cursor)
    return updated_at, product_id


def purchases_cursor(sequence: int) -> str:
    """Returns the cursor after the purchase with this sequence number."""
    return _encode(("q", sequence))


def read_purchases_cursor(cursor: str) -> int:
    """Returns the sequence number of the last purchase read.

    Raises:
        InvalidRequest: cursor of another feed, or malformed.
    """
    kind, sequence = _decode(cursor, _PURCHASES)
    if kind != "q" or not 0 <= sequence <= _MAX_INTEGER:
        raise _invalid_cursor(cursor)
    return sequence


def _encode(position: tuple[object, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def _decode(cursor: str, decoder: msgspec.json.Decoder[Position]) -> Position:
    try:
        return decoder.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _invalid_cursor(cursor) from error


def _invalid_cursor(cursor: str) -> InvalidRequest:
    return InvalidRequest(f"cursor {cursor!r:.80} is not a cursor of this feed. Start without a cursor")
