"""Opening a file to load: Parquet or CSV, told apart by content."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from catalog.errors import BadInput
from catalog.loading.csv_file import CsvFile
from catalog.loading.parquet_file import ParquetFile

_PARQUET_MAGIC = b"PAR1"
_LOOKED_AT = 65_536


class TableFile(Protocol):
    """A file with rows and named columns; two kinds exist, `CsvFile` and `ParquetFile`."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, as found."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it has; an estimate in a CSV, for progress only."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows in order, with these columns only; raises BadInput where the file is damaged."""
        ...

    def line_of(self, row: int) -> int | None:
        """The line on which a data row (from 1) ends; None in a file without lines."""
        ...


def open_table(path: Path) -> TableFile:
    """Opens a Parquet or CSV file; raises BadInput when it is missing or neither."""
    try:
        with path.open("rb") as stream:
            begin = stream.read(_LOOKED_AT)
    except FileNotFoundError as error:
        raise BadInput(path, "there is no such file") from error
    except OSError as error:
        raise BadInput(path, f"cannot be read: {error.strerror}") from error
    if begin.startswith(_PARQUET_MAGIC):
        return _checked(ParquetFile.open(path))
    if path.suffix.lower() in {".parquet", ".pq"}:
        raise BadInput(path, "is not a Parquet file, whatever its name says")
    if not begin.strip():
        raise BadInput(path, "is empty; a CSV file begins with a line that names its columns")
    if b"\x00" in begin:
        raise BadInput(path, "is neither Parquet nor CSV (it holds zero bytes)")
    return _checked(CsvFile.open(path))


def _checked(table: TableFile) -> TableFile:
    for name in table.columns:
        if table.columns.count(name) > 1:
            raise BadInput(table.path, f"has the column {name!r} {table.columns.count(name)} times; keep one")
    return table
