"""Decoding of a token before its signature is verified. Nothing here is trusted."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from service.auth.errors import InvalidToken

MAX_TOKEN_LENGTH = 8192
"""Characters. Checked before anything is decoded."""

_THREE_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """The parts of a token.

    Attributes:
        signed: bytes that the signature covers.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def check_length(token: str) -> None:
    """Rejects tokens that are too long.

    Raises:
        InvalidToken: too long, or not ASCII.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidToken(f"it is longer than {MAX_TOKEN_LENGTH} characters")
    if not token.isascii():
        raise InvalidToken("it is not a signed JSON Web Token")


def split_token(token: str) -> UnverifiedToken:
    """The parts of a signed compact token.

    Raises:
        InvalidToken: not three segments, a non-canonical encoding, or a part that is not a JSON object with distinct
            names.
    """
    if not _THREE_SEGMENTS.fullmatch(token):
        raise InvalidToken("it is not a signed JSON Web Token")
    signed, _, signature = token.encode().rpartition(b".")
    header, _, payload = signed.partition(b".")
    return UnverifiedToken(_json_object(header), _json_object(payload), signed, _decoded(signature))


def _json_object(segment: bytes) -> dict[str, Any]:
    content = _decoded(segment)
    try:
        value = msgspec.json.decode(content)
        # Of two equal names this decoder keeps the last. Another reader would keep the first.
        json.loads(content, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("it is not a signed JSON Web Token") from error
    if not isinstance(value, dict):
        raise InvalidToken("it is not a signed JSON Web Token")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise InvalidToken("it has two members with one name")


def _decoded(segment: bytes) -> bytes:
    """The bytes of a segment, which must be in canonical base64url."""
    try:
        content = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except ValueError as error:
        raise InvalidToken("it is not a signed JSON Web Token") from error
    if base64.urlsafe_b64encode(content).rstrip(b"=") != segment:
        raise InvalidToken("it is not a signed JSON Web Token")
    return content
