"""Opaque cursors: where the next page of a feed begins."""

import base64
import binascii
from typing import TypeVar

import msgspec

from catalog.errors import InvalidRequest

_PRODUCTS = msgspec.json.Decoder(tuple[str, int, str])
_PURCHASES = msgspec.json.Decoder(tuple[str, int])
_LARGEST = 2**63 - 1

Position = TypeVar("Position")


def products_cursor(updated_at: int, product_id: str) -> str:
    """Points behind the product that was changed at `updated_at` (microseconds since 1970)."""
    return _encode(("p", updated_at, product_id))


def read_products_cursor(cursor: str) -> tuple[int, str]:
    """`updated_at` and id of the last product read; raises InvalidRequest for what no page has given out."""
    kind, updated_at, product_id = _decode(cursor, _PRODUCTS)
    if kind != "p" or not 0 <= updated_at <= _LARGEST or "\x00" in product_id:
        raise _foreign(cursor)
    return updated_at, product_id


def purchases_cursor(sequence: int) -> str:
    """Points behind the purchase with this number in the order of recording."""
    return _encode(("q", sequence))


def read_purchases_cursor(cursor: str) -> int:
    """The number of the last purchase read; raises InvalidRequest for what no page has given out."""
    kind, sequence = _decode(cursor, _PURCHASES)
    if kind != "q" or not 0 <= sequence <= _LARGEST:
        raise _foreign(cursor)
    return sequence


def _encode(position: tuple[object, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def _decode(cursor: str, decoder: msgspec.json.Decoder[Position]) -> Position:
    try:
        return decoder.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _foreign(cursor) from error


def _foreign(cursor: str) -> InvalidRequest:
    return InvalidRequest(f"cursor {cursor!r:.80} was not given out by this feed; begin without a cursor")
