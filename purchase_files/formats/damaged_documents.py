"""Documents of JSON that are cut, or of which some records are damaged.

What hides further records is not read: brackets that do not match, and quotes that are not closed.
"""

import re
from itertools import pairwise
from typing import NamedTuple

import msgspec

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[\[\]{}]')
_CLOSING = {"[": "]", "{": "}"}
_BETWEEN_TEXTS = re.compile(r'"\s*[:,}\]]')
"""What begins a text that is none, behind a quote that is not closed."""
_KEY, _MIN_KEYED = re.compile(r'\s*,\s*"(?:[^"\\\n]|\\.)*"\s*:\s*'), 3
"""The key of an object behind another, and how many objects tell that keys are ids."""
_BELOW = re.compile(r"\n[\[{]")
"""The start of another document."""


class DamagedText(str):
    """A record that cannot be read."""

    __slots__ = ()


class CutText(DamagedText):
    """The start of a record whose rest is missing."""

    __slots__ = ()


class _Container(NamedTuple):
    """A list or an object.

    Attributes:
        opening: its first character.
        members: places of its inner objects and lists.
    """

    opening: str
    members: list[tuple[int, int]]

    def size(self) -> int:
        """Length of all members of a list, 0 for an object."""
        return self.span() if self.opening == "[" else 0

    def span(self) -> int:
        """Length of all members."""
        return self.members[-1][1] - self.members[0][0] if self.members else 0


class _Structure(NamedTuple):
    """The brackets of a text.

    Attributes:
        open: containers that stay open.
        longest: the longest list that is closed.
        end: end of the first document in the text.
        is_sound: False if brackets do not match, or quotes are not closed.
    """

    open: list[_Container]
    longest: _Container
    end: int
    is_sound: bool


def document_at(text: str, start: int, *, first: bool) -> tuple[str, list[DamagedText], int] | None:
    """Returns what is readable of a damaged document that begins at `start`.

    The texts of damaged records and the end of the document follow. It is None where further records may be hidden.
    """
    structure = _structure(text, start)
    if not structure.is_sound:
        return None
    document, left_out = text[start : structure.end], list[DamagedText]()
    if structure.open and (read := _without_cut(text, structure.open)):
        document, left_out = read[0][start:], [read[1]]
    elif structure.open:
        is_last = not first and not _BELOW.search(text, start)
        return ("", [CutText(document)], structure.end) if is_last else None
    if not _is_valid(document):
        document, damaged = _without_damaged(document)
        left_out = [*damaged, *left_out]
    return (document, left_out, structure.end) if document or not first else None


def _without_cut(text: str, open_: list[_Container]) -> tuple[str, CutText] | None:
    """Returns whole records of a document, and the start of a cut one."""
    whole = max(open_, key=lambda each: each.span() if _lists_records(text, each) else 0)
    if not _lists_records(text, whole):
        return None
    end = whole.members[-1][1]
    closing = "".join(_CLOSING[each.opening] for each in reversed(open_[: open_.index(whole) + 1]))
    return text[:end] + closing, CutText(text[end:].strip(" \n,") or "end of the file")


def _lists_records(text: str, container: _Container) -> bool:
    """True for a list, and for objects by their ids, which share most fields."""
    members = container.members
    if container.opening == "[":
        return bool(members)
    if len(members) < _MIN_KEYED or not all(
        _KEY.fullmatch(text, end, start) for (_, end), (start, _) in pairwise(members)
    ):
        return False
    first, last = (_fields(text[start:end]) for start, end in (members[0], members[-1]))
    return len(first & last) > len(first ^ last)


def _fields(record: str) -> set[str]:
    found = msgspec.json.decode(record) if _is_valid(record) else None
    return set(found) if isinstance(found, dict) else set()


def _without_damaged(text: str) -> tuple[str, list[DamagedText]]:
    """Returns a document without damaged members of its longest list, and their texts.

    A document without such a list is a damaged record itself.
    """
    members = _structure(text, 0).longest.members
    records = [text[start:end] for start, end in members]
    if readable := [record for record in records if _is_valid(record)]:
        whole = text[: members[0][0]] + ",".join(readable) + text[members[-1][1] :]
        if _is_valid(whole):
            return whole, [DamagedText(record) for record in records if not _is_valid(record)]
    return "", [DamagedText(text)]


def _structure(text: str, begin: int) -> _Structure:
    open_, starts, longest = list[_Container](), list[int](), _Container("[", [])
    for token in _TOKEN.finditer(text, begin):
        if token[0] in _CLOSING:
            open_.append(_Container(token[0], []))
            starts.append(token.start())
        elif token[0] in _CLOSING.values():
            if not open_ or token[0] != _CLOSING[open_[-1].opening]:
                return _Structure(open_, longest, token.end(), is_sound=False)
            closed, start = open_.pop(), starts.pop()
            longest = max(longest, closed, key=_Container.size)
            if not open_:
                return _Structure(open_, longest, token.end(), is_sound=True)
            open_[-1].members.append((start, token.end()))
        elif _BETWEEN_TEXTS.match(token[0]):
            return _Structure(open_, longest, token.end(), is_sound=False)
    return _Structure(open_, longest, len(text), is_sound=True)


def _is_valid(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
