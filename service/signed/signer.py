"""The format of all tokens that clients pass back, signed by itsdangerous."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from functools import cached_property

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from adapters.snapshots import SigningKey

_SIGNATURE_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{32}")
"""Payload and signature. The signature has no spare bits, and base64 in Python also accepts `+` and `/`."""


class TokenSigner:
    """Signs tokens of the form base64url(payload) + `.` + signature.

    Args:
        keys: the first one signs, all of them are accepted. Pods may differ in their order during a key rotation.
        salt: the kind of token. A token of another kind is rejected.
    """

    def __init__(self, keys: Sequence[SigningKey], salt: str) -> None:
        # itsdangerous signs with the last of its keys.
        secrets = [key.secret for key in reversed(keys)]
        self._signer = _Signer(
            secrets,
            salt=salt,
            key_derivation="hmac",
            digest_method=hashlib.sha256,
            algorithm=_TruncatedHmac(),
        )

    def sign(self, payload: bytes) -> str:
        """The token of a payload."""
        return self._signer.sign(base64_encode(payload)).decode()

    def verify(self, token: str) -> bytes | None:
        """The payload of a token, or None if no key signed it."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return base64_decode(self._signer.unsign(token))
        except BadData:
            return None


class _Signer(Signer):
    """Derives each key once. Deriving takes as long as signing."""

    @cached_property
    def _derived(self) -> dict[str | bytes | None, bytes]:
        return {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        key = self._derived.get(secret_key)
        if key is None:
            key = self._derived[secret_key] = super().derive_key(secret_key)
        return key


class _TruncatedHmac(SigningAlgorithm):
    """HMAC-SHA-256, truncated to 192 bits (RFC 2104, section 5)."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")[:_SIGNATURE_BYTES]
