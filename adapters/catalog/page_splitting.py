"""Splits a page into records without decoding them.

One record with `NaN`, or nested too deeply, makes a page unreadable for the decoder. Here it is one record.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]', re.DOTALL)
"""A string, even an unfinished one, or a structural character. Possessive, so that it takes linear time."""

_ENDS = {b"[": b"]", b"{": b"}"}


def split_page(body: bytes) -> tuple[list[bytes], bytes] | None:
    """Returns the records in `items` and the value of `next_cursor`, all as JSON.

    None stands for a body that is not a complete page.
    """
    try:
        members = dict(_members(body))
    except EOFError:
        return None
    items = members.get(b'"items"', b"")
    if not items.startswith(b"["):
        return None
    return [value for _, value in _members(items)], members.get(b'"next_cursor"', b"null")


def _members(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields key and value of each member of the outermost array or object.

    The key of an array's member is empty.

    Raises:
        EOFError: it does not end, or its brackets do not match.
    """
    ends: list[bytes] = []
    start, key = 0, b""
    for token in _TOKEN.finditer(body):
        found = token.group()
        if found in _ENDS:
            ends.append(_ENDS[found])
            start = token.end() if len(ends) == 1 else start
        elif found in (b"]", b"}"):
            if not ends or ends.pop() != found:
                break
            if not ends:
                if value := body[start : token.start()].strip():
                    yield key, value
                return
        elif len(ends) == 1 and found == b":":
            key, start = body[start : token.start()].strip(), token.end()
        elif len(ends) == 1 and found == b",":
            yield key, body[start : token.start()].strip()
            start = token.end()
    raise EOFError
