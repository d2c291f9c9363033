"""Headers over several lines, among the rows, or below them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from purchase_files.formats.text.layout import Layout, find_layout, is_numbered, known_names
from purchase_files.formats.text.lines import splitter
from purchase_files.formats.text.text_file import TextFile

_MAX_HEADER_LINES = 30
_MIN_NAMES, _MOST_NAMES = 2, 0.6
_MIN_NUMBERS, _MOST = 2, 0.8
_NUMBERS = re.compile(r"\d\D*\d\D*\d")
"""Digits of a row, which hardly any header has."""


def layout_of(file: TextFile, start: Sequence[str]) -> Layout:
    """Returns the layout of a file.

    It is found by the first lines, and without a header there, by one below. Lines above a header are rows
    if they look like those below it.
    """
    layout = _with_broken_names(start)
    if layout.named:
        return _with_rows_above(layout, start)
    return layout if layout.baskets else _with_header_below(layout, file)


def _with_broken_names(lines: Sequence[str]) -> Layout:
    """Finds the layout, where names of columns in quotes may have line breaks."""
    layout = find_layout(lines)
    for first in range(min(len(lines), _MAX_HEADER_LINES)):
        end = first
        while (
            end < len(lines)
            and end - first < _MAX_HEADER_LINES
            and " ".join(lines[first : end + 1]).count('"') % 2
        ):
            end += 1
        if end == first or end == len(lines):
            continue
        joined = " ".join(line.strip() for line in lines[first : end + 1])
        found = find_layout([*lines[:first], joined, *lines[end + 1 :]])
        if found.header_lines == first + 1 and known_names(found.columns) > known_names(layout.columns):
            return replace(found, header_lines=end + 1)
        break
    return layout


def _with_rows_above(layout: Layout, lines: Sequence[str]) -> Layout:
    """Returns a layout that begins with the rows above the header."""
    header = layout.header_lines - 1
    if header < 1 or known_names(layout.columns) < _MIN_NAMES:
        return layout
    split = splitter(layout.separator)
    width = len(layout.columns)
    below = next((row for row in map(split, lines[header + 1 :]) if len(row) == width), None)
    first = header
    while (
        first
        and below is not None
        and not is_numbered(above := split(lines[first - 1]))
        and _is_alike(above, below)
    ):
        first -= 1
    return layout if first == header else replace(layout, header_lines=first)


def _is_alike(row: Sequence[str], other: Sequence[str]) -> bool:
    """True for a row with numbers where another has them."""
    if len(row) != len(other):
        return False
    pairs = [(value.strip(), beside.strip()) for value, beside in zip(row, other, strict=True)]
    numbers = [value for value, beside in pairs if value and beside[:1].isdigit()]
    filled = [bool(value) for value, beside in pairs if beside]
    return (
        len(numbers) >= _MIN_NUMBERS
        and all(value[0].isdigit() for value in numbers)
        and sum(filled) >= _MOST * len(filled)
    )


def _with_header_below(layout: Layout, file: TextFile) -> Layout:
    """Returns a layout with the names of a later line.

    Sorted lines have it anywhere.
    """
    split, width = splitter(layout.separator), len(layout.columns)
    for _, line in file.numbered_lines(layout.header_lines):
        if _NUMBERS.search(line):
            continue
        names = [value.strip(' "\ufeff') for value in split(line)]
        least = max(_MIN_NAMES, _MOST_NAMES * width)
        if len(names) == width == len(set(names)) and all(names) and known_names(names) >= least:
            return replace(layout, columns=tuple(names), named=True)
    return layout
