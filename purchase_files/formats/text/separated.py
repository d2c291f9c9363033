"""Files of separated values: comma, semicolon, tab or bar.

The engine parses a file in which every line is a row. Any other file is read line by line, so that a stray quote costs
no rows and every line is accounted for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import duckdb

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.errors import NoTable
from purchase_files.formats.copies import new_copy
from purchase_files.formats.source import (
    LINE,
    MAX_TEXT,
    SAMPLE_ROWS,
    Counts,
    create_table,
    note_faulty,
    selected,
)
from purchase_files.formats.text.cents import has_cents, split_cents
from purchase_files.formats.text.header_places import layout_of
from purchase_files.formats.text.layout import Layout
from purchase_files.formats.text.lines import RAGGED, Record, records, splitter
from purchase_files.formats.text.rewriting import find_rewrite
from purchase_files.formats.text.text_file import TextFile, open_text
from purchase_files.values.casts import Casts, all_read, drop_partial_casts

_SAMPLE_LINES, _SAMPLE_CHARACTERS = 2 * SAMPLE_ROWS, 2_000_000
_CHECKED_CHARACTERS = 4_096
_MAX_LINE_BYTES = 64 << 20
_FAULTY = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_MIN_FAULTY, _MAX_FAULTY = 8, 0.03
_MANY_LINES = 100
_FOOTER_COLUMNS, _MAX_FOOTERS = 2, 20

FOOTER = "line below the table"
"""Problem of lines below the last row that are no rows, such as `Seller ID: ann`."""


@dataclass(frozen=True)
class SeparatedFile:
    """A file of separated values. See `Source`."""

    path: str
    file: TextFile
    layout: Layout
    backslashes: bool
    sample: Sequence[Sequence[str | None]]
    folder: Path
    format: str = "CSV"
    items: str | None = None
    splits_cents: bool = False
    """True if rows have the cents of a price in the last column, and nothing behind them."""
    header_of: str | None = None
    """Path of the file that has the header, where this one only continues it."""

    @property
    def encoding(self) -> str | None:
        """Encoding of the original. A spreadsheet has none."""
        return self.file.encoding if self.format == "CSV" else None

    @property
    def separator(self) -> str | None:
        """Character between values. A spreadsheet has none."""
        return self.layout.separator if self.format == "CSV" else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.layout.columns

    @classmethod
    def open(cls, path: Path, label: str, folder: Path, kind: str = "CSV") -> "SeparatedFile":
        """Finds the encoding and the layout.

        Raises:
            RefusedFile: empty file.
        """
        file = open_text(path, folder)
        if file.longest > _MAX_LINE_BYTES:
            raise NoTable(f"{label} has a line of over {_MAX_LINE_BYTES >> 20} MiB, which no table has")
        file = _rewritten(file, folder)
        start = _start(file)
        checked = "\n".join(line for _, line in start)[:_CHECKED_CHARACTERS]
        if _is_binary(checked.replace("\x01", "") if start and start[0][1].count("\x01") > 1 else checked):
            raise NoTable(
                f"{label} is no text and no other format that is known. Export the purchases as CSV"
            )
        if not any(line.strip() for _, line in start):
            raise NoTable(f"{label} is empty. It should begin with a line of column names")
        layout = layout_of(file, [line for _, line in start])
        backslashes = sum('\\"' in line for _, line in start) > sum('""' in line for _, line in start)
        rows = [
            row
            for row in records(
                start[layout.header_lines :], layout.separator, len(layout.columns), backslashes=backslashes
            )
            if isinstance(row, Record) and row.problem is None and tuple(row.values) != layout.columns
        ]
        cents = split_cents(rows, layout)
        sample = [row.values for row in rows if not (cents and has_cents(row, layout.separator))]
        return cls(label, file, layout, backslashes, sample[:SAMPLE_ROWS], folder, kind, splits_cents=cents)

    def load(
        self,
        connection: Connection,
        table: str,
        wanted: Sequence[int],
        casts: Casts | None = None,
    ) -> Counts:
        """Creates the table. See `Source.load`.

        It also has a column `engine.READ + "c0"` for each of `casts` that reads all values. The texts of columns that
        need none are left out if all of them are read.
        """
        counts = None
        if casts is not None and casts.textless:
            counts = self._load_whole(connection, table, wanted, casts)
        counts = counts or self._load_whole(connection, table, wanted, Casts(casts.kinds if casts else {}))
        return (counts or self._load_lines(connection, table, wanted)).check(self.path)

    def _load_whole(
        self, connection: Connection, table: str, wanted: Sequence[int], casts: Casts
    ) -> Counts | None:
        """Lets the engine parse the file.

        Returns None if a line is not exactly one row, or if a column without texts has other values.
        """
        header = self.layout.header_lines
        if self.file.has_nul or self.backslashes or self.splits_cents:
            return None
        texts = [index for index in wanted if index not in casts.textless]
        read = "".join(
            f", {value} AS {engine.name(f'{engine.READ}c{index}')}"
            for index, kind in casts.kinds.items()
            for value in [f"c{index}" if index in casts.textless else f"try_cast(c{index} AS {kind})"]
        )
        types = {f"c{index}": casts.kinds[index] for index in casts.textless}
        source = read_csv(self.file.path, self.layout.separator, self._names(), header, types, casts)
        try:
            connection.execute(
                f"CREATE OR REPLACE TABLE {engine.name(table)} AS "
                f"SELECT row_number() OVER () + {header} AS {LINE}, {selected(texts)}{read} FROM {source}"
            )
        except duckdb.Error:
            return None
        checks = all_read(casts)
        rows, are_read = engine.row(connection, f"SELECT count(*), {checks} FROM {engine.name(table)}")
        counts = Counts(self.file.lines, header, 0, 0, rows)
        if rows != self.file.lines - header or not are_read:
            return None
        kept = {index: kind for index, kind in casts.kinds.items() if index not in casts.textless}
        drop_partial_casts(connection, table, kept)
        return counts

    def _load_lines(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        tally = _Tally()
        faulty: list[tuple[int, str, str]] = []
        create_table(connection, table, wanted, self._values(tally, faulty))
        footers = tally.footers if len(tally.footers) <= _MAX_FOOTERS else set()
        below = [(line, text, FOOTER if line in footers else problem) for line, text, problem in faulty]
        note_faulty(connection, self.path, below)
        return Counts(
            self.file.lines,
            self.layout.header_lines,
            tally.blank,
            tally.continued,
            tally.rows,
            long_values=tally.long,
            other_separators=tally.other_separators,
        )

    def spread_values(self, index: int) -> list[str]:
        """Returns values of a column from lines at many places of the file.

        The first rows of a sorted file have few days.
        """
        split, width = splitter(self.layout.separator), len(self.columns)
        rows = (split(line) for line in self.file.spread_lines())
        return [row[index] for row in rows if len(row) == width and row[index]]

    def _is_footer(self, values: Sequence[str]) -> bool:
        """True for a few words such as `2 record(s) downloaded`, where rows have none."""
        half = len(self.columns) // 2
        rows = [row for row in self.sample if sum(map(bool, row)) > half]
        return sum(bool(value.strip()) for value in values) <= half and any(
            " " in value.strip() and not any(" " in (row[index] or "") for row in rows)
            for index, value in enumerate(values[:_FOOTER_COLUMNS])
        )

    def _names(self) -> tuple[str, ...]:
        return tuple(f"c{index}" for index in range(len(self.columns)))

    def _values(self, tally: "_Tally", faulty: list[tuple[int, str, str]]) -> Iterator[tuple[int, list[str]]]:
        lines = self.file.numbered_lines(self.layout.header_lines)
        for record in _all_records(lines, self.layout, backslashes=self.backslashes):
            if isinstance(record, int):
                tally.blank += 1
                continue
            tally.rows += 1
            tally.continued += record.lines - 1
            tally.long += record.lines > _MANY_LINES
            tally.other_separators += record.has_other_separator
            if self.splits_cents and has_cents(record, self.layout.separator):
                problem = f"{RAGGED} ({len(self.columns)})"
                faulty.append((record.line, record.text[:MAX_TEXT], problem))
            elif record.problem is not None:
                if self._is_footer(record.values):
                    tally.footers.add(record.line)
                faulty.append((record.line, record.text[:MAX_TEXT], record.problem))
            else:
                tally.footers.clear()
                yield record.line, record.values


def _rewritten(file: TextFile, folder: Path) -> TextFile:
    """Returns the file with lines of separated values, a copy if they are not."""
    rewrite = find_rewrite([line for _, line in islice(file.numbered_lines(), SAMPLE_ROWS)])
    if rewrite is None:
        return file
    copy = new_copy(folder, "rewritten")
    with copy.open("w", encoding="utf-8", newline="\n") as target:
        target.writelines(rewrite(line) + "\n" for _, line in file.numbered_lines())
    return replace(open_text(copy, folder), encoding=file.encoding)


def _start(file: TextFile) -> list[tuple[int, str]]:
    """Returns the first lines, fewer of a table with thousands of columns."""
    found, characters = list[tuple[int, str]](), 0
    for number, line in islice(file.numbered_lines(), _SAMPLE_LINES):
        found.append((number, line))
        characters += len(line)
        if characters > _SAMPLE_CHARACTERS:
            break
    return found


def _is_binary(text: str) -> bool:
    """True if control characters and faulty bytes are frequent, which no text has."""
    faulty = len(_FAULTY.findall(text))
    return faulty > max(_MIN_FAULTY, _MAX_FAULTY * len(text))


@dataclass
class _Tally:
    """Numbers of lines, and the lines of words below the last row."""

    blank: int = 0
    continued: int = 0
    rows: int = 0
    long: int = 0
    other_separators: int = 0
    footers: set[int] = field(default_factory=set)


def _all_records(
    lines: Iterable[tuple[int, str]], layout: Layout, *, backslashes: bool
) -> Iterator[Record | int]:
    return records(lines, layout.separator, len(layout.columns), backslashes=backslashes)


def read_csv(
    path: Path,
    separator: str,
    names: Sequence[str],
    skip: int,
    types: Mapping[str, str] | None = None,
    casts: Casts | None = None,
) -> str:
    """Returns SQL for the rows of a strictly formed file.

    Columns are texts, or values of the SQL types that are given for them, in the forms of `casts`.
    """
    kinds = types or {}
    columns = ", ".join(f"{engine.name(column)}: '{kinds.get(column, 'VARCHAR')}'" for column in names)
    times = f"timestampformat={engine.text(casts.times.format)}, " if casts and casts.times else ""
    decimals = f"decimal_separator={engine.text(casts.decimal)}, " if casts and types else ""
    return (
        f"read_csv({engine.text(str(path))}, auto_detect=false, delim={engine.text(separator)}, "
        f"quote='\"', escape='\"', header=false, skip={skip}, columns={{{columns}}}, strict_mode=true, "
        f"{times}{decimals}max_line_size=16777216)"
    )
