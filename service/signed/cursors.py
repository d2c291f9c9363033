"""Cursors: signed positions in a list."""

import hashlib
import struct
from collections.abc import Sequence

import msgspec
import numpy as np

from adapters.snapshots import SigningKey
from service.signed.signer import TokenSigner

MAX_DEPTH = 500
"""Maximum number of items in a list, over all pages. It bounds the length of a cursor."""

SALT = "cursor"


class CursorFault(Exception):
    """A forged or malformed cursor, or one of another list.

    The message completes a sentence.
    """


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    """Content of a cursor.

    Attributes:
        arguments: digest of the list's arguments.
        shown: short hashes of the shown items, little-endian 32-bit numbers.
    """

    arguments: bytes
    shown: bytes


class Cursors:
    """Makes and reads cursors: MessagePack in a signed token.

    A cursor carries the short hashes of all earlier items, so that no page repeats one, even after a new snapshot or on
    another pod. It is bound to the list (scenario, shopper or product, filters, body), not to its presentation:
    `limit`, `expand` and `explain` may change from page to page.

    Args:
        keys: the first one signs, all of them are accepted.
    """

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._signer = TokenSigner(keys, SALT)

    def after(self, arguments: bytes, shown: Sequence[int]) -> str:
        """The cursor that continues after the items with these short hashes."""
        content = _Cursor(_digest(arguments), struct.pack(f"<{len(shown)}I", *shown))
        return self._signer.sign(msgspec.msgpack.encode(content))

    def shown(self, arguments: bytes, cursor: str) -> tuple[int, ...]:
        """Short hashes of the items before the cursor.

        Raises:
            CursorFault: no cursor of this service, or one with other arguments.
        """
        payload = self._signer.verify(cursor)
        if payload is None:
            raise CursorFault("it is not a cursor of this service")
        try:
            content = msgspec.msgpack.decode(payload, type=_Cursor)
            shown = np.frombuffer(content.shown, dtype="<u4")
        except (msgspec.DecodeError, ValueError) as error:
            raise CursorFault("it is of another release; start again without a cursor") from error
        if content.arguments != _digest(arguments):
            raise CursorFault("it belongs to other arguments; start again without a cursor")
        return tuple(shown.tolist())


def _digest(arguments: bytes) -> bytes:
    return hashlib.blake2b(arguments, digest_size=12).digest()
