"""CSV files, read without type inference to keep ids such as 007."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import pyarrow as pa
from pyarrow import csv as arrow_csv

from catalog.errors import BadInput

_BLOCK_BYTES = 4 << 20
_COUNT_BYTES = 1 << 20
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class CsvFile:
    """A comma-separated CSV file in UTF-8 with a header line.

    Attributes:
        path: path of the file.
        columns: names in the header.
        rows: estimated number of data rows.
        block_bytes: size of the blocks that are parsed at once.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    block_bytes: int = _BLOCK_BYTES

    @classmethod
    def open(cls, path: Path, block_bytes: int = _BLOCK_BYTES) -> "CsvFile":
        """Reads the header.

        Raises:
            BadInput: invalid header.
        """
        try:
            # The stream decodes ahead, and an invalid later line must not be reported for the header.
            with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
                header = next(csv.reader(stream), [])
        except csv.Error as error:
            raise BadInput(path, f"is not a CSV file: {error}", line=1) from error
        columns = tuple(name.strip() for name in header)
        if any(_ESCAPED_BYTE.search(name) for name in columns):
            raise BadInput(path, "is not a CSV file in UTF-8", line=1)
        return cls(path, columns, max(0, _count_lines(path) - 1), block_bytes)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yields the rows in order, with values as bytes and empty values as null."""
        if self.rows == 0:
            return
        ragged: list[arrow_csv.InvalidRow] = []
        try:
            with self._reader(columns, ragged) as reader:
                for batch in reader:
                    self._reject_ragged(ragged)
                    yield batch
            self._reject_ragged(ragged)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadInput(self.path, f"cannot be read as CSV: {error}") from error

    def line_of(self, row: int) -> int | None:
        """Returns the line on which a data row ends, by reading the file again."""
        with self.path.open(encoding="utf-8", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            next(reader)
            rows = (record for record in reader if record)
            for _ in zip(range(row), rows, strict=False):
                pass
            return reader.line_num

    def _reader(
        self, columns: Sequence[str], ragged: list[arrow_csv.InvalidRow]
    ) -> arrow_csv.CSVStreamingReader:
        def note(row: arrow_csv.InvalidRow) -> Literal["skip"]:
            ragged.append(row)
            return "skip"

        return arrow_csv.open_csv(
            self.path,
            # With one thread, Arrow knows the number of an invalid row.
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=self.block_bytes, column_names=list(self.columns), skip_rows=1
            ),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.binary()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _reject_ragged(self, ragged: list[arrow_csv.InvalidRow]) -> None:
        if ragged:
            self._reject(ragged[0])

    def _reject(self, ragged: arrow_csv.InvalidRow) -> NoReturn:
        row = None if ragged.number is None else ragged.number - 1
        raise BadInput(
            self.path,
            f"has {ragged.actual_columns} values, but the header has {ragged.expected_columns} columns. "
            "Quote values that contain commas",
            row=row,
            line=None if row is None else self.line_of(row),
        )


def _count_lines(path: Path) -> int:
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(_COUNT_BYTES):
            count += block.count(b"\n")
            last = block[-1:]
    return count + (last != b"\n")
