"""Reading what a call brings: bodies, times and lists of ids."""

import re
from typing import TypeVar

import msgspec

from catalog.errors import InvalidRequest
from catalog.ids import check_id
from catalog.instants import parse_instant

IDS_PER_CALL = 200
"""The most ids that one call may ask for."""

Body = TypeVar("Body")

_PIECE = re.compile(r"\\.|,|[^\\,]+|\\", re.DOTALL)
_ESCAPED = frozenset({r"\,", r"\\"})
_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)\Z", re.IGNORECASE)


def read_body(raw: bytes, kind: type[Body]) -> Body:
    """The JSON body as `kind`; raises InvalidRequest with the place in the document that is wrong."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the body is not what it must be: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not valid JSON: {error}") from error


def read_instant(name: str, text: str) -> int:
    """A time in microseconds since 1970; raises InvalidRequest."""
    try:
        if not _ZONE.search(text):
            raise ValueError("no time zone")
        return parse_instant(text)
    except ValueError as error:
        raise InvalidRequest(
            f"{name}={text!r:.60} is not a time; write RFC 3339 with a time zone, as in 2026-05-17T09:30:00Z "
            "(a plus sign in a URL is written %2B)"
        ) from error


def read_ids(text: str) -> list[str]:
    r"""The ids of a comma-separated list, where `\,` stands for a comma and `\\` for a backslash.

    Raises:
        InvalidRequest: an id breaks the rule, the list is empty or too long, or it ends within an escape.
    """
    ids = [""]
    for piece in _PIECE.findall(text):
        if piece == ",":
            ids.append("")
        elif piece in _ESCAPED:
            ids[-1] += piece[1]
        elif piece.startswith("\\"):
            raise InvalidRequest(r"ids: a backslash stands before a comma or a backslash only, as \, or \\")
        else:
            ids[-1] += piece
    if len(ids) > IDS_PER_CALL:
        raise InvalidRequest(f"ids names {len(ids)} products; at most {IDS_PER_CALL} at once")
    return [usable_id("ids", id_) for id_ in ids]


def usable_id(name: str, value: str) -> str:
    """The id; raises InvalidRequest when it breaks the rule."""
    try:
        return check_id(value)
    except ValueError as error:
        raise InvalidRequest(f"{name}: {error}") from error
