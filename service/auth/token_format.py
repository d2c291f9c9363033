"""The outer form of a token: what can be said before any key is known. Nothing here is trusted yet."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc.util import urlsafe_b64decode

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
        InvalidToken: it has not exactly three segments, or they hold no JSON objects.
    """
    if not _THREE_SEGMENTS.fullmatch(token):
        raise InvalidToken("it is not a signed JSON Web Token")
    signed, _, signature = token.encode().rpartition(b".")
    header, _, payload = signed.partition(b".")
    return UnverifiedToken(_json_object(header), _json_object(payload), signed, _decoded(signature))


def _json_object(segment: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(_decoded(segment))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidToken("it is not a signed JSON Web Token") from error
    if not isinstance(value, dict):
        raise InvalidToken("it is not a signed JSON Web Token")
    return value


def _decoded(segment: bytes) -> bytes:
    try:
        return urlsafe_b64decode(segment)
    except ValueError as error:
        raise InvalidToken("it is not a signed JSON Web Token") from error
