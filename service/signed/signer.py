"""The format of all tokens that clients pass back: that of itsdangerous."""

import hmac
import re
from binascii import b2a_base64
from collections.abc import Sequence

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode
from itsdangerous.signer import SigningAlgorithm

from adapters.snapshots import SigningKey

_SIGNATURE_BYTES = 24
FORMAT = r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{32}"
"""Pattern of payload and signature. The signature has no spare bits, and base64 in Python also accepts `+` and `/`."""

_TOKEN = re.compile(FORMAT)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class TokenSigner:
    """Signs tokens of the form base64url(payload) + `.` + signature.

    Args:
        keys: the first one signs, all of them are accepted. Pods may differ in their order during a key rotation.
        salt: the kind of token. A token of another kind is rejected.
    """

    def __init__(self, keys: Sequence[SigningKey], salt: str) -> None:
        # itsdangerous would derive the key for each token. It verifies with the last one first.
        secrets = [hmac.digest(key.secret, salt.encode(), "sha256") for key in reversed(keys)]
        # Copied for each token, as setting the key takes time.
        self._hmac = hmac.new(secrets[-1], digestmod="sha256")
        self._signer = Signer(secrets, key_derivation="none", algorithm=_TruncatedHmac())

    def sign(self, payload: bytes) -> str:
        """The token of a payload."""
        value = _encoded(payload)
        signature = self._hmac.copy()
        signature.update(value)
        return (b"%s.%s" % (value, _encoded(signature.digest()[:_SIGNATURE_BYTES]))).decode()

    def verify(self, token: str) -> bytes | None:
        """The payload of a token, or None if no key signed it."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return base64_decode(self._signer.unsign(token))
        except BadData:
            return None


class _TruncatedHmac(SigningAlgorithm):
    """HMAC-SHA-256, truncated to 192 bits (RFC 2104, section 5)."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")[:_SIGNATURE_BYTES]


def _encoded(data: bytes) -> bytes:
    """`data` in base64url without padding, as by itsdangerous in a third of the time."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")
