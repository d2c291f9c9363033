"""The outer form of a token: what can be said before any key is known. Nothing here is trusted yet."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from service.auth.errors import InvalidToken

MAX_TOKEN_LENGTH = 8192
"""Characters; looked at before anything is decoded."""

_THREE_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token taken apart.

    Attributes:
        header: the JOSE header.
        claims: the payload.
        signed: the bytes that the signature is over.
        signature: the raw signature.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def check_length(token: str) -> None:
    """Lets tokens of a sane length pass.

    Raises:
        InvalidToken: it is too long, or not even ASCII.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidToken(f"it is longer than {MAX_TOKEN_LENGTH} characters")
    if not token.isascii():
        raise InvalidToken("it is not a signed JSON Web Token")


def take_apart(token: str) -> UnverifiedToken:
    """The parts of a signed compact token.

    Raises:
        InvalidToken: it has not exactly three segments, they are not the one spelling of what they hold, or they
            hold no JSON objects in which each name stands once.
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
        # The strict decoder keeps the last of two equal names; another reader would keep the first.
        json.loads(content, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("it is not a signed JSON Web Token") from error
    if not isinstance(value, dict):
        raise InvalidToken("it is not a signed JSON Web Token")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise InvalidToken("it says one thing twice")


def _decoded(segment: bytes) -> bytes:
    """The bytes that `segment` stands for: it must be the only base64url text that stands for them."""
    try:
        content = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except ValueError as error:
        raise InvalidToken("it is not a signed JSON Web Token") from error
    if base64.urlsafe_b64encode(content).rstrip(b"=") != segment:
        raise InvalidToken("it is not a signed JSON Web Token")
    return content
