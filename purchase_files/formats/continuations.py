"""Files without a header that continue another, as the parts of a split export."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from purchase_files.errors import NoTable
from purchase_files.formats.opening import Opened, reshaped
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.source import Source
from purchase_files.formats.text.separated import SeparatedFile

_COMPARED, _MOST = 100, 0.9

Entry = tuple[str, Opened | NoTable]


def with_continued(opened: Iterable[Entry]) -> list[Entry]:
    """Returns files, of which those without a header continue others.

    Both have the same separator and number of columns, and numbers in the same ones.
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
    first = next((other for other in named if _fits(file, other)), None)
    if first is None:
        return entry
    layout = replace(file.layout, columns=first.columns, named=True)
    return replace(entry, source=reshaped(replace(file, layout=layout, header_of=first.path)))


def _fits(file: SeparatedFile, other: SeparatedFile) -> bool:
    """True if the columns of two files hold the same kinds of values."""
    if file.separator != other.separator or len(file.columns) != len(other.columns):
        return False
    pairs = [
        (numbers, others)
        for numbers, others in zip(_shares_of_numbers(file), _shares_of_numbers(other), strict=True)
        if numbers is not None and others is not None
    ]
    return len(pairs) > 1 and all(abs(numbers - others) < _MOST for numbers, others in pairs)


def _shares_of_numbers(file: SeparatedFile) -> list[float | None]:
    """Returns the share of values with a first digit by column.

    It is None for a column without values.
    """
    found = list[float | None]()
    for index in range(len(file.columns)):
        values = [value for row in file.sample[:_COMPARED] if (value := (row[index] or "").strip())]
        found.append(sum(value[0].isdigit() for value in values) / len(values) if values else None)
    return found
