"""ETags: versions of answers, for conditional requests (RFC 9110, 13)."""

import hashlib
from collections.abc import Iterable

from service.http.middleware.compression import MIN_BYTES


def etag_of(content: bytes) -> str:
    """The tag of an answer.

    It is weak if the answer may be sent compressed, because both forms share it.
    """
    tag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    return f"W/{tag}" if len(content) >= MIN_BYTES else tag


def not_modified(headers: Iterable[tuple[bytes, bytes]], etag: str) -> bool:
    """True if `If-None-Match` lists the tag, by weak comparison (RFC 9110, 13.1.2)."""
    given = b",".join(value for name, value in headers if name == b"if-none-match").decode("latin-1")
    tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return etag.removeprefix("W/") in tags or "*" in tags
