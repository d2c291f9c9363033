"""Signatures of manifests by HMAC-SHA-256 with a key shared by indexer and service.

The manifest holds the checksum of every file, so one signature covers the whole snapshot.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

MIN_KEY_BYTES = 32
_KEY_ITSELF = re.compile(rf"(?!/)[A-Za-z0-9+/=_-]{{{MIN_KEY_BYTES},}}")
"""What may be a key instead of the path of its file."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A shared secret of at least `MIN_KEY_BYTES` bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_KEY_BYTES:
            raise ValueError(
                f"a snapshot signing key needs at least {MIN_KEY_BYTES} bytes, but this one has {len(self.secret)}"
            )

    def signature(self, content: bytes) -> str:
        """Returns the signature of `content` in hexadecimal."""
        return hmac.new(self.secret, content, hashlib.sha256).hexdigest()

    def signed(self, content: bytes, signature: str) -> bool:
        """Returns True if `signature` is this key's signature of `content`.

        The comparison takes constant time.
        """
        given = signature.encode(errors="surrogatepass")
        return hmac.compare_digest(self.signature(content).encode(), given)


class UnusableKey(ValueError):
    """The file of a key cannot be read, or the key is too short."""


def load_key(path: Path) -> SigningKey:
    """Reads a key from a file and strips surrounding white space.

    Raises:
        UnusableKey: unreadable file, or key too short. The message names the file, unless it may be the key itself.
    """
    try:
        return SigningKey(path.read_bytes().strip())
    except OSError as error:
        if _KEY_ITSELF.fullmatch(str(path)):
            raise UnusableKey(
                f"expected the path of a file, and got {len(str(path))} characters that may be the key itself. "
                "Write the key into a file, and give its path"
            ) from None
        raise UnusableKey(
            f"the snapshot signing key {path} cannot be read: {error.strerror}. Service and indexer need the same "
            f"file. Create it once: openssl rand -hex 32 > {path}"
        ) from error
    except ValueError as error:
        raise UnusableKey(f"{path}: {error}") from error
