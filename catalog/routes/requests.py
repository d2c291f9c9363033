"""Decoding of bodies, times and lists of ids in requests."""

import re
from typing import Any, TypeVar

import msgspec
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler

from catalog.errors import InvalidRequest
from catalog.ids import check_id
from catalog.instants import parse_instant

MAX_IDS_PER_CALL = 200
"""Maximum number of ids in one request."""

Body = TypeVar("Body")

_PIECE = re.compile(r"\\.|,|[^\\,]+|\\", re.DOTALL)
_ESCAPED = frozenset({r"\,", r"\\"})
_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)\Z", re.IGNORECASE)


def check_path(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard against paths with an empty id, which the framework leaves out.

    What follows would be the id.

    Raises:
        NotFoundException: there is one, or a slash is encoded, at which the framework separates segments, too.
    """
    path = connection.scope["raw_path"].partition(b"?")[0].lower()
    if b"%2f" in path or b"//" in path.lstrip(b"/"):
        raise NotFoundException


def read_body(raw: bytes, kind: type[Body]) -> Body:
    """Decodes the JSON body.

    Raises:
        InvalidRequest: invalid body. The message names the field.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the body is invalid: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not valid JSON: {error}") from error


def read_instant(name: str, text: str) -> int:
    """Converts a time to microseconds since 1970.

    Raises:
        InvalidRequest: invalid time, or no time zone.
    """
    try:
        if not _ZONE.search(text):
            raise ValueError("no time zone")
        return parse_instant(text)
    except ValueError as error:
        raise InvalidRequest(
            f"{name}={text!r:.60} is not a valid time. Write RFC 3339 with a time zone, as in 2026-05-17T09:30:00Z "
            "(in a URL, encode a plus sign as %2B)"
        ) from error


def read_ids(text: str) -> list[str]:
    r"""Splits a comma-separated list of ids.

    Within an id, `\,` is a comma and `\\` is a backslash.

    Raises:
        InvalidRequest: invalid id or escape, or empty or too long list.
    """
    ids = [""]
    for piece in _PIECE.findall(text):
        if piece == ",":
            ids.append("")
        elif piece in _ESCAPED:
            ids[-1] += piece[1]
        elif piece.startswith("\\"):
            raise InvalidRequest(
                r"ids: a backslash is valid only before a comma or a backslash, as in \, or \\"
            )
        else:
            ids[-1] += piece
    if len(ids) > MAX_IDS_PER_CALL:
        raise InvalidRequest(f"ids has {len(ids)} values, but the limit is {MAX_IDS_PER_CALL}")
    return [valid_id("ids", id_) for id_ in ids]


def valid_id(name: str, value: str) -> str:
    """Returns the id if it is valid.

    Raises:
        InvalidRequest: invalid id.
    """
    try:
        return check_id(value)
    except ValueError as error:
        raise InvalidRequest(f"{name}: {error}") from error
