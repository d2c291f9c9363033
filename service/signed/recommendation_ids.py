"""Recommendation ids: self-describing and signed, so that attribution needs no table."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.snapshots import SigningKey

_MAC_DIGITS = 16
_PREFIX = b"recommendation-id:"
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Recommended:
    """What a recommendation id says of the answer that it names.

    Attributes:
        scenario: what was asked for.
        snapshot_version: what it was answered from.
        milliseconds: when, since the epoch; None of a list that everyone gets alike.
    """

    scenario: str
    snapshot_version: str
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class RecommendationIds:
    """Makes ids of the form base64url(`scenario.version.time.nonce`) + `.` + signature.

    Attributes:
        key: signs them; the snapshots' key, under a prefix of its own.
        others: may have signed them too, in a pod that is further on, or not as far, in a rotation of keys.
    """

    key: SigningKey
    others: Sequence[SigningKey] = ()

    def personal(self, scenario: str, version: str, milliseconds: int) -> str:
        """The id of one answer to one shopper; never the same twice."""
        return self._signed(f"{scenario}.{version}.{milliseconds}.{secrets.token_hex(4)}")

    def shared(self, scenario: str, version: str, arguments: str) -> str:
        """The id of a list that everyone gets alike: the same for the same arguments and snapshot."""
        digest = hashlib.blake2b(arguments.encode(errors="surrogatepass"), digest_size=8).hexdigest()
        return self._signed(f"{scenario}.{version}.0.{digest}")

    def read(self, recommendation_id: str) -> Recommended | None:
        """What the answer of this id was; None when no key of ours made it."""
        encoded, _, mac = recommendation_id.partition(".")
        if len(recommendation_id) > _LONGEST:
            return None
        try:
            payload = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        # Bits that the last character does not need are no part of the payload: one answer has one id.
        keys = (self.key, *self.others)
        signed = any(key.signed(_PREFIX + payload, mac, digits=_MAC_DIGITS) for key in keys)
        if not signed or _encoded(payload) != encoded:
            return None
        scenario, version, milliseconds, _ = payload.decode().split(".")
        return Recommended(scenario, version, int(milliseconds) or None)

    def _signed(self, payload: str) -> str:
        mac = self.key.signature(_PREFIX + payload.encode())[:_MAC_DIGITS]
        return f"{_encoded(payload.encode())}.{mac}"


def _encoded(payload: bytes) -> str:
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")
