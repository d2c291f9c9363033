"""Reads Parquet files in batches of columns. Errors name file, row and column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray
from pyarrow import parquet

from command_line.wrong_input import WrongInput
from indexer.sources.column_values import BadValue, Values

T = TypeVar("T")

ROWS_AT_ONCE = 131_072


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a table may have.

    Attributes:
        name: the catalog's name of the column.
        aliases: other accepted names. If `name` is missing, the first one present is used.
        required: whether a file without the column is rejected.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file.

    Attributes:
        path: the file.
        rows: row numbers in the file, from 1.
        columns: values by the catalog's column names. Columns that the file lacks are absent.
        names: the file's own names of these columns.
    """

    path: Path
    rows: NDArray[np.int64]
    columns: Mapping[str, Values]
    names: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def take(self, positions: NDArray[np.integer]) -> "Batch":
        """The rows at `positions` (from 0), in this order."""
        taken = {name: values.take(pa.array(positions)) for name, values in self.columns.items()}
        return Batch(self.path, self.rows[positions], taken, self.names)

    def read(self, name: str, convert: Callable[[Values], T]) -> T:
        """Converts a column.

        Raises:
            WrongInput: the conversion rejected a value.
        """
        try:
            return convert(self.columns[name])
        except BadValue as bad:
            raise self.fault(bad.index, name, bad.problem) from None

    def fault(self, position: int, name: str, problem: str) -> WrongInput:
        """Returns an error that names file, row and column of a value."""
        return WrongInput(
            f"{self.path}, row {self.rows[position]}, column {self.names[name]!r}: {problem}",
        )


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A Parquet file, or all Parquet files below a folder, sorted by name.

    Attributes:
        files: the files.
        columns: columns to read.
        row_count: total number of rows.
        rows_at_once: maximum number of rows in a batch.
    """

    files: tuple[Path, ...]
    columns: Sequence[Column]
    row_count: int
    rows_at_once: int = ROWS_AT_ONCE
    _logged: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, path: Path, columns: Sequence[Column], rows_at_once: int = ROWS_AT_ONCE) -> "ParquetTable":
        """Reads the footers of all files.

        Raises:
            WrongInput: a file is missing or invalid, or lacks a required column.
        """
        files = _files(path)
        row_count = 0
        for file in files:
            with _open_parquet(file) as opened:
                _match_columns(file, opened.schema_arrow.names, columns)
                row_count += opened.metadata.num_rows
        return cls(files, columns, row_count, rows_at_once)

    def batches(self, unused: frozenset[str] = frozenset()) -> Iterator[Batch]:
        """Yields all rows in order. Logs aliases and ignored columns once.

        Args:
            unused: known columns that are not read and not logged as ignored.
        """
        for file in self.files:
            with _open_parquet(file) as opened:
                found = opened.schema_arrow.names
                names = _match_columns(file, found, self.columns)
                self._log_columns(file, names, [name for name in found if name not in unused])
                first = 1
                for batch in opened.iter_batches(
                    self.rows_at_once, columns=list(names.values()), use_threads=False
                ):
                    columns = {name: batch.column(own) for name, own in names.items()}
                    yield Batch(file, np.arange(first, first + batch.num_rows), columns, names)
                    first += batch.num_rows

    def _log_columns(self, file: Path, names: Mapping[str, str], found: Sequence[str]) -> None:
        log = structlog.get_logger("indexer")
        for name, own in names.items():
            if own != name and own not in self._logged:
                log.info("column read under another name", file=str(file), column=own, taken_for=name)
        ignored = [own for own in found if own not in names.values() and own not in self._logged]
        if ignored:
            log.info("columns ignored", file=str(file), columns=", ".join(ignored))
        self._logged.update(found)


def _files(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise WrongInput(f"{path}: the file does not exist")
    if not path.is_dir():
        return (path,)
    # Other programs write auxiliary files whose names start with a dot or an underscore.
    files = sorted(file for file in path.rglob("*.parquet") if file.is_file() and file.name[0] not in "._")
    if not files:
        raise WrongInput(f"{path}: the folder contains no .parquet file")
    return tuple(files)


@contextmanager
def _open_parquet(file: Path) -> Iterator[Any]:
    try:
        with parquet.ParquetFile(file) as opened:
            yield opened
    except pa.ArrowException as error:
        raise WrongInput(f"{file}: is not a Parquet file or is damaged: {error}") from error
    except OSError as error:
        # Arrow reports damaged pages as OSError without errno. Errors of the operating system have one.
        if error.errno is not None:
            raise
        raise WrongInput(f"{file}: is a damaged Parquet file: {error}") from error


def _match_columns(file: Path, found: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """The file's own names of `columns`, by the catalog's names."""
    names: dict[str, str] = {}
    for column in columns:
        own = next((name for name in (column.name, *column.aliases) if name in found), None)
        if own is not None:
            if found.count(own) > 1:
                raise WrongInput(f"{file}: has the column {own!r} {found.count(own)} times, expected once")
            names[column.name] = own
        elif column.required:
            others = "".join(f" or {alias!r}" for alias in column.aliases)
            listed = ", ".join(repr(name) for name in found)
            raise WrongInput(f"{file}: lacks the column {column.name!r}{others}; found: {listed}")
    return names
