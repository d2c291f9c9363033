"""Files without a header that continue another, as the parts of a split export."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from purchase_files.errors import NoTable
from purchase_files.formats.opening import Opened, reshaped
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.source import Source
from purchase_files.formats.text.separated import SeparatedFile

_COMPARED, _MOST = 100, 0.9
_NUMBERS, _LETTERS = re.compile(r"\d+([.,]\d+)?"), re.compile(r"[^\W\d_]+")

Entry = tuple[str, Opened | NoTable]


def with_continued(opened: Iterable[Entry]) -> list[Entry]:
    """Returns files, of which those without a header continue others.

    Both have the same separator and number of columns, and numbers in the same ones. Of several such files with other
    names of columns, the values of one must be the most alike.
    """
    entries = list(opened)
    named = [
        file
        for _, entry in entries
        if isinstance(entry, Opened) and (file := _text_of(entry.source)) is not None and file.layout.named
    ]
    return [(given, _continued(entry, named) if named else entry) for given, entry in entries]


def _text_of(source: Source) -> SeparatedFile | None:
    file = source.file if isinstance(source, ConvertedFile) else source
    return file if isinstance(file, SeparatedFile) else None


def _continued(entry: Opened | NoTable, named: Sequence[SeparatedFile]) -> Opened | NoTable:
    file = _text_of(entry.source) if isinstance(entry, Opened) else None
    if isinstance(entry, NoTable) or file is None or file.layout.named or file.layout.baskets:
        return entry
    fitting = [(_likeness(file, other), other) for other in named if _fits(file, other)]
    most = max((likeness for likeness, _ in fitting), default=0.0)
    alike = [other for likeness, other in fitting if likeness == most]
    if len({other.columns for other in alike}) != 1:
        return entry
    layout = replace(file.layout, columns=alike[0].columns, named=True)
    return replace(entry, source=reshaped(replace(file, layout=layout, header_of=alike[0].path)))


def _fits(file: SeparatedFile, other: SeparatedFile) -> bool:
    """True if the columns of two files hold the same kinds of values."""
    if file.separator != other.separator or len(file.columns) != len(other.columns):
        return False
    pairs = [pair for pair in zip(_values(file), _values(other), strict=True) if all(pair)]
    return len(pairs) > 1 and all(_are_alike(*pair) for pair in pairs)


def _are_alike(values: Sequence[str], others: Sequence[str]) -> bool:
    """True for texts, and for numbers or dates if some have the same form."""
    shares = [sum(value[0].isdigit() for value in each) / len(each) for each in (values, others)]
    return max(shares) - min(shares) < _MOST and (
        min(shares) < _MOST or not _forms(values).isdisjoint(_forms(others))
    )


def _likeness(file: SeparatedFile, other: SeparatedFile) -> float:
    """Returns how many forms columns have in common, such as `9-9-9` of dates."""
    pairs = zip(map(_forms, _values(file)), map(_forms, _values(other)), strict=True)
    return sum(len(forms & others) / max(len(forms | others), 1) for forms, others in pairs)


def _forms(values: Sequence[str]) -> set[str]:
    return {_LETTERS.sub("a", _NUMBERS.sub("9", value)) for value in values}


def _values(file: SeparatedFile) -> list[list[str]]:
    """Returns the first values of each column, without empty ones."""
    return [
        [value for row in file.sample[:_COMPARED] if (value := (row[index] or "").strip())]
        for index in range(len(file.columns))
    ]
