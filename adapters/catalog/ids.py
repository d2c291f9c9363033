"""Rules for product and user ids."""

import re
from urllib.parse import quote

MAX_ID_CHARACTERS = 200

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f/?#\ud800-\udfff]")
"""Control characters, characters that end a path segment, and lone surrogates, which UTF-8 cannot encode."""


def id_fault(value: str) -> str | None:
    """Returns the fault of an id, such as `is empty`, or None if valid."""
    if not value:
        return "is empty"
    if len(value) > MAX_ID_CHARACTERS:
        return f"is longer than {MAX_ID_CHARACTERS} characters"
    if value in (".", ".."):
        return "is a relative path"
    found = _FORBIDDEN.search(value)
    return None if found is None else f"contains {found.group()!r}"


def path_segment(value: str) -> str:
    """Percent-encodes an id as one path segment."""
    return quote(value, safe="")
