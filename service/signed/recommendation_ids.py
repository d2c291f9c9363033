"""Recommendation ids: signed and self-describing, so that attribution needs no table."""

import hashlib
import os
import struct
import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from adapters.snapshots import SigningKey
from recommender.product_ids import short_hash
from service.signed.signer import TokenSigner

SALT = "recommendation-id"
MAX_PRODUCTS = 100
"""Products that an id names, the first ones of a longer answer."""

_MAX_LENGTH = 512
_NONCE_BYTES = 4


class Recommended(msgspec.Struct, array_like=True, frozen=True):
    """Content of a recommendation id.

    Attributes:
        scenario: the kind of list.
        version: version of the snapshot.
        milliseconds: time since the epoch. 0 for a list that is the same for every caller.
        nonce: random, or a digest of a shared list's arguments.
        owner: keyed digest of the shopper. Empty for an answer to nobody in particular.
        products: 16 bits of the hash of each product, little-endian.
    """

    scenario: str
    version: str
    milliseconds: int
    nonce: bytes
    owner: bytes
    products: bytes

    def is_of(self, user_id: str) -> bool:
        """True for an answer to this shopper, or to nobody in particular."""
        return not self.owner or self.owner == _owner(user_id, self.nonce)

    def has(self, product_id: str) -> bool:
        """True for a product of the answer.

        If it has n products, also true for n in 65,536 others.
        """
        return short_hash(product_id) & 0xFFFF in np.frombuffer(self.products, "<u2")


class RecommendationIds:
    """Makes and reads ids: MessagePack in a signed token.

    Args:
        keys: the first one signs, all of them are accepted.
        clock: epoch seconds.
    """

    def __init__(self, keys: Sequence[SigningKey], clock: Callable[[], float] = time.time) -> None:
        self._signer = TokenSigner(keys, SALT)
        self._clock = clock

    def personal(self, scenario: str, version: str, user_id: str | None, products: bytes = b"") -> str:
        """A unique id of an answer that one shopper gets now, known or not.

        `version` is the snapshot's, and `products` are those of `products_of`.
        """
        nonce = os.urandom(_NONCE_BYTES)
        owner = b"" if user_id is None else _owner(user_id, nonce)
        milliseconds = int(self._clock() * 1000)
        return self._sign(Recommended(scenario, version, milliseconds, nonce, owner, products))

    def shared(self, scenario: str, version: str, arguments: bytes, products: bytes = b"") -> str:
        """The id of a shared list.

        It is the same for equal arguments, snapshot and products, which are those of `products_of`.
        """
        digest = hashlib.blake2b(arguments, digest_size=8).digest()
        return self._sign(Recommended(scenario, version, 0, digest, b"", products))

    def read(self, recommendation_id: str) -> Recommended | None:
        """Content of an id, or None if no key signed it in this form."""
        if len(recommendation_id) > _MAX_LENGTH:
            return None
        payload = self._signer.verify(recommendation_id)
        try:
            return None if payload is None else msgspec.msgpack.decode(payload, type=Recommended)
        except msgspec.DecodeError:
            return None

    def _sign(self, content: Recommended) -> str:
        return self._signer.sign(msgspec.msgpack.encode(content))


def _owner(user_id: str, nonce: bytes) -> bytes:
    return hashlib.blake2b(user_id.encode(errors="surrogatepass"), key=nonce, digest_size=8).digest()


def products_of(hashes: Sequence[int]) -> bytes:
    """The products of an id, from the short hashes of those of its answer."""
    numbers = hashes[:MAX_PRODUCTS]
    # The first half of each number is that with the lower bits.
    return memoryview(struct.pack(f"<{len(numbers)}I", *numbers)).cast("H")[::2].tobytes()
