"""Signatures of manifests: HMAC-SHA-256 with a key that indexer and service share.

The manifest holds the checksum of every file, so that one signature vouches for the whole snapshot.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

MINIMUM_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A shared secret of at least 32 bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < MINIMUM_KEY_BYTES:
            raise ValueError(
                f"a snapshot signing key needs at least {MINIMUM_KEY_BYTES} bytes, this one has {len(self.secret)}"
            )

    def signature(self, content: bytes) -> str:
        """The signature of `content` in hexadecimal."""
        return hmac.new(self.secret, content, hashlib.sha256).hexdigest()

    def signed(self, content: bytes, signature: str, digits: int | None = None) -> bool:
        """Whether `signature` is this key's signature of `content`; takes the same time either way.

        With `digits`, whether it is the signature's first digits, as where it must be short.
        """
        given = signature.encode(errors="surrogatepass")
        return hmac.compare_digest(self.signature(content)[:digits].encode(), given)


def load_key(path: Path) -> SigningKey:
    """The key in the file at `path`, surrounding white space aside.

    Raises:
        ValueError: the file cannot be read or the key is too short; the message names the file.
    """
    try:
        return SigningKey(path.read_bytes().strip())
    except OSError as error:
        raise ValueError(f"the snapshot signing key {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
