"""Files of several encodings: UTF-16 beside UTF-8, and UTF-16 of which bytes are missing."""

import codecs
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_NO_ZEROS = re.compile(rb"[^\x00]{32,}")
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|(?:[\t\r\n\x20-\x7e]\x00){8,}|(?:\x00[\t\r\n\x20-\x7e]){8,}")
_RUNS = {
    "utf-16-le": re.compile(rb"(?:[\t\r\n\x20-\x7e]\x00){8,}"),
    "utf-16-be": re.compile(rb"(?:\x00[\t\r\n\x20-\x7e]){8,}"),
}
_CHECKED = 256
_BLOCK = 1 << 20


class Part(NamedTuple):
    """Bytes of a file that have one encoding."""

    start: int
    end: int
    encoding: str


def joined_parts(path: Path) -> list[Part]:
    """Returns the parts of a file with zeros.

    They are in UTF-16 and UTF-8, or in UTF-16 of which a byte is missing. There are none in other files.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = list(_parts(content))
        plain = [part for part in found if part.encoding == "utf-8"]
        sure = all(_is_utf8(content[part.start : min(part.end, part.start + _CHECKED)]) for part in plain)
    return found if len(found) > 1 and sure else []


def decoded_parts(path: Path, parts: list[Part]) -> Iterator[str]:
    """Yields the text of all parts in blocks."""
    with path.open("rb") as stream:
        for part in parts:
            stream.seek(part.start)
            decoder = codecs.getincrementaldecoder(part.encoding)(errors="replace")
            left = part.end - part.start
            while left and (block := stream.read(min(_BLOCK, left))):
                left -= len(block)
                yield decoder.decode(block, final=not left).removeprefix("\ufeff")


def _parts(content: mmap.mmap) -> Iterator[Part]:
    position, size = 0, len(content)
    while position < size:
        wide = _WIDE.match(content, position)
        if wide:
            encoding = _byte_order(wide[0])
            end = _start_of_plain(content, position + 2)
            end += (end - position) % 2  # the last byte of a character may look like plain text
            end = min(_start_of_shifted(content, position, end, encoding), size)
            yield Part(position, end, encoding)
        else:
            end = _start_of_wide(content, position)
            yield Part(position, end, "utf-8")
        position = end


def _start_of_plain(content: mmap.mmap, position: int) -> int:
    """Returns where UTF-8 begins: bytes without zeros that are no Chinese text in UTF-16."""
    for found in _NO_ZEROS.finditer(content, position):
        if _is_utf8(found[0][:_CHECKED]):
            return found.start()
    return len(content)


def _start_of_shifted(content: mmap.mmap, start: int, end: int, encoding: str) -> int:
    """Returns where characters begin at odd places, since a byte is missing before them."""
    runs = _RUNS[encoding].finditer(content, start, min(end, len(content)))
    return next((found.start() for found in runs if (found.start() - start) % 2), end)


def _start_of_wide(content: mmap.mmap, position: int) -> int:
    found = _WIDE.search(content, position)
    if found is None:
        return len(content)
    # The line end of UTF-8 before a zero of the next character looks like a character of UTF-16, too.
    return found.start() + (found.start() > position and found[0][:1] in b"\r\n")


def _is_utf8(content: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _byte_order(start: bytes) -> str:
    return "utf-16-be" if start.startswith((codecs.BOM_UTF16_BE, b"\0")) else "utf-16-le"
