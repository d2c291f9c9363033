"""Files whose lines become other rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from purchase_files.engine import Connection
from purchase_files.formats.source import LINE, Counts, Source, create_table
from purchase_files.formats.text.headers import move_same_headers

LOADED_LINES = "converted_lines"
"""Table of the lines while they become rows."""

_LINES_AT_ONCE = 10_000

Row = Sequence[str | None]


@dataclass(frozen=True)
class ConvertedFile:
    """A file whose lines become other rows. See `Source`."""

    file: Source

    @property
    def path(self) -> str:
        """Path of the file."""
        return self.file.path

    @property
    def encoding(self) -> str | None:
        """Encoding of a text file."""
        return self.file.encoding

    @property
    def separator(self) -> str | None:
        """Character between the values of a line."""
        return self.file.separator

    def load_rows(
        self,
        connection: Connection,
        table: str,
        wanted: Sequence[int],
        own: Sequence[int],
        rows_of: Callable[[int, Row], Sequence[Row]],
    ) -> Counts:
        """Creates a table of the rows that the lines become. See `Source.load`.

        Args:
            connection: the engine.
            table: name of the table.
            wanted: indexes of the columns of the new rows.
            own: indexes of the columns of a line, ascending.
            rows_of: makes at least one row of a line's number and its values of `own`.
        """
        counts, added = self.file.load(connection, LOADED_LINES, own), list[int]()
        move_same_headers(connection, LOADED_LINES, self.file, own)

        def rows() -> Iterator[tuple[int, Row]]:
            chosen = ", ".join([LINE, *(f"c{index}" for index in own)])
            # The engine keeps the order of the lines. To sort thousands of columns takes half a minute.
            cursor = connection.cursor().execute(f"SELECT {chosen} FROM {LOADED_LINES}")
            while batch := cursor.fetchmany(_LINES_AT_ONCE):
                for line, *values in batch:
                    found = rows_of(line, values)
                    added.append(len(found) - 1)
                    yield from ((line, row) for row in found)

        create_table(connection, table, wanted, rows())
        connection.execute(f"DROP TABLE {LOADED_LINES}")
        return replace(counts, rows=counts.rows + sum(added), added=sum(added)).check(self.path)
