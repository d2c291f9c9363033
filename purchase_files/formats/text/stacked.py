"""Tables below one another in one file, such as orders and then customers."""

from collections.abc import Iterator
from pathlib import Path

from purchase_files.formats.text.layout import known_names
from purchase_files.formats.text.lines import splitter
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.vocabulary.names import plain

_MIN_NAMES, _MOST = 2, 0.6
_MAX_DIGITS = 0.3
_MAX_PARTS = 20


def tables_of(file: SeparatedFile, folder: Path) -> list[SeparatedFile]:
    """Returns the tables of a file, which another header begins each.

    Args:
        file: the file.
        folder: folder for the parts of several tables.

    Returns:
        The file itself if it has one table, or too many.
    """
    starts = list(_headers(file))
    if not 0 < len(starts) < _MAX_PARTS:
        return [file]
    parts = [folder / f"{file.file.path.name}.{start}.part" for start in (1, *starts)]
    streams = iter(zip(parts[1:], starts, strict=True))
    following, start = next(streams)
    target = parts[0].open("w", encoding="utf-8", newline="\n")
    for number, line in file.file.numbered_lines():
        if number == start:
            target.close()
            target = following.open("w", encoding="utf-8", newline="\n")
            following, start = next(streams, (following, 0))
        target.write(f"{line}\n")
    target.close()
    labels = [file.path, *(f"{file.path} from line {start}" for start in starts)]
    return [
        SeparatedFile.open(part, label, folder, file.format)
        for part, label in zip(parts, labels, strict=True)
    ]


def _headers(file: SeparatedFile) -> Iterator[int]:
    """Yields the numbers of lines that name other columns than those above."""
    split, known = splitter(file.layout.separator), set(map(plain, file.columns))
    names = list(map(plain, file.columns))
    for number, line in file.file.numbered_lines(file.layout.header_lines):
        if sum(map(str.isdigit, line)) > _MAX_DIGITS * len(line):
            continue
        values = [value for value in map(str.strip, split(line)) if value and not value.isdigit()]
        least = max(_MIN_NAMES, _MOST * len(values))
        if known_names(values) < least or not any(map(str.isalpha, line)):
            continue
        found = list(map(plain, values))
        if found != [name for name in names if name in set(found)] or not known.issuperset(found):
            names, known = found, set(found)
            yield number
