"""Cursors: where a list was left off. Signed, bound to the list's arguments, and all that a pod needs to go on."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from adapters.snapshots import SigningKey

DEEPEST = 500
"""Items of one list that can be had page by page: what nobody scrolls to is not worth a longer cursor."""

_MAC_DIGITS = 32
_PREFIX = b"cursor:"


class CursorFault(Exception):
    """The cursor is forged, garbled or another list's; the message is the end of a sentence."""


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    """A digest of the list's arguments, and the short hashes of what was shown as little-endian 32-bit numbers."""

    arguments: bytes
    shown: bytes


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors of the form base64url(MessagePack) + `.` + signature.

    A cursor carries the short hashes of all items before it, so that no page repeats one: not after a new snapshot
    has turned the order about, and not on another pod. It is bound to what the list is of (scenario, shopper or
    product, filters, body), not to how it is read: `limit`, `expand` and `explain` may change from page to page.

    Attributes:
        key: signs them; the snapshots' key, under a prefix of its own.
        others: may have signed them too, in a pod that is further on, or not as far, in a rotation of keys.
    """

    key: SigningKey
    others: Sequence[SigningKey] = ()

    def after(self, arguments: bytes, shown: Sequence[int]) -> str:
        """The cursor that goes on after the items with these short hashes."""
        content = _Cursor(_digest(arguments), np.array(shown, dtype="<u4").tobytes())
        payload = base64.urlsafe_b64encode(msgspec.msgpack.encode(content)).rstrip(b"=")
        return f"{payload.decode()}.{self._signature(payload)}"

    def shown(self, arguments: bytes, cursor: str) -> tuple[int, ...]:
        """Short hashes of the items before the cursor.

        Raises:
            CursorFault: it is not one of ours, or belongs to other arguments.
        """
        payload, _, signature = cursor.partition(".")
        encoded = payload.encode(errors="surrogatepass")
        keys = (self.key, *self.others)
        if not any(key.signed(_PREFIX + encoded, signature, digits=_MAC_DIGITS) for key in keys):
            raise CursorFault("not a cursor of this service")
        try:
            padded = encoded + b"=" * (-len(encoded) % 4)
            content = msgspec.msgpack.decode(base64.urlsafe_b64decode(padded), type=_Cursor)
        except (binascii.Error, msgspec.DecodeError) as error:
            raise CursorFault("of another release; begin again without a cursor") from error
        if content.arguments != _digest(arguments):
            raise CursorFault("it belongs to other arguments; begin again without a cursor")
        return tuple(np.frombuffer(content.shown, dtype="<u4").tolist())

    def _signature(self, payload: bytes) -> str:
        return self.key.signature(_PREFIX + payload)[:_MAC_DIGITS]


def _digest(arguments: bytes) -> bytes:
    return hashlib.blake2b(arguments, digest_size=12).digest()
