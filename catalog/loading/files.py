"""Opening of Parquet and CSV files, detected by content."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from catalog.errors import BadInput
from catalog.loading.csv_file import CsvFile
from catalog.loading.parquet_file import ParquetFile

_PARQUET_MAGIC = b"PAR1"
_DETECTION_BYTES = 65_536


class TableFile(Protocol):
    """A file with rows and named columns, either `CsvFile` or `ParquetFile`."""

    @property
    def path(self) -> Path:
        """Path of the file."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the file."""
        ...

    @property
    def rows(self) -> int:
        """Number of rows, estimated for CSV and used for progress only."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yields the rows in order with the given columns.

        Raises:
            BadInput: damaged file.
        """
        ...

    def line_of(self, row: int) -> int | None:
        """Returns the line where a data row (from 1) ends, None for Parquet."""
        ...


def open_table(path: Path) -> TableFile:
    """Opens a Parquet or CSV file.

    Raises:
        BadInput: missing or unreadable file, or another format.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_DETECTION_BYTES)
    except FileNotFoundError as error:
        raise BadInput(path, "does not exist") from error
    except OSError as error:
        raise BadInput(path, f"cannot be read: {error.strerror}") from error
    if start.startswith(_PARQUET_MAGIC):
        return _check_columns(ParquetFile.open(path))
    if path.suffix.lower() in {".parquet", ".pq"}:
        raise BadInput(path, "is not a Parquet file despite its name")
    if not start.strip():
        raise BadInput(path, "is empty. A CSV file starts with a line of column names")
    if b"\x00" in start:
        raise BadInput(path, "is neither Parquet nor CSV, since it contains NUL bytes")
    return _check_columns(CsvFile.open(path))


def _check_columns(table: TableFile) -> TableFile:
    for name in table.columns:
        if table.columns.count(name) > 1:
            raise BadInput(table.path, f"has the column {name!r} {table.columns.count(name)} times. Keep one")
    return table
