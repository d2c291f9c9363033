"""Recommendation ids: self-describing and signed, so that attribution needs no table."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

from adapters.snapshots import SigningKey

_MAC_DIGITS = 16


@dataclass(frozen=True, slots=True)
class RecommendationIds:
    """Makes ids of the form base64url(`scenario.version.time.nonce`) + `.` + signature.

    Attributes:
        key: signs them; the snapshots' key, under a prefix of its own.
    """

    key: SigningKey

    def personal(self, scenario: str, version: str, milliseconds: int) -> str:
        """The id of one answer to one shopper; never the same twice."""
        return self._signed(f"{scenario}.{version}.{milliseconds}.{secrets.token_hex(4)}")

    def shared(self, scenario: str, version: str, arguments: str) -> str:
        """The id of a list that everyone gets alike: the same for the same arguments and snapshot."""
        digest = hashlib.blake2b(arguments.encode(errors="surrogatepass"), digest_size=8).hexdigest()
        return self._signed(f"{scenario}.{version}.0.{digest}")

    def _signed(self, payload: str) -> str:
        mac = self.key.signature(b"recommendation-id:" + payload.encode())[:_MAC_DIGITS]
        return f"{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.{mac}"
