"""Parquet files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from catalog.errors import BadInput

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file."""

    path: Path
    columns: tuple[str, ...]
    rows: int

    @classmethod
    def open(cls, path: Path) -> "ParquetFile":
        """Reads the footer.

        Raises:
            BadInput: damaged file.
        """
        try:
            with parquet.ParquetFile(path) as file:
                return cls(path, tuple(file.schema_arrow.names), file.metadata.num_rows)
        except (pa.ArrowException, OSError) as error:
            raise BadInput(path, f"is a damaged Parquet file: {error}") from error

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yields the rows in order with the given columns."""
        try:
            with parquet.ParquetFile(self.path) as file:
                yield from file.iter_batches(_ROWS_AT_ONCE, columns=list(columns), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise BadInput(self.path, f"is a damaged Parquet file: {error}") from error

    def line_of(self, row: int) -> int | None:
        """Returns None, since Parquet has no lines."""
        return None
