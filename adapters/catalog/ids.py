"""The rule for ids of products and users, and how ids travel in URLs."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from adapters.catalog.bounds import MAX_IDS_PER_CALL

MAX_ID_CHARACTERS = 200

_COMMA = "%2C"

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f/?#\ud800-\udfff]")
"""Control characters, what ends a path segment, and halves of surrogate pairs, which no encoding carries."""


def id_fault(value: str) -> str | None:
    """Why `value` cannot be an id, as the end of a sentence; None when it can."""
    if not value:
        return "is empty"
    if len(value) > MAX_ID_CHARACTERS:
        return f"is longer than {MAX_ID_CHARACTERS} characters"
    if value in (".", ".."):
        return "is a relative path"
    found = _FORBIDDEN.search(value)
    return None if found is None else f"contains {found.group()!r}"


def in_path(value: str) -> str:
    """An id as one segment of a URL's path."""
    return quote(value, safe="")


def id_lists(values: Iterable[str], max_bytes: int) -> Iterator[tuple[frozenset[str], str]]:
    r"""Ids in portions that fit one call: each with its comma-separated list, percent-encoded for a query.

    Within the list, a comma of an id is written `\,` and a backslash `\\`.

    Args:
        values: ids, each valid.
        max_bytes: of one encoded list; a single id always makes a list, however long.
    """
    portion: dict[str, str] = {}
    size = 0
    for value in dict.fromkeys(values):
        encoded = quote(value.replace("\\", "\\\\").replace(",", "\\,"), safe="")
        if portion and (len(portion) == MAX_IDS_PER_CALL or size + len(_COMMA) + len(encoded) > max_bytes):
            yield frozenset(portion), _COMMA.join(portion.values())
            portion, size = {}, 0
        size += len(encoded) + (len(_COMMA) if portion else 0)
        portion[value] = encoded
    if portion:
        yield frozenset(portion), _COMMA.join(portion.values())
