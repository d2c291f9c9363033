"""Splitting of single lines, for files with quotes or separators out of place."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

RAGGED = "the number of values is not the number of columns"
"""Begins the problem of rows with too few or too many values."""

SEPARATORS = (",", ";", "\t", "|")
"""Usual separators."""

_MAX_CONTINUED = 1_000
_MIN_WIDTH = 3
_WORD = re.compile(r"[^\W\d_]{2}")

Split = Callable[[str], list[str]]


@dataclass(frozen=True)
class Record:
    """A row of a file.

    Attributes:
        line: number of its first line.
        text: its text.
        values: its values.
        lines: number of its lines.
        problem: why its values cannot be used, or None.
        has_other_separator: True if another usual separator is between its values.
    """

    line: int
    text: str
    values: list[str]
    lines: int = 1
    problem: str | None = None
    has_other_separator: bool = False


def splitter(separator: str) -> Split:
    """Returns a function that splits a line.

    An unclosed quote is a part of its value.
    """
    by = re.escape(separator)
    field = re.compile(rf'(?:^|{by})(?:\s*"((?:[^"]|"")*)"\s*(?={by}|$)|([^{by}]*))')

    def split(line: str) -> list[str]:
        if '"' not in line:
            return line.split(separator)
        return [
            found[2] if found[1] is None else found[1].replace('""', '"') for found in field.finditer(line)
        ]

    return split


def records(
    lines: Iterable[tuple[int, str]], separator: str, width: int, *, backslashes: bool = False
) -> Iterator[Record | int]:
    r"""Yields the rows of a file, and the number of each blank line.

    A quote that opens a value which no line closes is a part of the value, as in `"24 inch monitor`. So is one whose
    closing would swallow whole rows.

    Args:
        lines: numbered lines.
        separator: character between values.
        width: number of columns.
        backslashes: True if quotes in values are written as `\"`.
    """
    split = splitter(separator)
    source = _Lines(lines, backslashes=backslashes)
    while (entry := source.take()) is not None:
        number, line = entry
        if not line.strip(" \t\r\ufeff" + separator):
            yield number
            continue
        joined = None
        if '"' in line and _is_open(line, separator):
            joined = _continued(number, line, source, separator, width, split)
        yield joined or _record(number, line, split(line), separator, width)


class _Lines:
    """Numbered lines, of which some can be put back."""

    def __init__(self, lines: Iterable[tuple[int, str]], *, backslashes: bool) -> None:
        self._lines = iter(lines)
        self._back: deque[tuple[int, str]] = deque()
        self._backslashes = backslashes

    def take(self) -> tuple[int, str] | None:
        if self._back:
            return self._back.popleft()
        entry = next(self._lines, None)
        if entry is not None and self._backslashes:
            return entry[0], entry[1].replace('\\"', '""')
        return entry

    def put_back(self, taken: list[tuple[int, str]]) -> None:
        self._back.extendleft(reversed(taken))


def _record(number: int, text: str, values: list[str], separator: str, width: int, lines: int = 1) -> Record:
    if len(values) > width and not any(value.strip() for value in values[width:]):
        values = values[:width]
    if len(values) > width:
        values = _with_phrases(values, separator, width)
    other = None if len(values) == width or lines > 1 else _by_other_separator(text, separator, width)
    values = other or values
    problem = None
    if len(values) != width:
        problem = f"{RAGGED} ({width})"
    elif "\0" in text:
        problem = "the line contains a NUL character"
    return Record(number, text, values, lines, problem, has_other_separator=other is not None)


def _by_other_separator(text: str, separator: str, width: int) -> list[str] | None:
    """Returns the values of a line with another separator, as in joined exports."""
    if width < _MIN_WIDTH:
        return None
    found = (
        splitter(other)(text) for other in SEPARATORS if other != separator and text.count(other) + 1 >= width
    )
    return next((values for values in found if len(values) == width), None)


def _with_phrases(values: list[str], separator: str, width: int) -> list[str]:
    """Joins values that are one text without quotes.

    `Soap, 12 bars` is one, and `High Street, 67`. A space follows the separators of phrases. The values stay as they
    are if another number of columns results, or if a quote tells that the line is damaged.
    """
    if any('"' in value or value[:1] == "'" for value in values):
        return values
    joined = values[:1]
    for value in values[1:]:
        if value[:1] == " " and (_WORD.search(value) or _WORD.search(joined[-1])):
            joined[-1] += separator + value
        else:
            joined.append(value)
    return joined if len(joined) == width else values


def _is_open(text: str, separator: str) -> bool:
    """True if a quoted value of a text does not end in it."""
    try:
        for _ in csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _continued(
    number: int, first: str, source: _Lines, separator: str, width: int, split: Split
) -> Record | None:
    """Returns the row that ends on a later line, if there is one."""
    alone = split(first)
    taken: list[tuple[int, str]] = []
    text = first
    while len(taken) < _MAX_CONTINUED and (entry := source.take()) is not None:
        taken.append(entry)
        if len(alone) == width and _is_alike(alone, split(entry[1])):
            break
        text += "\n" + entry[1]
        if '"' in entry[1] and not _is_open(text, separator):
            found = list(csv.reader(text.splitlines(keepends=True), delimiter=separator))
            # Returns without feeds would hide the rows behind them.
            if len(found) == 1 and len(found[0]) == width:
                return _record(number, text, found[0], separator, width, len(taken) + 1)
            break
    source.put_back(taken)
    return None


def _is_alike(values: list[str], others: list[str]) -> bool:
    """True if two lines look like rows of one table.

    They have the same number of values, and digits in the same ones.
    """
    if len(values) != len(others):
        return False
    counted = [
        other[:1].isdigit() for value, other in zip(values, others, strict=True) if value[:1].isdigit()
    ]
    return all(counted) if counted else len(values) > _MIN_WIDTH
