"""A table in a file, whatever its format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import pyarrow as pa

from purchase_files import engine
from purchase_files.engine import Connection

SAMPLE_ROWS = 1_000
"""Rows at the start of a table that its columns are recognized from."""

_ROWS_AT_ONCE = 50_000

MAX_TEXT = 120
"""Characters of a line that are kept as an example."""

LINE = "line"
"""Column with the number of a row's line, from 1."""


@dataclass(frozen=True)
class Counts:
    """Numbers of lines and rows.

    `lines == header + blank + continued + rows - added` holds.

    Attributes:
        lines: lines of a text file, else rows.
        header: lines up to and with the names of columns.
        blank: lines without any value.
        continued: lines that continue a value with line breaks.
        rows: rows, with faulty ones.
        added: rows beyond the first of each line, where a line lists several purchases.
        long_values: rows with a value of over 100 lines, in which other rows may be hidden.
        other_separators: rows with another separator than most.
    """

    lines: int
    header: int
    blank: int
    continued: int
    rows: int
    added: int = 0
    long_values: int = 0
    other_separators: int = 0

    def check(self, path: str) -> "Counts":
        """Returns itself if every line is accounted for.

        Raises:
            AssertionError: a line was lost or counted twice, which is a fault of this package.
        """
        found = self.header + self.blank + self.continued + self.rows - self.added
        if found != self.lines:
            raise AssertionError(f"{path}: {self.lines} lines, but {found} are accounted for: {self}")
        return self


class Source(Protocol):
    """A table in a file."""

    @property
    def path(self) -> str:
        """Path of the file. A sheet or member follows after a colon."""
        ...

    @property
    def format(self) -> str:
        """Name of the format."""
        ...

    @property
    def encoding(self) -> str | None:
        """Encoding of a text file."""
        ...

    @property
    def separator(self) -> str | None:
        """Character between the values of a line."""
        ...

    @property
    def items(self) -> str | None:
        """Column that lists the products of an order.

        The names of its fields follow its name and a dot.
        """
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        ...

    @property
    def sample(self) -> Sequence[Sequence[str | None]]:
        """Values of the first rows."""
        ...

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates a table with the column `line` and the wanted columns.

        The columns of texts are `c0`, `c1` and so on, by their index in the file. Rows that cannot be split
        into columns go to `faulty_lines`.

        Raises:
            RefusedFile: damaged file.
        """
        ...


def create_faulty_lines(connection: Connection) -> None:
    """Creates the table of rows that cannot be split into columns."""
    connection.execute("CREATE TABLE faulty_lines (path VARCHAR, line BIGINT, text VARCHAR, problem VARCHAR)")


def note_faulty(connection: Connection, path: str, lines: Sequence[tuple[int, str, str]]) -> None:
    """Appends rows to `faulty_lines`: number of the line, text and problem."""
    if lines:
        numbers, texts, problems = zip(*lines, strict=True)
        found = pa.table({"line": numbers, "text": [text[:MAX_TEXT] for text in texts], "problem": problems})
        connection.register("found_lines", found)
        connection.execute(
            f"INSERT INTO faulty_lines SELECT {engine.text(path)}, line, text, problem FROM found_lines"
        )
        connection.unregister("found_lines")


def create_table(
    connection: Connection,
    table: str,
    wanted: Sequence[int],
    rows: Iterable[tuple[int, Sequence[str | None]]],
) -> None:
    """Creates a table of the column `line` and the wanted columns of texts.

    Args:
        connection: engine.
        table: name of the table.
        wanted: indexes of the columns.
        rows: numbers of lines with all their values.
    """
    columns = ", ".join((f"{LINE} BIGINT", *(f"c{index} VARCHAR" for index in wanted)))
    connection.execute(f"CREATE OR REPLACE TABLE {engine.name(table)} ({columns})")
    source = iter(rows)
    while batch := list(islice(source, _ROWS_AT_ONCE)):
        arrays: list[pa.Array[Any]] = [pa.array([line for line, _ in batch], pa.int64())]
        arrays += [pa.array([values[index] for _, values in batch], pa.string()) for index in wanted]
        found = pa.table(arrays, names=[LINE, *(f"c{index}" for index in wanted)])
        connection.register("found_rows", found)
        connection.execute(f"INSERT INTO {engine.name(table)} SELECT * FROM found_rows")
        connection.unregister("found_rows")


def selected(wanted: Sequence[int]) -> str:
    """Returns the wanted columns for a SELECT."""
    return ", ".join(engine.name(f"c{index}") for index in wanted)
