"""The format of all tokens that clients pass back."""

import hmac
import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Sequence

from adapters.snapshots import SigningKey

_SIGNATURE_BYTES = 24
FORMAT = r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{32}"
"""Pattern of payload and signature. The signature has no spare bits, and base64 in Python also accepts `+` and `/`."""

_TOKEN = re.compile(FORMAT)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class TokenSigner:
    """Signs tokens of the form base64url(payload) + `.` + signature.

    The signature is the HMAC-SHA-256 of the encoded payload, truncated to 192 bits (RFC 2104, section 5).

    Args:
        keys: the first one signs, all of them are accepted. Pods may differ in their order during a key rotation.
        salt: the kind of token. A token of another kind is rejected.
    """

    def __init__(self, keys: Sequence[SigningKey], salt: str) -> None:
        secrets = [hmac.digest(key.secret, salt.encode(), "sha256") for key in keys]
        # Copied for each token, as setting the key takes time.
        self._keyed = [hmac.new(secret, digestmod="sha256") for secret in secrets]

    def sign(self, payload: bytes) -> str:
        """The token of a payload."""
        value = _encoded(payload)
        return (b"%s.%s" % (value, _signature(self._keyed[0], value))).decode()

    def verify(self, token: str) -> bytes | None:
        """The payload of a token, or None if no key signed it."""
        if not _TOKEN.fullmatch(token):
            return None
        value, _, signature = token.encode().partition(b".")
        for keyed in self._keyed:
            if hmac.compare_digest(_signature(keyed, value), signature):
                return urlsafe_b64decode(value + b"=" * (-len(value) % 4))
        return None


def _signature(keyed: hmac.HMAC, value: bytes) -> bytes:
    signature = keyed.copy()
    signature.update(value)
    return _encoded(signature.digest()[:_SIGNATURE_BYTES])


def _encoded(data: bytes) -> bytes:
    """`data` in base64url without padding."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")
